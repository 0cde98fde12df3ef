import type { Status } from '@sluice/api'

/**
 * A failure the API server answered with. `reason` is the machine-readable word of `meta/v1` Status (NotFound, Conflict,
 * Invalid, Forbidden, ...); `message` is the server's own text, which Flux shows unchanged in conditions.
 */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly code: number
  readonly reason: string
  readonly details: Status['details']
  /** Seconds the server asks to wait before the next try. */
  readonly retryAfter: number | undefined

  constructor(code: number, reason: string, message: string, details?: Status['details'], retryAfter?: number) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
    this.retryAfter = retryAfter
  }

  static fromResponse(code: number, body: string, retryAfter?: number): ApiError {
    const status = parseStatus(body)
    if (status)
      return new ApiError(code, status.reason ?? reasonOf(code), status.message ?? body, status.details, retryAfter)
    const text = code === 404 ? 'the server could not find the requested resource' : body.trim().slice(0, 500)
    return new ApiError(code, reasonOf(code), text || `the server answered ${code}`, undefined, retryAfter)
  }
}

/** The API server could not be reached, or broke off in the middle: nothing is known of what became of the request. */
export class ConnectionError extends Error {
  override name = 'ConnectionError'
}

export const isNotFound = (error: unknown): error is ApiError => error instanceof ApiError && error.code === 404
export const isConflict = (error: unknown): error is ApiError => error instanceof ApiError && error.code === 409

function parseStatus(body: string): Status | undefined {
  try {
    const value = JSON.parse(body) as Partial<Status> | null
    return value?.kind === 'Status' ? (value as Status) : undefined
  } catch {
    return undefined
  }
}

function reasonOf(code: number): string {
  const reasons: Record<number, string> = {
    400: 'BadRequest',
    401: 'Unauthorized',
    403: 'Forbidden',
    404: 'NotFound',
    405: 'MethodNotAllowed',
    409: 'Conflict',
    410: 'Expired',
    413: 'RequestEntityTooLarge',
    415: 'UnsupportedMediaType',
    422: 'Invalid',
    429: 'TooManyRequests',
    503: 'ServiceUnavailable',
    504: 'Timeout',
  }
  return reasons[code] ?? (code >= 500 ? 'InternalError' : 'Unknown')
}
