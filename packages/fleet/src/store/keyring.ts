/**
 * The keys that encrypt the store. Wrapping keys live in a file of mode 0600 beside the database (a key service can
 * take their place); they encrypt data keys, and data keys encrypt columns. Only wrapped data keys are in the
 * database, so a copy of it alone says nothing. Rotation makes a new current key; older ones stay readable until
 * every row has been sealed anew.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { writePrivateFile } from './private-file.ts'
import { openBox, type SealingKey, sealBox } from './sealed-box.ts'
import type { Tables } from './tables.ts'

interface KeyFile {
  current: string
  keys: Record<string, string>
}

export class KeyFileError extends Error {}

export interface Keyring {
  /** Encrypts `text`; only `open` with the same `context` gives it back. */
  seal(text: string, context: string): string
  open(box: string, context: string): string
  currentKeyId(): string
  /** Adds a data key and makes it the one that seals. */
  rotate(): Promise<void>
  /** Drops every data key but the current one: only after all was sealed anew. */
  forgetOldKeys(): Promise<void>
}

function readKeyFile(path: string): KeyFile | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new KeyFileError(
      `Key file ${path} can be read by others than its owner: chmod 600 it, then consider its keys known`,
    )
  }
  const parsed: unknown = JSON.parse(text)
  if (typeof parsed !== 'object' || parsed === null || !('current' in parsed) || !('keys' in parsed)) {
    throw new KeyFileError(`Key file ${path} is damaged: restore it from a backup, the store cannot be read without it`)
  }
  const { current, keys } = parsed
  if (typeof current !== 'string' || typeof keys !== 'object' || keys === null) {
    throw new KeyFileError(`Key file ${path} is damaged: restore it from a backup, the store cannot be read without it`)
  }
  return { current, keys: Object.fromEntries(Object.entries(keys).map(([id, key]) => [id, String(key)])) }
}

/** Opens the key file of `dataDir` (made when absent) and the data keys in `db`. */
export async function openKeyring(dataDir: string, db: Kysely<Tables>): Promise<Keyring> {
  const path = join(dataDir, 'keys.json')
  const rows = await db.selectFrom('data_keys').selectAll().orderBy('created_at').orderBy('id').execute()
  let file = readKeyFile(path)
  if (file === undefined) {
    if (rows.length > 0) {
      throw new KeyFileError(`Key file ${path} is missing but the store is encrypted with it: restore it from a backup`)
    }
    file = { current: 'w1', keys: { w1: randomBytes(32).toString('base64') } }
    writePrivateFile(path, `${JSON.stringify(file)}\n`)
  }
  const wrapping = file

  function wrappingKey(id: string): SealingKey {
    const key = wrapping.keys[id]
    if (key === undefined)
      throw new KeyFileError(`Key file ${path} lacks the key '${id}' that the store is encrypted with`)
    return { id, key: Buffer.from(key, 'base64') }
  }

  const keys = new Map<string, SealingKey>()
  let current: SealingKey | undefined
  for (const row of rows) {
    const opened = openBox(row.wrapped, `data-key/${row.id}`, wrappingKey)
    current = { id: row.id, key: Buffer.from(opened, 'base64') }
    keys.set(row.id, current)
  }

  async function addKey(): Promise<SealingKey> {
    const made: SealingKey = { id: randomUUID().slice(0, 8), key: randomBytes(32) }
    const wrapped = sealBox(made.key.toString('base64'), `data-key/${made.id}`, wrappingKey(wrapping.current))
    const row = { id: made.id, wrapped, wrapping_key_id: wrapping.current, created_at: new Date().toISOString() }
    await db.insertInto('data_keys').values(row).execute()
    keys.set(made.id, made)
    return made
  }

  let sealing = current ?? (await addKey())

  return {
    seal: (text, context) => sealBox(text, context, sealing),
    open: (box, context) =>
      openBox(box, context, id => {
        const key = keys.get(id)
        if (key === undefined)
          throw new KeyFileError(`The store has a row sealed with data key '${id}', which it does not hold`)
        return key
      }),
    currentKeyId: () => sealing.id,
    async rotate() {
      sealing = await addKey()
    },
    async forgetOldKeys() {
      await db.deleteFrom('data_keys').where('id', '!=', sealing.id).execute()
      for (const id of keys.keys()) if (id !== sealing.id) keys.delete(id)
    },
  }
}
