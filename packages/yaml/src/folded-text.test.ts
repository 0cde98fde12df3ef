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

test('a scalar that ends the text is written again, too', () => {
  const [document] = parseDocuments('a: >-\n  x\n    y\n', { dialect: '1.2', keepSource: true })
  assert.deepEqual(document?.value, { a: new SourceScalar('x\n\n  y', 'x\n  y') })
})
