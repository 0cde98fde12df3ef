import assert from 'node:assert/strict'
import { test } from 'node:test'
import { splitDocuments } from './split-documents.ts'

test('white space between documents goes; Helm 4.2 keeps what follows the last one', () => {
  const text = '\n---\na: 1\n\n---\n\nb: 2\n \n---\nc: 3\n\n'
  assert.deepEqual(splitDocuments(text), ['a: 1', 'b: 2', 'c: 3'])
  assert.deepEqual(splitDocuments(text, '4.2'), ['a: 1', 'b: 2', 'c: 3\n\n'])
})

test('a separator need not end its line', () => {
  assert.deepEqual(splitDocuments('a: 1\n---b: 2\n', '4.2'), ['a: 1', 'b: 2\n'])
})
