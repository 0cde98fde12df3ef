import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameFault } from './release-name.ts'

test('names of releases', () => {
  for (const name of ['a', 'a-b', 'a.b', '1', 'x'.repeat(53)]) assert.equal(nameFault(name), undefined, name)
  for (const name of ['', 'A', 'a_b', '-a', 'a-', 'a..b', '.a', 'x'.repeat(54), 'a b']) assert.ok(nameFault(name), name)
})
