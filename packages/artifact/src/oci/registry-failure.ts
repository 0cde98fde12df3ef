/** Why a registry did not give what it was asked for, in the words of go-containerregistry, which Flux prints. */
import type { IncomingMessage } from 'node:http'
import { bodyStart } from '../body-start.ts'
import { withoutUser } from '../http-connections.ts'

export class RegistryError extends Error {
  override name = 'RegistryError'
  /** HTTP status; `undefined`: there was no answer, or one that cannot be. */
  readonly status: number | undefined

  constructor(message: string, options: ErrorOptions & { status?: number } = {}) {
    super(message, options)
    this.status = options.status
  }
}

/** More came than may. */
export class RegistrySizeError extends RegistryError {
  override name = 'RegistrySizeError'
}

/** How much of an answer that is no JSON goes into a message. */
const MOST_DETAIL = 1024
const MOST_BODY = 64 * 1024

/** Reads the answer's errors. Never rejects. */
export async function answerFailure(
  method: string,
  target: URL,
  response: IncomingMessage,
  hide: (text: string) => string,
): Promise<RegistryError> {
  const { statusCode: status = 0 } = response
  const body = (await bodyStart(response, MOST_BODY)).trim()
  const said = saidBy(body)
  const plain = `unexpected status code ${status}${statusText(response)}`
  const detail = body === '' ? '' : `: ${body.length > MOST_DETAIL ? `${body.slice(0, MOST_DETAIL)}...` : body}`
  return new RegistryError(`${method} ${redacted(target)}: ${hide(said ?? plain + detail)}`, { status })
}

/** The URL with the values of its query hidden: pre-signed addresses let in whoever reads them. */
export function redacted(url: URL): string {
  const shown = new URL(withoutUser(url))
  for (const key of [...shown.searchParams.keys()]) {
    if (key !== 'scope' && key !== 'service') shown.searchParams.set(key, 'REDACTED')
  }
  return shown.href
}

function statusText({ statusMessage = '' }: IncomingMessage): string {
  return statusMessage === '' ? '' : ` ${statusMessage}`
}

function saidBy(body: string): string | undefined {
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    return undefined
  }
  if (typeof answer !== 'object' || answer === null || !('errors' in answer) || !Array.isArray(answer.errors)) {
    return undefined
  }
  const errors = answer.errors.slice(0, 10).map(one => diagnostic(one))
  if (errors.length === 0) return undefined
  return errors.length === 1 ? errors[0] : `multiple errors returned: ${errors.join('; ')}`
}

function diagnostic(one: unknown): string {
  if (typeof one !== 'object' || one === null) return String(one)
  const { code, message, detail }: { code?: unknown; message?: unknown; detail?: unknown } = one
  const said = `${code ?? ''}: ${message ?? ''}`
  return detail === undefined || detail === null ? said : `${said}; ${goValue(detail, 0)}`
}

/** As Go's `%v` prints decoded JSON. */
function goValue(value: unknown, depth: number): string {
  if (value === null || value === undefined) return '<nil>'
  if (typeof value !== 'object') return String(value)
  if (depth > 8) return '...'
  if (Array.isArray(value)) return `[${value.map(one => goValue(one, depth + 1)).join(' ')}]`
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `map[${entries.map(([key, one]) => `${key}:${goValue(one, depth + 1)}`).join(' ')}]`
}
