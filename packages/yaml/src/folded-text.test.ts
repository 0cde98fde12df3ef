import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foldedAgain } from './folded-text.ts'
import { parseDocuments } from './parse-documents.ts'
import { SourceScalar } from './source-scalar.ts'

test('a line break before a more indented line grows, others stay', () => {
  assert.equal(foldedAgain('a\nb\n'), 'a\nb\n')
  assert.equal(foldedAgain('a\n  b\nc\n'), 'a\n\n  b\nc\n')
  assert.equal(foldedAgain('one line'), 'one line')
})

test('what is written in quotes does not grow', () => {
  for (const value of ['a \n  b\n', 'a😀\n  b\n', 'a\n  b ', 'x \n\n\n']) assert.equal(foldedAgain(value), value)
  assert.equal(foldedAgain('a\tb\n  b\n'), 'a\tb\n\n  b\n')
})

test('a scalar that ends the text is written again, too', () => {
  const [document] = parseDocuments('a: >-\n  x\n    y\n', { dialect: '1.2', keepSource: true })
  assert.deepEqual(document?.value, { a: new SourceScalar('x\n\n  y', 'x\n  y') })
})
