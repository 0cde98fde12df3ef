import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import fc from 'fast-check'
import { KustomizeError } from './kustomize-error.ts'
import { substitute } from './substitute.ts'

const variables = new Map([
  ['v', 'abcABC123'],
  ['empty', ''],
  ['path', '/home/me/file.tar.gz'],
  ['umlaut', 'äö'],
  ['n', '3'],
  ['lines', 'a\nb'],
])

describe('text', () => {
  const table: [text: string, result: string][] = [
    ['plain $v $(v) \\', 'plain $v $(v) \\'],
    ['<${v}>', '<abcABC123>'],
    ['${#v}', '9'],
    ['${#umlaut}', '4'],
    ['${v^}', 'AbcABC123'],
    ['${v^^}', 'ABCABC123'],
    ['${v,,}', 'abcabc123'],
    ['${v:3}', 'ABC123'],
    ['${v:3:3}', 'ABC'],
    ['${v:-3}', 'abcABC123'],
    ['${path#*/}', 'home/me/file.tar.gz'],
    ['${path##*/}', 'file.tar.gz'],
    ['${path%.*}', '/home/me/file.tar'],
    ['${path%%.*}', '/home/me/file'],
    ['${missing=d}', 'd'],
    ['${missing:=d}', 'd'],
    ['${empty:-d e}', 'd e'],
    ['${missing:-<${v}>}', '<abcABC123>'],
    ['${v/abc/x}', 'xABC123'],
    ['${path//\\//-}', '-home-me-file.tar.gz'],
    ['${path/#\\/home/~}', '~/me/file.tar.gz'],
    ['${path/%.gz/}', '/home/me/file.tar.gz'],
    ['${path/%.gz/.xz}', '/home/me/file.tar.xz'],
    ['$${v}', '${v}'],
    ['$${missing=${n}}', '${missing=3}'],
    ['${lines}', 'ab'],
  ]
  for (const [text, result] of table) test(text, () => assert.equal(substitute(text, variables), result))

  test('a variable that is not set is empty, or an error when strict', () => {
    assert.equal(substitute('<${missing}>', variables), '<>')
    const strict = (text: string) => substitute(text, variables, { strict: true })
    assert.throws(
      () => strict('${missing}'),
      /^KustomizeError: envsubst error: variable substitution failed: variable not set \(strict mode\): "missing"$/,
    )
    assert.throws(() => strict('${missing^^}'), /variable not set/)
    assert.equal(strict('${missing:=x}'), 'x')
  })

  test('what does not parse', () => {
    for (const [text, reason] of [
      ['${}', 'unable to parse variable name'],
      ['${a.b}', 'missing closing brace'],
      ['${v-d}', 'missing closing brace'],
      ['${v', 'missing closing brace'],
      ['${v/x}', 'bad substitution'],
      ['${v:=d', 'unable to parse substitution within function'],
    ] as const) {
      assert.throws(() => substitute(text, variables), new RegExp(`failed: ${reason}`), text)
    }
  })

  test('names must be words', () => {
    assert.throws(() => substitute('', new Map([['a-b', '']])), /'a-b' var name is invalid, must match/)
  })

  test('never fails with anything but a KustomizeError', () => {
    const soup = fc.string({ unit: fc.constantFrom(...'${}v:=-/#%^,\\*[]a1 '), maxLength: 40 })
    fc.assert(
      fc.property(soup, text => {
        try {
          substitute(text, variables)
        } catch (error) {
          assert.ok(error instanceof KustomizeError, String(error))
        }
      }),
      { numRuns: 3000 },
    )
  })
})

describe('objects', () => {
  const object = (value: unknown): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'x' },
    data: { value },
  })

  test('bare values get the type they look like', () => {
    const substituted = substitute(object('${n}'), variables)
    assert.deepEqual(substituted.data, { value: 3 })
    assert.deepEqual(substitute(object('a-${n}'), variables).data, { value: 'a-3' })
  })

  test('without a dollar the object itself comes back', () => {
    const given = object('yes')
    assert.equal(substitute(given, variables), given)
  })

  test('a result that is no YAML is told without its content', () => {
    assert.throws(
      () => substitute(object('x: ${v}: y'), new Map([['v', "secret'\n: {"]])),
      (error: unknown) => error instanceof KustomizeError && !error.message.includes('secret'),
    )
  })
})
