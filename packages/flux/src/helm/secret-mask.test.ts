import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secretMask } from './secret-mask.ts'

test('a secret is masked plain, encoded and line by line; the longer one first', () => {
  const mask = secretMask(['hunter2', 'hunter2-and-more', 'first line\nsecond line\n', 'abc'])
  assert.equal(mask('bad password hunter2-and-more, hunter2'), 'bad password ***, ***')
  assert.equal(mask(`data: ${Buffer.from('hunter2').toString('base64')}`), 'data: ***')
  assert.equal(mask('at "second line"'), 'at "***"')
})

test('a secret is masked as it stands in quotes', () => {
  assert.equal(secretMask(['pass"word\\1'])('invalid value: "pass\\"word\\\\1"'), 'invalid value: "***"')
})

test('texts too short to tell from other words stay', () => {
  assert.equal(secretMask(['abc', ''])('abc is no secret'), 'abc is no secret')
})
