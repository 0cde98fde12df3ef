import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'

/**
 * How an agent proves that it speaks for its cluster: a short-lived JWT, a fresh one for every request, signed with the private key
 * whose public half the service has registered with the cluster.
 */
export interface ClusterToken {
  sign(): Promise<string>
  /** The service's clock, from an answer of its: a cluster whose own clock is wrong can still prove itself. */
  noteServerTime(date: string | undefined): void
}

export class ClusterKeyError extends Error {
  override name = 'ClusterKeyError'
}

const AUDIENCE = 'sluice-agent'
/** Seconds a token lives; the protocol allows 300. */
const LIFETIME = 240
/** A difference of clocks that matters, in milliseconds. */
const SKEW = 20_000

export function clusterToken(resourceId: string, privateKeyPem: string, now: () => number = Date.now): ClusterToken {
  const key = privateKeyOf(privateKeyPem)
  const alg = algorithmOf(key)
  let offset = 0
  return {
    async sign() {
      const at = Math.floor((now() + offset) / 1000)
      return new SignJWT({})
        .setProtectedHeader({ alg })
        .setIssuer(resourceId)
        .setSubject(resourceId)
        .setAudience(AUDIENCE)
        .setIssuedAt(at)
        .setExpirationTime(at + LIFETIME)
        .setJti(randomUUID())
        .sign(key)
    },
    noteServerTime(date) {
      const difference = date === undefined ? Number.NaN : Date.parse(date) - now()
      if (Number.isFinite(difference)) offset = Math.abs(difference) > SKEW ? difference : 0
    },
  }
}

function privateKeyOf(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    throw new ClusterKeyError("the cluster's private key cannot be read: it must be PKCS#8 PEM (private.pem)", {
      cause,
    })
  }
}

function algorithmOf(key: KeyObject): string {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'rsa') return 'RS256'
  if (type === 'ed25519') return 'EdDSA'
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return 'ES256'
  throw new ClusterKeyError(`the cluster's private key is of type ${type}: use RSA, P-256 or Ed25519`)
}
