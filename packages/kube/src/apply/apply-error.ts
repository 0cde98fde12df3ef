import type { ObjectRef } from '@sluice/api'
import { ApiError } from '../api-error.ts'
import { formatRef } from './object-id.ts'

/** An object the API server refused, in the words Flux has for it (fluxcd/pkg/ssa `errors`). */
export class ApplyError extends Error {
  override name = 'ApplyError'
  readonly ref: ObjectRef

  constructor(ref: ObjectRef, message: string, cause: unknown) {
    super(message, { cause })
    this.ref = ref
  }
}

export function dryRunError(ref: ObjectRef, cause: unknown): ApplyError {
  const id = formatRef(ref)
  const message = cause instanceof Error ? cause.message : String(cause)
  if (cause instanceof ApiError) {
    if (cause.code === 404) {
      return new ApplyError(ref, `${id} ${ref.namespace ? 'not found' : 'namespace not specified'}: ${message}`, cause)
    }
    return new ApplyError(ref, `${id} dry-run failed (${cause.reason}): ${message}`, cause)
  }
  return new ApplyError(ref, `${id} dry-run failed: ${message}`, cause)
}

export function applyError(ref: ObjectRef, cause: unknown): ApplyError {
  return new ApplyError(ref, `${formatRef(ref)} apply failed: ${cause instanceof Error ? cause.message : cause}`, cause)
}

/** Refusals that recreating the object would cure (fluxcd/pkg/ssa `IsImmutableError` and its broad neighbours). */
export function isImmutable(cause: unknown): boolean {
  if (!(cause instanceof ApiError)) return false
  return cause.code === 409 || cause.code === 422 || /is\simmutable|immutable\sfield/.test(cause.message)
}
