/**
 * The built-in issuer of bearer tokens: ES256 JWTs signed with a key that lives sealed in the store. A token names
 * the user; role and existence are looked up at each request, so that a change takes effect at once. Tokens of other
 * issuers (Entra) are to be verified beside this.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import type { Store } from '../store/store.ts'

export const TOKEN_AUDIENCE = 'sluice'
const ISSUER = 'sluice-fleet'
export const TOKEN_SECONDS = 12 * 3600
const KEY_SETTING = 'issuer-key'

export interface Issuer {
  issue(user: { name: string; objectId: string }, seconds?: number): Promise<string>
  /** The object id of the user a token names; `expired` and `invalid` otherwise. */
  verify(token: string): Promise<{ objectId: string } | 'expired' | 'invalid'>
}

async function signingKey({ db, keyring }: Store): Promise<KeyObject> {
  const stored = await db.selectFrom('settings').selectAll().where('name', '=', KEY_SETTING).executeTakeFirst()
  if (stored !== undefined) return createPrivateKey(keyring.open(stored.value_sealed, `settings/${KEY_SETTING}`))
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const value_sealed = keyring.seal(pem, `settings/${KEY_SETTING}`)
  await db.insertInto('settings').values({ name: KEY_SETTING, value_sealed }).execute()
  return privateKey
}

export async function openIssuer(store: Store, now: () => Date): Promise<Issuer> {
  const key = await signingKey(store)
  const publicKey = createPublicKey(key)
  return {
    issue(user, seconds = TOKEN_SECONDS) {
      const at = Math.floor(now().getTime() / 1000)
      return new SignJWT({ oid: user.objectId, name: user.name })
        .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
        .setIssuer(ISSUER)
        .setAudience(TOKEN_AUDIENCE)
        .setSubject(user.objectId)
        .setJti(randomUUID())
        .setIssuedAt(at)
        .setExpirationTime(at + seconds)
        .sign(key)
    },
    async verify(token) {
      try {
        const options = { issuer: ISSUER, audience: TOKEN_AUDIENCE, algorithms: ['ES256'], currentDate: now() }
        const { payload } = await jwtVerify(token, publicKey, options)
        return payload.sub === undefined ? 'invalid' : { objectId: payload.sub }
      } catch (error) {
        if (error instanceof errors.JWTExpired) return 'expired'
        if (error instanceof errors.JOSEError) return 'invalid'
        throw error
      }
    },
  }
}
