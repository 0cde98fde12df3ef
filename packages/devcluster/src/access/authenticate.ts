/** Who a request comes from: its client certificate, its bearer token, or nobody (`system:anonymous`). */
import type { TLSSocket } from 'node:tls'
import { failure } from '../api-error.ts'
import type { User } from '../local-client.ts'
import type { Api } from '../requests/api.ts'
import { issuer, serviceAccountUser, type TokenSubject } from './service-account-tokens.ts'

export const unauthorized = () => failure(401, 'Unauthorized', 'Unauthorized')

const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

const certificateUsers = new WeakMap<TLSSocket, User | null>()

const list = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]

function fromCertificate(socket: TLSSocket): User | undefined {
  const known = certificateUsers.get(socket)
  if (known !== undefined) return known ?? undefined
  const user = readCertificate(socket)
  certificateUsers.set(socket, user ?? null)
  return user
}

function readCertificate(socket: TLSSocket): User | undefined {
  if (!socket.authorized) return undefined
  const { subject, fingerprint256 } = socket.getPeerCertificate()
  const [name] = list(subject?.CN)
  if (!name) return undefined
  return {
    name,
    groups: [...list(subject.O), 'system:authenticated'],
    extra: {
      'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint256.replaceAll(':', '').toLowerCase()}`],
    },
  }
}

const boundCollections: Readonly<Record<string, string>> = { Pod: '/pods', Secret: '/secrets', Node: '/nodes' }

/** The account a token was issued for must still be there, and so must what it is bound to. */
function stillValid(api: Api, { namespace, name, uid, bound }: TokenSubject): boolean {
  if (api.find('/serviceaccounts', namespace, name)?.metadata.uid !== uid) return false
  if (!bound) return true
  const found = api.find(boundCollections[bound.kind] ?? '', bound.kind === 'Node' ? '' : namespace, bound.name)
  return found?.metadata.uid === bound.uid
}

/** The user of a token that is meant for one of the audiences (default: this server). */
export function userOfToken(
  api: Api,
  token: string,
  audiences: readonly string[] = [issuer],
): { user: User; audiences: string[] } | undefined {
  const verified = verify(api, token)
  if (!verified || !stillValid(api, verified.subject)) return undefined
  const meant = verified.audiences.filter(a => audiences.includes(a))
  return meant.length ? { user: serviceAccountUser(verified.subject, verified.id), audiences: meant } : undefined
}

function verify(api: Api, token: string) {
  try {
    return api.tokens.verify(token, api.clock())
  } catch {
    // A token that is no JWT at all is just a bad token.
    return undefined
  }
}

/** Throws 401 for credentials that are presented and bad. */
export function authenticate(api: Api, socket: TLSSocket | undefined, authorization: string | undefined): User {
  const byCertificate = socket && fromCertificate(socket)
  if (byCertificate) return byCertificate
  const match = /^bearer\s+(.*)$/i.exec(authorization ?? '')
  if (!match) return anonymous
  const token = (match[1] ?? '').trim()
  if (!token) return anonymous
  const found = userOfToken(api, token)
  if (!found) throw unauthorized()
  return found.user
}
