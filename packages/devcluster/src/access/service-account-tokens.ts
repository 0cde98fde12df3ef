/**
 * Tokens of service accounts: JWTs signed with the cluster's own key (ES256), as TokenRequest issues them. A verified token is
 * remembered by its text; that its account (and the object it is bound to) still exists is asked each time.
 */
import { createHash, createPublicKey, type KeyObject, randomUUID, sign, verify } from 'node:crypto'
import type { User } from '../local-client.ts'

export const issuer = 'https://kubernetes.default.svc.cluster.local'

export interface BoundObject {
  kind: string
  name: string
  uid: string
}

export interface TokenSubject {
  namespace: string
  name: string
  uid: string
  bound?: BoundObject
}

interface Claims {
  iss: string
  aud: string[]
  sub: string
  exp: number
  iat: number
  nbf: number
  jti: string
  'kubernetes.io': {
    namespace: string
    serviceaccount: { name: string; uid: string }
    pod?: { name: string; uid: string }
    secret?: { name: string; uid: string }
    node?: { name: string; uid: string }
  }
}

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

export interface VerifiedToken {
  subject: TokenSubject
  audiences: string[]
  id: string
}

export class ServiceAccountTokens {
  readonly #key: KeyObject
  readonly #public: KeyObject
  readonly #keyId: string
  readonly #verified = new Map<string, Claims>()

  constructor(key: KeyObject) {
    this.#key = key
    this.#public = createPublicKey(key)
    this.#keyId = createHash('sha256')
      .update(this.#public.export({ type: 'spki', format: 'der' }))
      .digest('base64url')
  }

  /** `seconds` until it expires, from `now` (milliseconds). */
  issue(subject: TokenSubject, audiences: readonly string[], seconds: number, now: number): string {
    const at = Math.floor(now / 1000)
    const { bound } = subject
    const claims: Claims = {
      aud: audiences.length ? [...audiences] : [issuer],
      exp: at + seconds,
      iat: at,
      iss: issuer,
      jti: randomUUID(),
      'kubernetes.io': {
        namespace: subject.namespace,
        serviceaccount: { name: subject.name, uid: subject.uid },
        ...(bound ? { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } } : {}),
      },
      nbf: at,
      sub: `system:serviceaccount:${subject.namespace}:${subject.name}`,
    }
    const text = `${encoded({ alg: 'ES256', kid: this.#keyId })}.${encoded(claims)}`
    const signature = sign('sha256', Buffer.from(text), { key: this.#key, dsaEncoding: 'ieee-p1363' })
    return `${text}.${signature.toString('base64url')}`
  }

  /** What the token says when it is ours, intact and in time; undefined otherwise. */
  verify(token: string, now: number): VerifiedToken | undefined {
    const claims = this.#verified.get(token) ?? this.#checked(token)
    if (!claims || claims.exp * 1000 <= now || claims.nbf * 1000 > now + 60_000) return undefined
    const own = claims['kubernetes.io']
    const kind = own.pod ? 'Pod' : own.secret ? 'Secret' : own.node ? 'Node' : undefined
    const bound = own.pod ?? own.secret ?? own.node
    return {
      subject: {
        namespace: own.namespace,
        name: own.serviceaccount.name,
        uid: own.serviceaccount.uid,
        ...(kind && bound ? { bound: { kind, ...bound } } : {}),
      },
      audiences: claims.aud,
      id: claims.jti,
    }
  }

  #checked(token: string): Claims | undefined {
    const [head = '', body = '', signature = ''] = token.split('.')
    const good = verify(
      'sha256',
      Buffer.from(`${head}.${body}`),
      { key: this.#public, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    )
    if (!good) return undefined
    const claims: Claims = JSON.parse(Buffer.from(body, 'base64url').toString())
    if (claims.iss !== issuer) return undefined
    if (this.#verified.size > 2000) this.#verified.clear()
    this.#verified.set(token, claims)
    return claims
  }

  /** The public key as `/openid/v1/jwks` shows it. */
  jwks(): object {
    return { keys: [{ use: 'sig', alg: 'ES256', kid: this.#keyId, ...this.#public.export({ format: 'jwk' }) }] }
  }
}

/** The user a token of this account stands for. */
export function serviceAccountUser(subject: TokenSubject, tokenId?: string): User {
  const { namespace, name, uid, bound } = subject
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra: {
      ...(tokenId ? { 'authentication.kubernetes.io/credential-id': [`JTI=${tokenId}`] } : {}),
      ...(bound?.kind === 'Pod'
        ? {
            'authentication.kubernetes.io/pod-name': [bound.name],
            'authentication.kubernetes.io/pod-uid': [bound.uid],
          }
        : {}),
    },
  }
}
