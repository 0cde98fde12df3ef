import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReaderPool } from './reader-pool.ts'

test('the reader that was idle for longest ends, a busy one never', () => {
  const pool = new ReaderPool(2)
  const closed: string[] = []
  const reader = (name: string, busy = false) => ({
    busy,
    close() {
      closed.push(name)
      pool.closed(this)
    },
  })
  const first = reader('first')
  pool.used(first)
  pool.used(reader('busy', true))
  pool.used(first)
  pool.used(reader('third'))
  assert.deepEqual(closed, ['first'])
  pool.used(reader('fourth'))
  assert.deepEqual(closed, ['first', 'third'])
})
