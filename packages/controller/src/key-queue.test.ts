import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KeyQueue } from './key-queue.ts'

test('a key queue gives what a plain list of distinct keys would give', () => {
  const step = fc.tuple(
    fc.constantFrom('add', 'delete', 'take', 'clear', 'add', 'take'),
    fc.constantFrom('a', 'b', 'c'),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), steps => {
      const queue = new KeyQueue()
      let list: string[] = []
      for (const [what, key] of steps) {
        if (what === 'add') {
          queue.add(key)
          if (!list.includes(key)) list.push(key)
        } else if (what === 'delete') {
          queue.delete(key)
          list = list.filter(k => k !== key)
        } else if (what === 'take') assert.equal(queue.take(), list.shift())
        else {
          queue.clear()
          list = []
        }
        assert.equal(queue.size, list.length)
        assert.equal(queue.has(key), list.includes(key))
      }
    }),
  )
})
