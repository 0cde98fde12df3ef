import { setTimeout as delay } from 'node:timers/promises'
import { type Dispatcher, Pool, ProxyAgent } from 'undici'
import { ApiError, ConnectionError } from './api-error.ts'
import type { ClusterAccess } from './kubeconfig.ts'

/**
 * HTTP to one API server: kept-alive connections, authentication, errors as {@link ApiError}. Watches have connections of
 * their own, so that any number of them never starves requests.
 */
export interface TransportRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  body?: string
  contentType?: string
  accept?: string
  headers?: Record<string, string>
  signal?: AbortSignal
  /** Of {@link Transport.lines}: milliseconds of silence after which the stream counts as ended. */
  idleTimeout?: number
}

/** A document and what marks its state. */
export interface Tagged<T> {
  etag: string | undefined
  body: T
}

/** Told of each answer, or of `0` when there was none. */
export type AnswerListener = (method: TransportRequest['method'], code: number) => void

export interface Impersonation {
  user: string
  groups?: string[]
}

/** Requests in flight to one API server; more wait in order. */
const CONNECTIONS = 32
const REQUEST_TIMEOUT = 60_000
/** Tries of a request that a busy server asks to be sent again. */
const TRIES = 6
/** Longest and usual time between them, in milliseconds. */
const BUSY_MOST = 10_000
const BUSY = 1000

export class Transport {
  readonly server: string
  readonly #access: ClusterAccess
  readonly #origin: string
  readonly #requests: Dispatcher
  readonly #watches: Dispatcher
  readonly #listeners = new Set<AnswerListener>()
  #closed = false

  constructor(access: ClusterAccess) {
    this.server = access.server
    this.#access = access
    const connect = {
      ca: access.ca,
      cert: access.clientCertificate,
      key: access.clientKey,
      rejectUnauthorized: !access.insecure,
      servername: access.serverName,
      timeout: 10_000,
    }
    this.#origin = new URL(access.server).origin
    const dispatcher = (options: { connections?: number; bodyTimeout?: number }): Dispatcher => {
      const common = { ...options, headersTimeout: REQUEST_TIMEOUT }
      if (access.proxy) return new ProxyAgent({ ...common, uri: access.proxy, requestTls: connect })
      return new Pool(this.#origin, { ...common, connect })
    }
    this.#requests = dispatcher({ connections: CONNECTIONS })
    this.#watches = dispatcher({ bodyTimeout: 0 })
  }

  /** The answer's JSON (or text, when it is none). Throws ApiError for any status from 400 on. */
  async json<T>(request: TransportRequest, as?: Impersonation): Promise<T> {
    const text = await this.text(request, as)
    return (text ? JSON.parse(text) : undefined) as T
  }

  /** The answer as text, for logs, metrics and health endpoints. */
  async text(request: TransportRequest, as?: Impersonation): Promise<string> {
    return (await this.#exchange(request, as)).text
  }

  /** A document, unless it is still the one that `etag` marks: `undefined` then. */
  async ifChanged<T>(request: TransportRequest, etag: string | undefined): Promise<Tagged<T> | undefined> {
    const headers = { ...request.headers, ...(etag === undefined ? {} : { 'if-none-match': etag }) }
    const { response, text } = await this.#exchange({ ...request, headers })
    if (response.statusCode === 304) return undefined
    const tag = response.headers.etag
    return { etag: typeof tag === 'string' ? tag : undefined, body: JSON.parse(text) as T }
  }

  /** Sent again while the server is too busy for it. */
  async #exchange(
    request: TransportRequest,
    as?: Impersonation,
  ): Promise<{ response: Dispatcher.ResponseData; text: string }> {
    for (let tries = 1; ; tries++) {
      const response = await this.#sendAgain(request, as)
      const text = await readText(response)
      if (response.statusCode < 400) return { response, text }
      const error = failure(response, text)
      if (tries >= TRIES || !isBusy(error)) throw error
      const wait = error.retryAfter === undefined ? BUSY : error.retryAfter * 1000
      await delay(Math.min(wait, BUSY_MOST), undefined, { signal: request.signal })
    }
  }

  /** The answer's lines as they come, until the server or `request.signal` ends them. */
  async *lines(request: TransportRequest, as?: Impersonation): AsyncGenerator<string> {
    const response = await this.#send(this.#watches, request, as)
    if (response.statusCode >= 400) throw failure(response, await readText(response))
    const decoder = new TextDecoder()
    let rest = ''
    try {
      for await (const chunk of response.body) {
        rest += decoder.decode(chunk, { stream: true })
        let from = 0
        for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', from)) {
          if (end > from) yield rest.slice(from, end)
          from = end + 1
        }
        if (from) rest = rest.slice(from)
      }
    } catch (cause) {
      if (request.signal?.aborted || codeOf(cause) === 'UND_ERR_BODY_TIMEOUT') return
      throw new ConnectionError(`watch on ${this.server} broke off: ${messageOf(cause)}`, { cause })
    }
  }

  /** For metrics. The answer takes the listener off again. */
  onAnswer(listener: AnswerListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Whether nothing can be asked any more. */
  get isClosed(): boolean {
    return this.#closed
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.#requests.destroy(), this.#watches.destroy()])
  }

  /** A kept connection may have been closed by the server just now: what changes nothing is sent once more. */
  async #sendAgain(request: TransportRequest, as?: Impersonation): Promise<Dispatcher.ResponseData> {
    try {
      return await this.#send(this.#requests, request, as)
    } catch (error) {
      const broken = error instanceof ConnectionError && BROKEN.has(codeOf(error.cause))
      if (request.method !== 'GET' || !broken) throw error
      return this.#send(this.#requests, request, as)
    }
  }

  async #send(through: Dispatcher, request: TransportRequest, as?: Impersonation): Promise<Dispatcher.ResponseData> {
    const headers: Record<string, string | string[]> = {
      accept: request.accept ?? 'application/json',
      'user-agent': 'sluice',
      ...request.headers,
    }
    if (request.body !== undefined) headers['content-type'] = request.contentType ?? 'application/json'
    if (this.#access.token) headers.authorization = `Bearer ${await this.#access.token()}`
    else if (this.#access.basic) headers.authorization = `Basic ${Buffer.from(this.#access.basic).toString('base64')}`
    if (as) {
      headers['impersonate-user'] = as.user
      if (as.groups?.length) headers['impersonate-group'] = as.groups
    }
    const path = new URL(this.server).pathname.replace(/\/$/, '') + request.path
    const { method, body, signal, idleTimeout: bodyTimeout } = request
    try {
      // undici closes the connection after a DELETE with a body; Kubernetes' clients send such all the time.
      const reset = method === 'DELETE' ? false : undefined
      const sent = { origin: this.#origin, path, method, headers, body, signal, bodyTimeout, reset }
      const response = await through.request(sent)
      for (const listener of this.#listeners) listener(method, response.statusCode)
      return response
    } catch (cause) {
      if (request.signal?.aborted) throw request.signal.reason
      for (const listener of this.#listeners) listener(method, 0)
      throw new ConnectionError(`cannot reach the API server at ${this.server}: ${messageOf(cause)}`, { cause })
    }
  }
}

const BROKEN = new Set<unknown>(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

const codeOf = (cause: unknown): unknown =>
  typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined

/** The server did nothing with the request and asks for it again, as client-go understands it. */
const isBusy = (error: ApiError): boolean =>
  error.code === 429 || (error.code === 503 && error.retryAfter !== undefined)

async function readText(response: Dispatcher.ResponseData): Promise<string> {
  try {
    return await response.body.text()
  } catch (cause) {
    throw new ConnectionError(`the API server broke off its answer: ${messageOf(cause)}`, { cause })
  }
}

function failure(response: Dispatcher.ResponseData, text: string): ApiError {
  const header = response.headers['retry-after']
  const retryAfter = typeof header === 'string' && /^[0-9]+$/.test(header) ? Number(header) : undefined
  return ApiError.fromResponse(response.statusCode, text, retryAfter)
}

function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return messageOf(cause.errors[0])
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}
