/**
 * The cluster's state: in memory for reads, in SQLite (WAL) for life. A write changes memory at once, so later writes of the
 * same turn see it; all writes of one event-loop turn are committed in one transaction, and only then are they answered and
 * shown to watchers. Readers wait for that commit (`settled`), so nobody ever sees what a crash could take back. One
 * revision counter serves every kind, as in etcd.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { KubeObject } from '@sluice/api'
import { internal } from '../api-error.ts'
import { Collection } from './collection.ts'
import { Stored, type StoreEvent } from './stored.ts'

interface Change {
  collection: Collection
  namespace: string
  name: string
  event: StoreEvent
}

interface Batch {
  changes: Change[]
  done: PromiseWithResolvers<void>
}

export class ObjectStore {
  readonly #database: DatabaseSync
  readonly #collections = new Map<string, Collection>()
  readonly #upsert: StatementSync
  readonly #delete: StatementSync
  readonly #saveRevision: StatementSync
  /** Called with every committed batch, before the collections' own watchers. */
  readonly listeners = new Set<(events: readonly { collection: Collection; event: StoreEvent }[]) => void>()
  #revision: number
  #committed: number
  #batch: Batch | undefined
  #closed = false

  /** Throws when another process holds the file. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path)
    this.#database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS objects (
        collection TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
        revision INTEGER NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY (collection, namespace, name)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
      INSERT OR IGNORE INTO counters VALUES ('revision', 1);
    `)
    this.#upsert = this.#database.prepare(
      `INSERT INTO objects VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET revision = excluded.revision, body = excluded.body`,
    )
    this.#delete = this.#database.prepare('DELETE FROM objects WHERE collection = ? AND namespace = ? AND name = ?')
    this.#saveRevision = this.#database.prepare(`UPDATE counters SET value = ? WHERE name = 'revision'`)
    this.#revision = Number(
      this.#database.prepare(`SELECT value FROM counters WHERE name = 'revision'`).get()?.value ?? 1,
    )
    this.#committed = this.#revision
    this.#load()
  }

  #load(): void {
    const rows = this.#database.prepare('SELECT collection, namespace, name, revision, body FROM objects').iterate()
    for (const { collection, namespace, name, revision, body } of rows) {
      if (!(body instanceof Uint8Array)) continue
      const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
      const object: KubeObject = JSON.parse(bytes.toString())
      this.collection(String(collection)).set(
        String(namespace),
        String(name),
        new Stored(object, Number(revision), bytes),
      )
    }
  }

  /** The newest committed revision: what lists and watches start from. */
  get revision(): number {
    return this.#committed
  }

  collection(key: string): Collection {
    let found = this.#collections.get(key)
    if (!found) {
      found = new Collection(key, this.#committed)
      this.#collections.set(key, found)
    }
    return found
  }

  get collections(): Iterable<Collection> {
    return this.#collections.values()
  }

  /** Resolves when everything written so far is committed; undefined when nothing waits. */
  settled(): Promise<void> | undefined {
    return this.#batch?.done.promise
  }

  /** Writes the object, which the store owns from now on and stamps with its resourceVersion. */
  put(collection: Collection, object: KubeObject): { stored: Stored; committed: Promise<void> } {
    const revision = ++this.#revision
    object.metadata.resourceVersion = String(revision)
    const stored = new Stored(object, revision)
    const { namespace = '', name } = object.metadata
    const old = collection.get(namespace, name)
    const type = old ? 'MODIFIED' : 'ADDED'
    const event: StoreEvent = { type, revision, stored, old, frames: new Map() }
    return { stored, committed: this.#enqueue({ collection, namespace, name, event }, stored) }
  }

  /** Removes an object; `last` is the state that watchers see go (the stored one unless it changed in the same write). */
  remove(collection: Collection, old: Stored, last = old.object): { stored: Stored; committed: Promise<void> } {
    const revision = ++this.#revision
    const { namespace = '', name } = old.object.metadata
    const final = { ...last, metadata: { ...last.metadata, resourceVersion: String(revision) } }
    const stored = new Stored(final, revision)
    const event: StoreEvent = { type: 'DELETED', revision, stored, old, frames: new Map() }
    return { stored, committed: this.#enqueue({ collection, namespace, name, event }, undefined) }
  }

  #enqueue(change: Change, now: Stored | undefined): Promise<void> {
    if (this.#closed) throw internal('the server is shutting down')
    change.collection.set(change.namespace, change.name, now)
    if (!this.#batch) {
      this.#batch = { changes: [], done: Promise.withResolvers() }
      // Whoever only fires and forgets must not crash the process; those who wait get the rejection.
      this.#batch.done.promise.catch(() => {})
      setImmediate(() => this.#flush())
    }
    this.#batch.changes.push(change)
    return this.#batch.done.promise
  }

  #flush(): void {
    const batch = this.#batch
    if (!batch) return
    this.#batch = undefined
    try {
      this.#database.exec('BEGIN')
      for (const { collection, namespace, name, event } of batch.changes) {
        if (event.type === 'DELETED') this.#delete.run(collection.key, namespace, name)
        else this.#upsert.run(collection.key, namespace, name, event.revision, event.stored.bytes)
      }
      this.#saveRevision.run(this.#revision)
      this.#database.exec('COMMIT')
    } catch (error) {
      this.#undo(batch, error)
      return
    }
    this.#committed = batch.changes.at(-1)?.event.revision ?? this.#committed
    for (const listener of this.listeners) listener(batch.changes)
    for (const { collection, event } of batch.changes) collection.publish(event)
    batch.done.resolve()
  }

  #undo(batch: Batch, error: unknown): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
    for (const { collection, namespace, name, event } of batch.changes.reverse()) {
      collection.set(namespace, name, event.old)
    }
    const why = error instanceof Error ? error.message : String(error)
    batch.done.reject(internal(`the change could not be written to disk: ${why}`))
  }

  /** Commits what waits and closes the file. */
  close(): void {
    if (this.#closed) return
    this.#flush()
    this.#closed = true
    this.#database.close()
  }
}
