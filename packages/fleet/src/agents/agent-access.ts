/**
 * Proves that a request comes from a cluster's agent: a short-lived JWT signed with the key pair whose public half is
 * registered with the cluster (see the agent protocol). A token serves once: its `jti` is remembered until it
 * expires.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { decodeJwt, errors, jwtVerify } from 'jose'
import { bearerToken } from '../access/guard.ts'
import { ArmError, notFound } from '../arm/arm-error.ts'
import type { Database } from '../store/store.ts'

export const AGENT_AUDIENCE = 'sluice-agent'
const MAX_LIFETIME_SECONDS = 300
const CLOCK_SKEW_SECONDS = 60
const MIN_RSA_BITS = 2048

export interface AgentAccess {
  /** The cluster (id in lower case) whose agent this is; throws 401, or 404 when the cluster is not connected. */
  authenticate(authorization: string | undefined): Promise<string>
}

function denied(message: string): ArmError {
  const header = `Bearer error="invalid_token", error_description="${message}"`
  return new ArmError(401, { code: 'InvalidAuthenticationToken', message }, { 'www-authenticate': header })
}

/**
 * A cluster's public key as clients register it: PEM (SPKI), or base64 of the DER form, SPKI or PKCS#1 (which `az`
 * sends). Returns what is wrong as text.
 */
export function readPublicKey(text: string): KeyObject | string {
  const hint = 'give an RSA (2048 bits or more), P-256 or Ed25519 public key as SPKI PEM or base64 DER'
  const key = parsed(text.trim())
  if (key === undefined) return `it is not a public key: ${hint}`
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'rsa') return (details?.modulusLength ?? 0) >= MIN_RSA_BITS ? key : `its RSA key is too short: ${hint}`
  if (type === 'ed25519' || (type === 'ec' && details?.namedCurve === 'prime256v1')) return key
  return `its type ${type ?? 'unknown'} is not supported: ${hint}`
}

function parsed(text: string): KeyObject | undefined {
  if (text.includes('PRIVATE KEY')) return undefined
  const attempts: (() => KeyObject)[] = text.startsWith('-----BEGIN')
    ? [() => createPublicKey(text)]
    : (['spki', 'pkcs1'] as const).map(
        type => () => createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type }),
      )
  for (const attempt of attempts) {
    try {
      return attempt()
    } catch {
      // The next form may fit; when none does the caller says so.
    }
  }
  return undefined
}

function algorithmsOf(key: KeyObject): string[] {
  if (key.asymmetricKeyType === 'rsa') return ['RS256']
  return key.asymmetricKeyType === 'ec' ? ['ES256'] : ['EdDSA', 'Ed25519']
}

/** Remembers token ids until their tokens expire. */
function createReplayGuard(now: () => Date) {
  const seen = new Map<string, number>()
  let sweepAt = 0
  return {
    isFresh(id: string, expiresAt: number): boolean {
      const at = now().getTime() / 1000
      if (at > sweepAt) {
        for (const [known, until] of seen) if (until < at) seen.delete(known)
        sweepAt = at + CLOCK_SKEW_SECONDS
      }
      if (seen.has(id)) return false
      seen.set(id, expiresAt + CLOCK_SKEW_SECONDS)
      return true
    },
  }
}

export function openAgentAccess(db: Database, now: () => Date): AgentAccess {
  const keys = new Map<string, { text: string; key: KeyObject }>()
  const replays = createReplayGuard(now)

  async function keyOf(clusterId: string): Promise<KeyObject> {
    const row = await db
      .selectFrom('clusters')
      .select('public_key')
      .where('cluster_id', '=', clusterId)
      .executeTakeFirst()
    if (row === undefined) {
      throw notFound('ClusterNotFound', `The cluster '${clusterId}' is not connected: connect it, or stop its agent.`)
    }
    const known = keys.get(clusterId)
    if (known !== undefined && known.text === row.public_key) return known.key
    const key = readPublicKey(row.public_key)
    if (typeof key === 'string') throw denied(`The registered public key of '${clusterId}' cannot be used: ${key}.`)
    keys.set(clusterId, { text: row.public_key, key })
    return key
  }

  return {
    async authenticate(authorization) {
      const token = bearerToken(authorization)
      if (token === undefined) throw denied('An agent must send a bearer token signed with its cluster key.')
      let issuer: string | undefined
      try {
        issuer = decodeJwt(token).iss
      } catch {
        throw denied('The bearer token is not a JWT.')
      }
      if (issuer === undefined) throw denied('The token does not name its cluster (iss).')
      const clusterId = issuer.toLowerCase()
      const key = await keyOf(clusterId)
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: algorithmsOf(key),
          audience: AGENT_AUDIENCE,
          requiredClaims: ['iss', 'sub', 'aud', 'exp', 'jti'],
          clockTolerance: CLOCK_SKEW_SECONDS,
          currentDate: now(),
        })
        if (payload.sub?.toLowerCase() !== clusterId) throw denied('The token names two clusters: iss and sub differ.')
        const expiresAt = payload.exp ?? 0
        if (expiresAt - now().getTime() / 1000 > MAX_LIFETIME_SECONDS + CLOCK_SKEW_SECONDS) {
          throw denied(`The token lives too long: at most ${MAX_LIFETIME_SECONDS} seconds.`)
        }
        if (!replays.isFresh(`${clusterId} ${payload.jti}`, expiresAt)) {
          throw denied('The token was used before: sign a new one for each request.')
        }
        return clusterId
      } catch (error) {
        if (error instanceof errors.JWTExpired) throw denied('The token expired: sign a new one, and check the clock.')
        if (error instanceof errors.JOSEError)
          throw denied('The token does not prove the cluster: signature or claims are wrong.')
        throw error
      }
    },
  }
}
