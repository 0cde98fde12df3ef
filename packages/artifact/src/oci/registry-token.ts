/** Tokens of a registry's token server (distribution specification "token authentication", and its OAuth2 form). */
import { basicAuthorization, type HttpRequest } from '../http-connections.ts'
import { wholeBody } from '../whole-body.ts'
import type { Challenge } from './challenge.ts'
import type { RegistryLogin } from './registry-access.ts'
import { answerFailure, RegistryError, redacted } from './registry-failure.ts'
import type { RegistryAnswer } from './registry-session.ts'

export interface RegistryToken {
  token: string
  /** Milliseconds since the epoch, some seconds before its end. */
  expiresAt: number
}

export interface TokenRequest {
  challenge: Challenge
  scope: string
  login: RegistryLogin | undefined
  /** The registry's own address. */
  base: URL
  signal: AbortSignal
  exchange(target: URL, request: HttpRequest): Promise<RegistryAnswer>
}

const MOST_BYTES = 1024 * 1024
/** What the specification says for servers that do not, in seconds. */
const USUAL_LIFE = 60
const LONGEST_LIFE = 3600

/** @throws {RegistryError} */
export async function fetchToken(request: TokenRequest): Promise<RegistryToken> {
  const { challenge, login, base, scope, signal, exchange } = request
  const realm = URL.parse(challenge.parameters.get('realm') ?? '', base)
  if (!realm || !/^https?:$/.test(realm.protocol)) {
    throw new RegistryError(`the registry ${base.host} names no token server that can be asked`)
  }
  if (login && base.protocol === 'https:' && realm.protocol !== 'https:') {
    throw new RegistryError(
      `the registry ${base.host} wants the login sent to ${redacted(realm)} without encryption, which is not done`,
    )
  }
  const query = {
    scope: challenge.parameters.get('scope') ?? scope,
    service: challenge.parameters.get('service') ?? '',
  }
  const answer =
    login?.kind === 'identity'
      ? await exchange(realm, oauth(query, login.token, signal))
      : await exchange(withQuery(realm, query), { headers: headersOf(login), signal })
  const { response, target } = answer
  const method = login?.kind === 'identity' ? 'POST' : 'GET'
  if (response.statusCode !== 200) throw await answerFailure(method, target, response, text => hidden(text, login))
  const asked = `${method} ${redacted(target)}`
  const body = wholeBody(response, MOST_BYTES, () => new RegistryError(`${asked}: the token is larger than may be`))
  const bytes = await body.catch(error => {
    throw error instanceof RegistryError ? error : new RegistryError(`${asked}: unexpected EOF`, { cause: error })
  })
  const token = tokenOf(bytes.toString('utf8'))
  if (!token) throw new RegistryError(`${asked}: no token in bearer response`)
  return token
}

function headersOf(login: RegistryLogin | undefined): Record<string, string> {
  return login?.kind === 'basic' ? { authorization: basicAuthorization(login.username, login.password) } : {}
}

function withQuery(realm: URL, { scope, service }: { scope: string; service: string }): URL {
  const target = new URL(realm)
  if (scope !== '') target.searchParams.set('scope', scope)
  if (service !== '') target.searchParams.set('service', service)
  return target
}

function oauth(
  { scope, service }: { scope: string; service: string },
  token: string,
  signal: AbortSignal,
): HttpRequest {
  const form = { grant_type: 'refresh_token', client_id: 'sluice', scope, service, refresh_token: token }
  const body = new URLSearchParams(form).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(body.length) }
  return { method: 'POST', headers, signal, body }
}

function tokenOf(text: string): RegistryToken | undefined {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof answer !== 'object' || answer === null) return undefined
  const { token, access_token, expires_in }: { token?: unknown; access_token?: unknown; expires_in?: unknown } = answer
  const given = token || access_token
  // A line break in it would be another header.
  if (typeof given !== 'string' || !/^[\x21-\x7e]+$/.test(given)) return undefined
  const life = typeof expires_in === 'number' && expires_in > 0 ? Math.min(expires_in, LONGEST_LIFE) : USUAL_LIFE
  return { token: given, expiresAt: Date.now() + life * 900 }
}

function hidden(text: string, login: RegistryLogin | undefined): string {
  const secret = login?.kind === 'basic' ? login.password : (login?.token ?? '')
  return secret === '' ? text : text.replaceAll(secret, '***')
}
