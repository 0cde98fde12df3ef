/** The built-in issuer's users (people and applications): name, role and hashed secret, in the store. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Database } from '../store/store.ts'
import { isRole, type Role } from './roles.ts'
import { hashedSecret, isSecret } from './secret-hash.ts'

/** Who makes a request. */
export interface Principal {
  name: string
  objectId: string
  role: Role
}

export class UserError extends Error {}

export interface Users {
  /**
   * Makes a user, or gives an existing one this role and secret. Without `secret` one is made. Returns the secret: it
   * is not kept.
   */
  create(name: string, role: Role, secret?: string): Promise<{ name: string; role: Role; secret: string }>
  list(): Promise<(Principal & { createdAt: string })[]>
  /** Gives an existing user another role; false when there is none. */
  setRole(name: string, role: Role): Promise<boolean>
  /** False when there was none. */
  remove(name: string): Promise<boolean>
  find(by: { name: string } | { objectId: string }): Promise<Principal | undefined>
  /** The user whose secret this is; takes equally long when there is none. */
  verify(name: string, secret: string): Promise<Principal | undefined>
}

export function openUsers(db: Database, now: () => Date): Users {
  const decoy = hashedSecret(randomBytes(16).toString('hex'))

  async function row(by: { name: string } | { objectId: string }) {
    const query = db.selectFrom('users').selectAll()
    const found = 'name' in by ? query.where('name', '=', by.name) : query.where('object_id', '=', by.objectId)
    return found.executeTakeFirst()
  }

  function principal(found: Awaited<ReturnType<typeof row>>): Principal | undefined {
    if (found === undefined || !isRole(found.role)) return undefined
    return { name: found.name, objectId: found.object_id, role: found.role }
  }

  return {
    async create(name, role, given) {
      if (!/^[\w.@-]{1,128}$/.test(name)) {
        throw new UserError(`The user name '${name}' is not valid: 1 to 128 letters, digits, '.', '_', '-' or '@'`)
      }
      if (!isRole(role)) throw new UserError(`The role '${String(role)}' is not known: give Owner or Reader`)
      if (given !== undefined && given.length < 8) throw new UserError('A secret must have at least 8 characters')
      const secret = given ?? randomBytes(24).toString('base64url')
      const hash = await hashedSecret(secret)
      const values = { name, object_id: randomUUID(), role, secret_hash: hash, created_at: now().toISOString() }
      await db
        .insertInto('users')
        .values(values)
        .onConflict(conflict => conflict.column('name').doUpdateSet({ role, secret_hash: hash }))
        .execute()
      return { name, role, secret }
    },
    async list() {
      const rows = await db.selectFrom('users').selectAll().orderBy('name').execute()
      return rows.flatMap(one => {
        const known = principal(one)
        return known === undefined ? [] : [{ ...known, createdAt: one.created_at }]
      })
    },
    async setRole(name, role) {
      const done = await db.updateTable('users').set({ role }).where('name', '=', name).executeTakeFirst()
      return done.numUpdatedRows > 0n
    },
    async remove(name) {
      const done = await db.deleteFrom('users').where('name', '=', name).executeTakeFirst()
      return done.numDeletedRows > 0n
    },
    async find(by) {
      return principal(await row(by))
    },
    async verify(name, secret) {
      const found = await row({ name })
      const matches = await isSecret(secret, found?.secret_hash ?? (await decoy))
      return matches ? principal(found) : undefined
    },
  }
}
