/**
 * Lets kysely speak to Node's own SQLite. Kysely brings the compiler and the driver; this adapts `node:sqlite` to the
 * small interface they expect, keeps prepared statements, and opens the file so that a committed transaction survives
 * a power cut (write-ahead log, `synchronous = FULL`).
 */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type Dialect, SqliteDialect } from 'kysely'

type Bindable = string | number | bigint | null | Uint8Array

const CACHED_STATEMENTS = 256

function bindable(parameters: readonly unknown[]): Bindable[] {
  return parameters.map(value => {
    if (value === null || value === undefined) return null
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value
    if (value instanceof Uint8Array) return value
    throw new TypeError(`A query parameter of type ${typeof value} is not portable between SQLite and PostgreSQL`)
  })
}

/** `file` may be `:memory:`. The database is closed by `Kysely.destroy()`. */
export function sqliteDialect(file: string): Dialect {
  // SQLite gives its log files the permissions of the database file.
  if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600))
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000')
  const statements = new Map<string, StatementSync>()

  function prepared(sql: string): StatementSync {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = database.prepare(sql)
    if (statements.size >= CACHED_STATEMENTS) {
      const oldest = statements.keys().next()
      if (!oldest.done) statements.delete(oldest.value)
    }
    statements.set(sql, statement)
    return statement
  }

  return new SqliteDialect({
    database: {
      close() {
        statements.clear()
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
        database.close()
      },
      prepare(sql) {
        const statement = prepared(sql)
        return {
          reader: statement.columns().length > 0,
          all: parameters => statement.all(...bindable(parameters)),
          run: parameters => statement.run(...bindable(parameters)),
          iterate: parameters => statement.iterate(...bindable(parameters)),
        }
      },
    },
  })
}
