/**
 * Requests to one registry with one login: whether it speaks HTTPS, who may be told the login, and tokens that are kept
 * while they are good. A login goes to the registry and to the token server it names, never along with a redirect to
 * somebody else.
 */
import type { IncomingMessage } from 'node:http'
import { inGoWords } from '../go-words.ts'
import { basicAuthorization, HttpConnections, keepsCredential, redirectOf, withoutUser } from '../http-connections.ts'
import { challengesOf } from './challenge.ts'
import type { RegistryAccess } from './registry-access.ts'
import { answerFailure, RegistryError, redacted } from './registry-failure.ts'
import { fetchToken, type RegistryToken } from './registry-token.ts'

export interface RegistryRequest {
  method: 'GET' | 'HEAD'
  /** From the root of the server, or an address that the server gave. */
  path: string
  accept?: string
  /** What a token is asked for: `repository:<name>:pull`. */
  scope: string
  signal: AbortSignal
}

export interface RegistryAnswer {
  response: IncomingMessage
  /** What was asked first: for messages. */
  target: URL
}

const MAX_REDIRECTS = 10
const USER_AGENT = 'flux/v2 (sluice)'

export class RegistrySession {
  readonly #registry: string
  readonly #access: RegistryAccess
  readonly #connections: HttpConnections
  readonly #signal: AbortSignal
  #base: Promise<URL> | undefined
  /** The server wants name and password as they are. */
  #basic = false
  readonly #tokens = new Map<string, RegistryToken>()

  /** @param signal ends what is under way */
  constructor(registry: string, access: RegistryAccess, signal: AbortSignal) {
    this.#registry = registry
    this.#access = access
    this.#connections = new HttpConnections(access)
    this.#signal = signal
  }

  /** Asks whether there is a registry, once. @throws {RegistryError} */
  async ping(): Promise<void> {
    await this.#baseUrl(true)
  }

  /** The answer, of whatever status but a redirect. @throws {RegistryError} */
  async request(request: RegistryRequest): Promise<RegistryAnswer> {
    const target = new URL(request.path, await this.#baseUrl(false))
    for (let renewed = false; ; renewed = true) {
      const authorization = this.#authorization(request.scope)
      const response = await this.#follow(target, request, authorization)
      if (response.statusCode !== 401 || renewed) return { response, target }
      if (!(await this.#login(response, request, authorization))) return { response, target }
      response.resume()
    }
  }

  /** The answer's failure, read and made safe to show. */
  failure(method: string, { response, target }: RegistryAnswer): Promise<RegistryError> {
    return answerFailure(method, target, response, text => this.#hidden(text))
  }

  close(): void {
    this.#connections.close()
  }

  closeIdle(): void {
    this.#connections.closeIdle()
  }

  /** @param asked is to be asked even when there is no choice */
  #baseUrl(asked: boolean): Promise<URL> {
    const { plainHttp = 'never' } = this.#access
    if (!this.#base) {
      const schemes = { never: ['https'], allowed: ['https', 'http'], only: ['http'] }[plainHttp]
      const bases = schemes.map(scheme => new URL(`${scheme}://${this.#registry}/`))
      const [only] = bases
      if (only && bases.length === 1 && !asked) return Promise.resolve(only)
      this.#base = this.#firstThatAnswers(bases).catch((error: unknown) => {
        this.#base = undefined
        throw error
      })
    }
    return this.#base
  }

  async #firstThatAnswers(bases: readonly URL[]): Promise<URL> {
    const said: string[] = []
    for (const base of bases) {
      const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(this.#access.timeoutMs)])
      const request: RegistryRequest = { method: 'GET', path: '/v2/', scope: '', signal }
      const target = new URL(request.path, base)
      try {
        const response = await this.#follow(target, request, undefined)
        const { statusCode = 0 } = response
        if (statusCode >= 500) throw await this.failure('GET', { response, target })
        response.resume()
        return base
      } catch (error) {
        if (!(error instanceof RegistryError) || error.status !== undefined) throw error
        said.push(error.message)
      }
    }
    throw new RegistryError(said.join('; '))
  }

  #authorization(scope: string): string | undefined {
    const { login } = this.#access
    if (login?.kind === 'token') return `Bearer ${login.token}`
    if (this.#basic && login?.kind === 'basic') return basicAuthorization(login.username, login.password)
    const token = this.#tokens.get(scope)
    return token && token.expiresAt > Date.now() ? `Bearer ${token.token}` : undefined
  }

  /** Does what the server asks for; false: there is nothing more to show it. */
  async #login(
    response: IncomingMessage,
    { scope, signal }: RegistryRequest,
    shown: string | undefined,
  ): Promise<boolean> {
    const { login } = this.#access
    if (login?.kind === 'token') return false
    const challenges = challengesOf(response.headers['www-authenticate'] ?? '')
    const bearer = challenges.find(one => one.scheme === 'bearer')
    if (bearer) {
      this.#tokens.delete(scope)
      const base = await this.#baseUrl(false)
      const token = await fetchToken({ challenge: bearer, scope, login, base, signal, exchange: this.#exchange })
      this.#tokens.set(scope, token)
      return true
    }
    if (shown !== undefined || login?.kind !== 'basic') return false
    if (!challenges.some(one => one.scheme === 'basic')) return false
    this.#basic = true
    return true
  }

  readonly #exchange = async (
    target: URL,
    options: Parameters<HttpConnections['send']>[1],
  ): Promise<RegistryAnswer> => {
    const headers = { 'user-agent': USER_AGENT, ...options.headers }
    const { method = 'GET' } = options
    return { response: await this.#send(target, { ...options, method, headers }), target }
  }

  async #follow(
    start: URL,
    { method, accept, signal }: RegistryRequest,
    authorization: string | undefined,
  ): Promise<IncomingMessage> {
    let target = start
    let credential = authorization
    for (let redirects = 0; ; redirects++) {
      const headers: Record<string, string> = { 'user-agent': USER_AGENT }
      if (accept !== undefined) headers.accept = accept
      if (credential !== undefined) headers.authorization = credential
      const response = await this.#send(target, { method, headers, signal })
      const location = redirectOf(response)
      if (location === undefined) {
        // Who asks for a login after a redirect is not the registry, and is given none.
        if (redirects > 0) delete response.headers['www-authenticate']
        return response
      }
      response.resume()
      if (redirects >= MAX_REDIRECTS) throw failed(method, start, `stopped after ${MAX_REDIRECTS} redirects`)
      const next = URL.parse(location, target)
      if (!next) throw failed(method, start, 'the server redirects to what is no URL')
      const { plainHttp = 'never' } = this.#access
      if (next.protocol !== 'https:' && (next.protocol !== 'http:' || plainHttp === 'never')) {
        throw failed(method, start, `the server redirects to '${next.protocol}//', which is not followed`)
      }
      if (!keepsCredential(target, next) || !keepsCredential(start, next)) credential = undefined
      target = next
    }
  }

  async #send(target: URL, options: Parameters<HttpConnections['send']>[1]): Promise<IncomingMessage> {
    try {
      return await this.#connections.send(target, options)
    } catch (error) {
      // It may have come back otherwise.
      this.#base = undefined
      const said = options.signal.aborted ? 'context deadline exceeded' : inGoWords(error, withoutUser(target))
      throw failed(options.method ?? 'GET', target, said, error)
    }
  }

  /** A server may repeat what it was told. */
  #hidden(text: string): string {
    const { login } = this.#access
    const secrets: string[] = [...this.#tokens.values()].map(({ token }) => token)
    if (login?.kind === 'basic') {
      const { username, password } = login
      secrets.push(password, basicAuthorization(username, password).slice('Basic '.length))
    } else if (login) secrets.push(login.token)
    return secrets.filter(secret => secret !== '').reduce((shown, secret) => shown.replaceAll(secret, '***'), text)
  }
}

function failed(method: string, target: URL, said: string, cause?: unknown): RegistryError {
  const verb = method.charAt(0) + method.slice(1).toLowerCase()
  return new RegistryError(`${verb} ${JSON.stringify(redacted(target))}: ${said}`, { cause })
}
