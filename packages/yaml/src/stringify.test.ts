import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stringify } from './stringify.ts'

describe('bytes as sigs.k8s.io/yaml writes them', () => {
  const long = 'a'.repeat(30)
  const table: [name: string, value: unknown, text: string][] = [
    ['keys sorted, sequences flush', { b: [1, { d: 1, c: 2 }], a: {} }, 'a: {}\nb:\n- 1\n- c: 2\n  d: 1\n'],
    ['digits as numbers', { a10: 1, a2: 1, A: 1, _: 1 }, '_: 1\nA: 1\na2: 1\na10: 1\n'],
    ['nested sequences', [[1, 2], [[]]], '- - 1\n  - 2\n- - []\n'],
    [
      'words that are not strings',
      ['yes', 'null', '1', '1.5', '', '2024-01-02', '1:30', 'n'],
      '- "yes"\n- "null"\n- "1"\n- "1.5"\n- ""\n- "2024-01-02"\n- "1:30"\n- "n"\n',
    ],
    [
      'indicators',
      ['- a', '*x', 'a: b', 'a #b', '#', 'a:', "it's", ' a'],
      "- '- a'\n- '*x'\n- 'a: b'\n- 'a #b'\n- '#'\n- 'a:'\n- it's\n- ' a'\n",
    ],
    [
      'literal blocks',
      { a: 'x\ny\n', b: 'x\ny', c: 'x\n\n', d: ' x\ny' },
      'a: |\n  x\n  y\nb: |-\n  x\n  y\nc: |+\n  x\n\nd: |2-\n   x\n  y\n',
    ],
    ['a literal block at the root', 'x\n y\n', '|\n  x\n   y\n'],
    ['wrapped at the root', `${long} ${long} ${long}`, `${long} ${long} ${long}\n`],
    ['wrapped at the root, longer', `${long} ${long} ${long} b`, `${long} ${long} ${long}\n  b\n`],
    ['tabs and emoji', { a: 'x\ty', b: '😀' }, 'a: "x\\ty"\nb: "\\U0001F600"\n'],
    ['trailing blank before a break', { a: 'x \ny' }, 'a: "x \\ny"\n'],
    ['wrapped at 80', { k: `${long} ${long} ${long} ${long}` }, `k: ${long} ${long} ${long}\n  ${long}\n`],
    [
      'numbers',
      [1, -0, 1.5, 1e6, 1234567.5, 0.00001, 12345678901234567890n],
      '- 1\n- 0\n- 1.5\n- 1000000\n- 1.2345675e+06\n- 1e-05\n- 12345678901234567890\n',
    ],
    ['odd keys', { 'a: b': 1, '1': 2, 'x\ny': 3 }, '"1": 2\n\'a: b\': 1\n? |-\n  x\n  y\n: 3\n'],
    ['byte order mark first: all is escaped', ['\ufeffa b'], '- "\\uFEFF\\x61\\x20\\x62"\n'],
    ['a separator ends the last line', { a: 'x\n\u2028', b: 'x\ny\u2029' }, 'a: |+\n  x\n\u2028b: |\n  x\n  y\u2029'],
    ['null and undefined', { a: null, b: undefined }, 'a: null\n'],
  ]
  for (const [name, value, text] of table) test(name, () => assert.equal(stringify(value), text))
})

test('nesting is bounded when writing, too: a value may hold itself', () => {
  const list: unknown[] = []
  list.push(list)
  const map: Record<string, unknown> = {}
  map.a = map
  for (const value of [list, map])
    assert.throws(() => stringify(value), /^YamlError: yaml: exceeded max depth of 1000$/)
  let deep: unknown = 1
  for (let at = 0; at < 1000; at++) deep = [deep]
  assert.equal(stringify(deep), `${'- '.repeat(1000)}1\n`)
})
