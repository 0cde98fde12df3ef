import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { ParseOptions } from './parse-documents.ts'
import { readPlainYaml } from './plain-yaml.ts'
import { readDocuments } from './read-documents.ts'
import { stringify } from './stringify.ts'

/** What the whole reader makes of it; `undefined` when it refuses. */
function wanted(text: string, options: ParseOptions = {}): { value: unknown } | undefined {
  try {
    return { value: readDocuments(text, options)[0]?.value }
  } catch {
    return undefined
  }
}

/** Whatever it is sure of, in each way of reading, the whole reader reads so. */
function isRight(text: string): void {
  const read = readPlainYaml(text)
  if (read !== undefined) assert.deepEqual({ value: read }, wanted(text), text)
  const kept = readPlainYaml(text, '1.2', true)
  if (kept !== undefined) assert.deepEqual({ value: kept }, wanted(text, { dialect: '1.2', keepSource: true }), text)
}

describe('the fast reader', () => {
  const sure: [text: string, value: unknown][] = [
    ['a: 1\n', { a: 1 }],
    ['---\na: b\n', { a: 'b' }],
    ['a:\n- b\n- c: d\n  e: f\n', { a: ['b', { c: 'd', e: 'f' }] }],
    ['a:\n  - b\n  -\n    c: 1\n', { a: ['b', { c: 1 }] }],
    ['a: long\n  and folded\nb: 1\n', { a: 'long and folded', b: 1 }],
    ['a: |\n  x\n    y\n\n  z\nb: |-\n  t\n', { a: 'x\n  y\n\nz\n', b: 't' }],
    ['a: |+\n  x\n\nb: 1\n', { a: 'x\n\n', b: 1 }],
    ['a: "b: c"\nd: \'e # f\'\n', { a: 'b: c', d: 'e # f' }],
    ["a: \"b\\n\\\"c\"\nd: 'it''s'\n", { a: 'b\n"c', d: "it's" }],
    ['a: "folded\n  text"\n', { a: 'folded text' }],
    ['# comment\na: []\n\nb: {}\n', { a: [], b: {} }],
    ['a:\nb: yes\nc: 1.10\nd: 0x10\n', { a: null, b: true, c: 1.1, d: 16 }],
    ['- - a\n  - b\n- c\n', [['a', 'b'], 'c']],
    ['a: http://x/y#z\n', { a: 'http://x/y#z' }],
    ['a: -x\n', { a: '-x' }],
    ['a: b # comment\nc: # none\n  d: "e" # f\n', { a: 'b', c: { d: 'e' } }],
    ['a: {b: [1, x y, "z"], c: {}} # d\n', { a: { b: [1, 'x y', 'z'], c: {} } }],
    ['a: 9223372036854775807\n', { a: Number(2n ** 63n - 1n) }],
  ]
  for (const [text, value] of sure) {
    test(`is sure of ${JSON.stringify(text)}`, () => {
      assert.deepEqual(readPlainYaml(text), value)
      assert.deepEqual(wanted(text)?.value, value)
    })
  }

  const unsure = [
    'a: &x 1\nb: *x\n',
    'a: !!str 1\n',
    'a: b # comment\n  c\n',
    'a: {b: c: d}\n',
    'a: [b, ]\n',
    'a: {b}\n',
    'a: [b:c]\n',
    'a: {b: 1, b: 2}\n',
    'a: [b,\n  c]\n',
    'a: b: c\n',
    'a: 1\na: 2\n',
    'a:\n\t- b\n',
    'a: >\n  b\n',
    'a: |2\n   b\n',
    'a: .inf\n',
    'a: b\n c: d\n',
    'a: [\n',
    '? a\n: b\n',
    'a: 1\n---\nb: 1\n',
    'yes: 1\n',
    'plain\n',
    'a: "b\n',
    'a: @x\n',
    '',
  ]
  for (const text of unsure) {
    test(`leaves ${JSON.stringify(text)} to the parser`, () => assert.equal(readPlainYaml(text), undefined))
  }

  test('agrees with the parser on all that programs write', () => {
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.lorem({ maxCount: 30 }))
    const { tree } = fc.letrec(tie => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        scalar,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(fc.oneof(fc.stringMatching(/^[a-z][a-z.-]{0,12}$/), fc.string()), tie('tree'), { maxKeys: 5 }),
      ),
    }))
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tree), value => {
        isRight(stringify(value))
      }),
      { numRuns: 500 },
    )
  })

  test('is never sure of what the parser reads otherwise or refuses', () => {
    const lines = [
      'a: 1',
      '- b',
      '  c: d',
      '  - e: f',
      ' g',
      'h: |',
      '',
      '    i',
      'j: "k',
      'l"',
      'm: n: o',
      "p: 'q'",
      '# r',
      's:',
      '-',
      '- - t',
      'u: -',
      'v: |-',
      '"w": x',
      'y: z #',
      '\ta',
      'a : b',
      '- |',
      'k: [a, b]',
      'k: {a: b}',
      ': a',
      'a:b',
      '- a:',
      'o: p # q',
      'o: # q',
      "'x': y # z",
      'o: "p" # q',
      'o: {a: "b", c: [d, 1]} # q',
      'n: 123456789012345678901',
      'd: 2001-12-14',
      ' 10:11:12',
      '<<: {z: 1}',
      'e: ~',
      'f: 0x1F # no',
      'g: yes',
      'yes: 1',
      '1: 2',
      '--- a',
      '...',
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...lines), { maxLength: 9 }), chosen => {
        for (const text of [chosen.join('\n'), `${chosen.join('\n')}\n`]) {
          isRight(text)
        }
      }),
      { numRuns: 3000 },
    )
  })

  test('is never sure of brackets and quotes that the parser reads otherwise or refuses', () => {
    const piece = fc.constantFrom(
      ...'[]{},:"\'#-&*|>?!%@`~',
      ' ',
      ': ',
      ', ',
      ' #',
      'a',
      'b',
      '1',
      'a: ',
      '"c"',
      "''",
      '-1',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), fc.constantFrom('[', '{', '"', '', "'"), (pieces, open) => {
        const close = open === '[' ? ']' : open === '{' ? '}' : open
        const text = `k: ${open}${pieces.join('')}${close}\nl: m\n`
        isRight(text)
      }),
      { numRuns: 3000 },
    )
  })
})
