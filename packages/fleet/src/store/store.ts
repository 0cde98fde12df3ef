/** Opens the store of a data directory: the database at this build's schema, and the keys that seal its columns. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Dialect, Kysely } from 'kysely'
import { type Keyring, openKeyring } from './keyring.ts'
import { migrate } from './migrations.ts'
import { sqliteDialect } from './sqlite-dialect.ts'
import type { Tables } from './tables.ts'

export type Database = Kysely<Tables>

export interface Store {
  db: Database
  keyring: Keyring
  close(): Promise<void>
}

/**
 * `dialect` replaces the SQLite file of the data directory, for example by PostgreSQL; the key file stays in the
 * directory.
 */
export async function openStore(dataDir: string, dialect?: Dialect): Promise<Store> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const db = new Kysely<Tables>({ dialect: dialect ?? sqliteDialect(join(dataDir, 'fleet.db')) })
  try {
    await migrate(db)
    const keyring = await openKeyring(dataDir, db)
    return { db, keyring, close: () => db.destroy() }
  } catch (error) {
    await db.destroy()
    throw error
  }
}
