import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseDocuments, parseFirst } from './parse-documents.ts'
import { YamlError } from './yaml-error.ts'

describe("go-yaml's refusals, in its words, with the line where the trouble is", () => {
  const table: [text: string, line: number, reason: string][] = [
    ['a: [1, 2\n', 2, "did not find expected ',' or ']'"],
    ['a: {b: 1\nc: 2\n', 2, "did not find expected ',' or '}'"],
    ['x: 1\na: "b\n', 2, 'found unexpected end of stream'],
    ["x: 1\na: 'b\n", 2, 'found unexpected end of stream'],
    ['a:\n  b: 1\n c: 2\n', 3, 'did not find expected key'],
    ['a: b\n  c: d\n', 2, 'mapping values are not allowed in this context'],
    ['a: b: c\n', 1, 'mapping values are not allowed in this context'],
    ['a:\n\t- b\n', 2, 'found character that cannot start any token'],
    ['- a\nb: c\n', 2, "did not find expected '-' indicator"],
    ['a: b\n- c\n', 2, 'did not find expected key'],
    ['a: b\nc\n', 2, "could not find expected ':'"],
    ['a: |\n b\nc\n', 3, "could not find expected ':'"],
    ['a: @x\n', 1, 'found character that cannot start any token'],
    ['a: *\n', 1, 'did not find expected alphabetic or numeric character'],
    ['a: - b\n', 1, 'block sequence entries are not allowed in this context'],
    ['a: "\\q"\n', 1, 'found unknown escape character'],
    ['a: "\\xzz"\n', 1, 'did not find expected hexdecimal number'],
    ['a: |0\n  x\n', 1, 'found an indentation indicator equal to 0'],
    ['a: |\n\t  x\n', 2, 'found a tab character where an indentation space is expected'],
    ['a: !x!y z\n', 1, 'found undefined tag handle'],
    ['a: b\nc: d\u0007\n', 2, 'control characters are not allowed'],
    ['%YAML 1.2\n---\na: b\n', 1, 'found incompatible YAML document'],
    ['a: ]\n', 1, 'did not find expected node content'],
  ]
  for (const [text, line, reason] of table) {
    test(JSON.stringify(text), () => {
      assert.throws(
        () => parseDocuments(text),
        error => error instanceof YamlError && error.reason === reason && error.line === line,
      )
    })
  }
})

test('go-yaml counts lines in its own way', () => {
  const table: [text: string, said: string][] = [
    ['a: [\n', 'yaml: line 1: did not find expected node content'],
    ['a: ]\n', 'yaml: did not find expected node content'],
    ['a: 1\nb:\n  c: 2\n d: {\n', 'yaml: line 3: did not find expected key'],
    ['a: b: c\n', 'yaml: mapping values are not allowed in this context'],
    ['a: 1\nb: c: d\n', 'yaml: line 2: mapping values are not allowed in this context'],
  ]
  for (const [text, said] of table) {
    assert.throws(
      () => parseDocuments(text),
      error => error instanceof YamlError && error.goMessage === said,
      text,
    )
  }
})

test('sigs.k8s.io/yaml names the line where the trouble is seen, and none where a value is at fault', () => {
  const table: [text: string, said: string][] = [
    ['a: 1\nb:\n  c: 2\n d: 3\n', 'yaml: line 3: did not find expected key'],
    ['a: 1\nb:\n  c: 2\n  "d" e: 3\n', 'yaml: line 3: did not find expected key'],
    ['a: 1\nfoo\nb: 2\n', "yaml: line 3: could not find expected ':'"],
    ['a: 1\nb: [1\nc: 2\n', "yaml: line 2: did not find expected ',' or ']'"],
    ['a: 1\nb: *x\n', "yaml: unknown anchor 'x' referenced"],
  ]
  for (const [text, said] of table) {
    assert.throws(
      () => parseDocuments(text),
      error => error instanceof YamlError && error.sigsMessage === said,
      text,
    )
  }
})

test('what comes behind the first document may be anything, if only that is asked for', () => {
  assert.deepEqual(parseFirst('a: 1\n...\nb: [\n'), { a: 1 })
  assert.deepEqual(parseFirst('a: 1\n---\nb: *x\n'), { a: 1 })
})

describe('what the Go tools take although YAML 1.2 does not', () => {
  const table: [text: string, value: unknown][] = [
    ['a: {\n"b": 1\n}\nc: 2\n', { a: { b: 1 }, c: 2 }],
    ['a: [\n1,\n2\n]\n', { a: [1, 2] }],
    ['a: "b\nc"\n', { a: 'b c' }],
    ['a: |\n  no line break at the end', { a: 'no line break at the end' }],
    [
      'a: >-\n  folded\n  \ttext\n   more\nb: &x 1\nc: [*x, d: e]\n? f\n: g\n',
      { a: 'folded\n\ttext\n more', b: 1, c: [1, { d: 'e' }], f: 'g' },
    ],
    ['a:\n\n- b\n-\n  - c\n- d: e\n  f:\n  - g\n', { a: ['b', ['c'], { d: 'e', f: ['g'] }] }],
    ['---\na: 1\n...\n---\nb: "\\u00e9\\\n  x"\n', { a: 1 }],
  ]
  for (const [text, value] of table) {
    test(JSON.stringify(text), () => assert.deepEqual(parseDocuments(text)[0]?.value, value))
  }
})
