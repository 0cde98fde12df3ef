/** Trades a name and a password for a token at the fleet service's built-in issuer. */
import { at, exchange } from './fleet-client.ts'
import { type Login, LoginError } from './login-file.ts'
import { UsageError } from './usage-error.ts'

export interface Credentials {
  service: string
  username: string
  password: string
  /** PEM. */
  ca?: string
}

function serviceUrl(text: string): URL {
  if (!URL.canParse(text)) throw new UsageError(`'${text}' is no address: give https://host:port.`)
  const url = new URL(text)
  if (url.protocol !== 'https:')
    throw new UsageError(`The fleet service speaks TLS only: '${text}' must begin with https://.`)
  return url
}

export async function requestToken(credentials: Credentials): Promise<Login & { role: string }> {
  const { username, password, ca } = credentials
  const url = new URL('/oauth2/token', serviceUrl(credentials.service))
  const answer = await exchange(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    ...(ca === undefined ? {} : { ca }),
    body: new URLSearchParams({ grant_type: 'password', username, password }).toString(),
  })
  const token = at(answer.body, 'access_token')
  if (answer.status !== 200 || typeof token !== 'string') {
    const reason = at(answer.body, 'error_description') ?? `it answered with status ${answer.status}`
    throw new LoginError(`The service at ${url.origin} refused the login of '${username}': ${String(reason)}.`)
  }
  const seconds = Number(at(answer.body, 'expires_in'))
  return {
    service: url.origin,
    username,
    token,
    expiresAt: new Date(Date.now() + seconds * 1000).toISOString(),
    role: String(at(answer.body, 'role')),
    ...(ca === undefined ? {} : { ca }),
  }
}
