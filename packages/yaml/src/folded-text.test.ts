import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foldedAgain } from './folded-text.ts'

test('a line break before a more indented line grows, others stay', () => {
  assert.equal(foldedAgain('a\nb\n'), 'a\nb\n')
  assert.equal(foldedAgain('a\n  b\nc\n'), 'a\n\n  b\nc\n')
  assert.equal(foldedAgain('one line'), 'one line')
})
