/**
 * The command line's client of the fleet service: JSON over TLS with the login's token, pages followed to their end,
 * long-running operations waited for. What the service refuses is thrown with its code, message and details.
 */
import { request as httpsRequest } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Login } from './login-file.ts'

export type Json = Record<string, unknown>

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: unknown
}

export interface ServiceErrorDetail {
  code: string
  message: string
  target?: string
}

/** The service refused, or an operation failed. */
export class ServiceError extends Error {
  override name = 'ServiceError'
  readonly status: number
  readonly code: string
  /** What the service said, without code and details. */
  readonly reason: string

  constructor(status: number, code: string, reason: string, details: ServiceErrorDetail[] = []) {
    const more =
      details.length > 1 ? details.map(detail => `\n  ${detail.target ?? detail.code}: ${detail.message}`).join('') : ''
    super(`(${code}) ${reason}${more}`)
    this.status = status
    this.code = code
    this.reason = reason
  }
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What stands at a dotted path of a resource; undefined when there is nothing. */
export function at(value: unknown, path: string): unknown {
  let found = value
  for (const key of path.split('.')) found = isJson(found) ? found[key] : undefined
  return found
}

function detailsOf(error: Json): ServiceErrorDetail[] {
  const details = Array.isArray(error.details) ? error.details : []
  return details.filter(isJson).map(detail => ({
    code: String(detail.code),
    message: String(detail.message),
    ...(typeof detail.target === 'string' ? { target: detail.target } : {}),
  }))
}

function refusal({ status, body }: Answer): ServiceError {
  const error = at(body, 'error')
  if (isJson(error)) return new ServiceError(status, String(error.code), String(error.message), detailsOf(error))
  return new ServiceError(
    status,
    `Http${status}`,
    'The service answered in a form this program does not know. Is it a fleet service?',
  )
}

/** One request; rejects only when there is no answer at all. */
export async function exchange(
  url: URL,
  options: { method: string; headers: Record<string, string>; ca?: string; body?: string },
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const { method, headers, ca, body } = options
  const request = httpsRequest(url, { method, headers, ...(ca === undefined ? {} : { ca }) }, response => {
    const parts: Buffer[] = []
    response.on('data', (part: Buffer) => parts.push(part))
    response.on('error', reject)
    response.on('end', () => {
      const text = Buffer.concat(parts).toString('utf8')
      let parsed: unknown
      try {
        parsed = text === '' ? undefined : JSON.parse(text)
      } catch {
        parsed = text
      }
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed })
    })
  })
  request.on('error', (error: NodeJS.ErrnoException) => reject(unreachable(url, error)))
  request.end(body)
  return promise
}

function unreachable(url: URL, error: NodeJS.ErrnoException): Error {
  const isTrust = /self.signed|UNABLE_TO_VERIFY|CERT_|ALTNAME/i.test(error.code ?? '')
  const cure = isTrust
    ? 'Its certificate is not trusted: log in with --ca FILE, the certificate of its authority.'
    : 'Is the service running, and is its address right?'
  return new Error(`Cannot reach the fleet service at ${url.origin}: ${error.message}. ${cure}`)
}

export class FleetClient {
  readonly #login: Login

  constructor(login: Login) {
    this.#login = login
  }

  /** `path` with or without api-version; throws {@link ServiceError} for a status of 400 and above. */
  async request(
    method: string,
    path: string,
    apiVersion: string,
    body?: unknown,
    query: Record<string, string> = {},
  ): Promise<Answer> {
    const url = new URL(path, this.#login.service)
    if (!url.searchParams.has('api-version')) url.searchParams.set('api-version', apiVersion)
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value)
    if (url.origin !== new URL(this.#login.service).origin) {
      throw new Error(
        `The service names another host (${url.origin}) than the one logged in to: the token is not sent there.`,
      )
    }
    const headers = {
      authorization: `Bearer ${this.#login.token}`,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const { ca } = this.#login
    const answer = await exchange(url, {
      method,
      headers,
      ...(ca === undefined ? {} : { ca }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (answer.status >= 400) throw refusal(answer)
    return answer
  }

  async get(path: string, apiVersion: string): Promise<Json> {
    const { body } = await this.request('GET', path, apiVersion)
    return isJson(body) ? body : {}
  }

  /** Undefined when there is none; other refusals are thrown. */
  async find(path: string, apiVersion: string): Promise<Json | undefined> {
    try {
      return await this.get(path, apiVersion)
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'ResourceNotFound') return undefined
      throw error
    }
  }

  /** All items of all pages. */
  async list(path: string, apiVersion: string): Promise<Json[]> {
    const items: Json[] = []
    let next: string | undefined = path
    while (next !== undefined) {
      const page: Json = await this.get(next, apiVersion)
      if (Array.isArray(page.value)) items.push(...page.value.filter(isJson))
      next = typeof page.nextLink === 'string' && page.nextLink !== '' ? page.nextLink : undefined
    }
    return items
  }

  /**
   * Waits for the operation that `answer` started; returns at once when it started none. `tell` hears each new status.
   * Throws {@link ServiceError} when the operation ends otherwise than in success.
   */
  async wait(answer: Answer, apiVersion: string, tell: (status: string) => void): Promise<void> {
    const monitor = answer.headers['azure-asyncoperation']
    if (typeof monitor !== 'string') return
    let last = ''
    let pauseMs = 100
    for (;;) {
      const poll = await this.request('GET', monitor, apiVersion)
      const status = String(at(poll.body, 'status') ?? '')
      if (status !== last) tell(status)
      last = status
      if (status === 'Succeeded') return
      if (status === 'Failed' || status === 'Canceled') {
        const code = String(at(poll.body, 'error.code') ?? `Operation${status}`)
        throw new ServiceError(
          poll.status,
          code,
          String(at(poll.body, 'error.message') ?? `The operation ended as ${status}.`),
        )
      }
      await sleep(pauseMs)
      pauseMs = Math.min(pauseMs * 1.5, 1000)
    }
  }
}
