/** Failures of changing objects, put together in Helm's words. */
import { ReleaseError } from '../action/release-error.ts'

export const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

export function prefixed(prefix: string, error: unknown): Error {
  return new ReleaseError('apply', prefix + asError(error).message, { cause: error })
}

/** Undefined when there is none. */
export function joined(errors: readonly Error[], separator: string): Error | undefined {
  if (errors.length <= 1) return errors[0]
  return new ReleaseError('apply', errors.map(error => error.message).join(separator), { cause: errors })
}
