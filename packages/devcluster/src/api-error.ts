/**
 * What a request fails with: a Kubernetes `Status` as a throwable. Everything below the HTTP layer throws this class and
 * nothing else on purpose; whatever else arrives there is answered as an internal error. The constructors follow
 * apimachinery's `api/errors` word for word, because clients branch on reason and print the message.
 */
import type { Status } from '@sluice/api'

/** One field problem, as it appears in `details.causes` and in the message of an Invalid error. */
export interface Cause {
  /** `FieldValueRequired`, `FieldValueInvalid`, ... */
  reason?: string
  /** The body after `<field>: `. */
  message?: string
  field?: string
}

export class ApiError extends Error {
  readonly status: Status
  constructor(status: Status) {
    super(status.message ?? status.reason ?? 'request failed')
    this.name = 'ApiError'
    this.status = status
  }
  get code(): number {
    return this.status.code ?? 500
  }
  get reason(): string {
    return this.status.reason ?? ''
  }
}

/** `resource.group`, or the resource alone for the core group. */
export const groupResource = (group: string, resource: string): string => (group ? `${resource}.${group}` : resource)

export function failure(code: number, reason: string, message: string, details?: Status['details']): ApiError {
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason ? { reason } : {}),
    ...(details ? { details } : {}),
    code,
  })
}

interface Named {
  group: string
  resource: string
}
const naming = ({ group, resource }: Named, name: string): NonNullable<Status['details']> => ({
  ...(name ? { name } : {}),
  ...(group ? { group } : {}),
  kind: resource,
})

/** A string as Go's `%q` prints it (JSON quoting agrees for everything that occurs in names and messages). */
export const quoted = (text: string): string => JSON.stringify(text)

export const notFound = (of: Named, name: string): ApiError =>
  failure(404, 'NotFound', `${groupResource(of.group, of.resource)} ${quoted(name)} not found`, naming(of, name))

export const alreadyExists = (of: Named, name: string, beingDeleted = false): ApiError =>
  failure(
    409,
    'AlreadyExists',
    `${beingDeleted ? 'object is being deleted: ' : ''}${groupResource(of.group, of.resource)} ${quoted(name)} already exists`,
    naming(of, name),
  )

export const conflict = (of: Named, name: string, why: string): ApiError =>
  failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${groupResource(of.group, of.resource)} ${quoted(name)}: ${why}`,
    naming(of, name),
  )

export const modified = (of: Named, name: string): ApiError =>
  conflict(of, name, 'the object has been modified; please apply your changes to the latest version and try again')

export const badRequest = (message: string): ApiError => failure(400, 'BadRequest', message)

export const forbidden = (of: Named, name: string, why: string, causes?: Cause[]): ApiError =>
  failure(
    403,
    'Forbidden',
    of.resource
      ? `${groupResource(of.group, of.resource)} ${name ? `${quoted(name)} ` : ''}is forbidden: ${why}`
      : `forbidden: ${why}`,
    of.resource || name ? { ...naming(of, name), ...(causes ? { causes } : {}) } : {},
  )

/** `kind` is the real Kind here, not the resource. */
export function invalid(of: { group: string; kind: string }, name: string, causes: Cause[]): ApiError {
  const lines = [...new Set(causes.map(c => (c.field ? `${c.field}: ${c.message}` : (c.message ?? ''))))]
  const all = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`
  return failure(
    422,
    'Invalid',
    `${of.group ? `${of.kind}.${of.group}` : of.kind} ${quoted(name)} is invalid: ${all}`,
    {
      ...(name ? { name } : {}),
      ...(of.group ? { group: of.group } : {}),
      ...(of.kind ? { kind: of.kind } : {}),
      causes,
    },
  )
}

export const internal = (why: string): ApiError =>
  failure(500, 'InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] })

/** An error of the server that upstream never classified: code 500 without a reason. */
export const unclassified = (message: string): ApiError => failure(500, '', message)
