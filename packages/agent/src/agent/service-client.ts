import type { DesiredEvent, Heartbeat, StatusBatch } from '@sluice/api'
import { type Dispatcher, errors, Pool } from 'undici'
import type { ClusterToken } from './cluster-token.ts'

/** The agent's side of the protocol with the fleet service: one stream in, two posts out, everything outbound. */
export interface ServiceClientOptions {
  /** Base URL of the service. */
  serviceUrl: string
  /** PEM of the authorities to trust; absent: the system's. */
  serviceCa?: string
  token: ClusterToken
  /** A stream on which nothing came for so long is dead, in milliseconds. The service sends something every 15 s. */
  silence?: number
}

/** The service answered, and refused. */
export class ServiceError extends Error {
  override name = 'ServiceError'
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** The service could not be reached, or broke off. `opened`: it had begun to answer, or took the request and stayed silent. */
export class ServiceUnreachable extends Error {
  override name = 'ServiceUnreachable'
  readonly opened: boolean
  constructor(message: string, opened: boolean, cause: unknown) {
    super(message, { cause })
    this.opened = opened
  }
}

const SILENCE = 45_000
const REQUEST_TIMEOUT = 30_000

export class ServiceClient {
  readonly #url: string
  readonly #token: ClusterToken
  readonly #requests: Pool
  readonly #streams: Pool

  constructor(options: ServiceClientOptions) {
    const { origin, pathname } = new URL(options.serviceUrl)
    this.#url = pathname.replace(/\/$/, '')
    this.#token = options.token
    const connect = { ca: options.serviceCa || undefined, timeout: 10_000 }
    const silence = options.silence ?? SILENCE
    this.#requests = new Pool(origin, { connect, connections: 2, headersTimeout: REQUEST_TIMEOUT })
    this.#streams = new Pool(origin, { connect, pipelining: 0, headersTimeout: silence, bodyTimeout: silence })
  }

  /** Desired state from `cursor` on. With `once` the service ends it after `synced`. */
  async *desired(options: { cursor: string; once: boolean; signal: AbortSignal }): AsyncGenerator<DesiredEvent> {
    const { cursor, once, signal } = options
    const query = new URLSearchParams({ cursor, ...(once && { once: 'true' }) })
    const response = await this.#send(this.#streams, 'GET', `/agent/v1/desired?${query}`, undefined, signal)
    const decoder = new TextDecoder()
    let rest = ''
    try {
      for await (const chunk of response.body) {
        rest += decoder.decode(chunk, { stream: true })
        const lines = rest.split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) if (line.trim()) yield parseEvent(line)
      }
    } catch (cause) {
      if (signal.aborted || cause instanceof ServiceError) throw cause
      throw new ServiceUnreachable('the stream from the service broke off', true, cause)
    }
  }

  async status(batch: StatusBatch, signal?: AbortSignal): Promise<void> {
    const response = await this.#send(this.#requests, 'POST', '/agent/v1/status', batch, signal)
    await response.body.dump()
  }

  async heartbeat(beat: Heartbeat, signal?: AbortSignal): Promise<void> {
    const response = await this.#send(this.#requests, 'POST', '/agent/v1/heartbeat', beat, signal)
    await response.body.dump()
  }

  async close(): Promise<void> {
    await Promise.all([this.#requests.destroy(), this.#streams.destroy()])
  }

  async #send(
    pool: Pool,
    method: 'GET' | 'POST',
    path: string,
    body: StatusBatch | Heartbeat | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Dispatcher.ResponseData> {
    const headers: Record<string, string> = { authorization: `Bearer ${await this.#token.sign()}` }
    if (body) headers['content-type'] = 'application/json'
    let response: Dispatcher.ResponseData
    try {
      const text = body && JSON.stringify(body)
      response = await pool.request({ method, path: this.#url + path, headers, body: text, signal })
    } catch (cause) {
      if (signal?.aborted) throw signal.reason
      const opened = cause instanceof errors.HeadersTimeoutError
      throw new ServiceUnreachable(`cannot reach the service: ${textOf(cause)}`, opened, cause)
    }
    if (response.statusCode < 300) return response
    const { date } = response.headers
    this.#token.noteServerTime(typeof date === 'string' ? date : undefined)
    throw refusal(response.statusCode, await response.body.text())
  }
}

function parseEvent(line: string): DesiredEvent {
  try {
    return JSON.parse(line) as DesiredEvent
  } catch (cause) {
    // Half a line after a proxy gave up: as good as cut off.
    throw new ServiceUnreachable('the stream from the service is damaged', true, cause)
  }
}

function refusal(status: number, text: string): ServiceError {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: string; message?: string } }
    return new ServiceError(status, error?.code ?? String(status), error?.message ?? `the service answered ${status}`)
  } catch {
    return new ServiceError(status, String(status), `the service answered ${status}`)
  }
}

function textOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return textOf(cause.errors[0])
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}
