/**
 * Files of a chart repository over HTTP, with the rules of Helm's getter: credentials go to the repository's own host,
 * to others only when they may be passed on; redirects are followed; nothing is decompressed on the way. Connections are
 * kept for a while, so that a thousand charts of one repository cost one handshake.
 */
import type { IncomingMessage } from 'node:http'
import { inGoWords } from '../go-words.ts'
import { basicAuthorization, HttpConnections, keepsCredential, redirectOf, withoutUser } from '../http-connections.ts'
import { wholeBody } from '../whole-body.ts'
import { ChartFetchError, ChartSizeError } from './fetch-failure.ts'
import type { HttpAccess } from './http-access.ts'

export interface FetchOptions {
  /** Largest answer, in bytes. */
  maxBytes: number
  signal: AbortSignal
  /** `ETag` of what is known already. */
  etag?: string
}

export interface Fetched {
  bytes: Buffer
  etag: string | undefined
}

const MAX_REDIRECTS = 10
const USER_AGENT = 'Helm/4 (sluice)'

export class HttpFetcher {
  readonly #home: URL
  readonly #access: HttpAccess
  readonly #connections: HttpConnections

  /** @param home the repository's URL: whose host the credentials are for */
  constructor(home: string, access: HttpAccess) {
    this.#home = new URL(home)
    this.#access = access
    this.#connections = new HttpConnections(access)
  }

  /** `undefined`: unchanged since `etag`. @throws {ChartFetchError} */
  async get(url: string, options: FetchOptions): Promise<Fetched | undefined> {
    const timeout = AbortSignal.timeout(this.#access.timeoutMs)
    const signal = AbortSignal.any([options.signal, timeout])
    let target = parsed(url)
    checkScheme(target)
    let authorization = this.#authorization(target)
    for (let redirects = 0; ; redirects++) {
      const response = await this.#request(target, authorization, options.etag, signal)
      const location = redirectOf(response)
      if (location === undefined) return this.#answer(response, target, options, signal)
      response.resume()
      if (redirects >= MAX_REDIRECTS) throw failure(target, `stopped after ${MAX_REDIRECTS} redirects`)
      const next = parsed(location, target)
      checkScheme(next)
      authorization = keepsCredential(target, next) ? authorization : userOf(next)
      target = next
    }
  }

  /** Closes kept-alive connections. */
  close(): void {
    this.#connections.close()
  }

  /** Lets connections go that nobody uses; those in use go when they have been idle for a while. */
  closeIdle(): void {
    this.#connections.closeIdle()
  }

  #authorization(target: URL): string | undefined {
    const { username, password, passCredentials } = this.#access
    const home = this.#home.protocol === target.protocol && this.#home.host === target.host
    if ((passCredentials || home) && username && password) return basicAuthorization(username, password)
    return userOf(target)
  }

  async #request(
    target: URL,
    authorization: string | undefined,
    etag: string | undefined,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const headers: Record<string, string> = { 'user-agent': USER_AGENT }
    if (authorization !== undefined) headers.authorization = authorization
    if (etag !== undefined) headers['if-none-match'] = etag
    try {
      return await this.#connections.send(target, { headers, signal })
    } catch (error) {
      const late = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      throw failure(target, signal.aborted ? late : inGoWords(error, withoutUser(target)), error)
    }
  }

  async #answer(
    response: IncomingMessage,
    target: URL,
    { maxBytes, etag }: FetchOptions,
    signal: AbortSignal,
  ): Promise<Fetched | undefined> {
    const { statusCode = 0, statusMessage = '' } = response
    if (statusCode === 304 && etag !== undefined) {
      response.resume()
      return undefined
    }
    if (statusCode !== 200) {
      response.destroy()
      throw new ChartFetchError(`failed to fetch ${hidden(target)} : ${statusCode} ${statusMessage}`)
    }
    const tooLarge = () => new ChartSizeError(`the answer is larger than ${maxBytes} bytes`)
    try {
      return { bytes: await wholeBody(response, maxBytes, tooLarge), etag: response.headers.etag }
    } catch (error) {
      if (error instanceof ChartFetchError) throw error
      const late = 'context deadline exceeded (Client.Timeout or context cancellation while reading body)'
      const broken = response.complete ? String(error) : 'unexpected EOF'
      throw new ChartFetchError(signal.aborted ? late : broken, { cause: error })
    }
  }
}

function parsed(url: string, base?: URL): URL {
  const target = URL.parse(url, base)
  if (!target) throw new ChartFetchError(`parse ${JSON.stringify(url)}: it is no URL`)
  return target
}

function checkScheme(target: URL): void {
  if (target.protocol === 'http:' || target.protocol === 'https:') return
  throw failure(target, `unsupported protocol scheme "${target.protocol.slice(0, -1)}"`)
}

function failure(target: URL, said: string, cause?: unknown): ChartFetchError {
  return new ChartFetchError(`Get ${JSON.stringify(hidden(target))}: ${said}`, { cause })
}

function userOf({ username, password }: URL): string | undefined {
  return username === '' && password === '' ? undefined : basicAuthorization(decoded(username), decoded(password))
}

/** A stray percent sign stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The URL for messages: a password in it is masked as Go does. */
function hidden(url: URL): string {
  return url.password === '' ? url.href : url.href.replace(`:${url.password}@`, ':***@')
}
