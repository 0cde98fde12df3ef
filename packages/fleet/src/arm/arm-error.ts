/**
 * What the resource API answers when it refuses: ARM's error body `{ error: { code, message, target, details } }`
 * with its HTTP status. Every refusal in this package is one of these; anything else that is thrown is a defect and
 * becomes a 500.
 */

export interface ErrorDetail {
  code: string
  message: string
  target?: string
  details?: ErrorDetail[]
}

export class ArmError extends Error {
  readonly status: number
  readonly detail: ErrorDetail
  readonly headers: Record<string, string>

  constructor(status: number, detail: ErrorDetail, headers: Record<string, string> = {}) {
    super(detail.message)
    this.status = status
    this.detail = detail
    this.headers = headers
  }

  body(): { error: ErrorDetail } {
    return { error: this.detail }
  }
}

export function badRequest(code: string, message: string, target?: string): ArmError {
  return new ArmError(400, target === undefined ? { code, message } : { code, message, target })
}

export function notFound(code: string, message: string): ArmError {
  return new ArmError(404, { code, message })
}

export function conflict(message: string, target?: string): ArmError {
  return new ArmError(409, target === undefined ? { code: 'Conflict', message } : { code: 'Conflict', message, target })
}

/** ARM's 400 for a body: the first problem speaks, all are in `details`. */
export function validationFailed(problems: ErrorDetail[]): ArmError {
  const first = problems[0]
  if (first === undefined) throw new TypeError('validationFailed needs a problem')
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more: see details)` : ''
  return new ArmError(400, {
    code: 'ValidationFailed',
    message: `${first.message}${more}`,
    ...(first.target === undefined ? {} : { target: first.target }),
    details: problems,
  })
}
