import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { jsonTable } from './set-json.ts'
import { type SetMode, setValues } from './set-values.ts'
import type { Table } from './value-table.ts'

const parsed = (text: string, mode: SetMode = 'typed', into: Table = {}): Table => {
  setValues(into, text, mode)
  return into
}

const readings: [text: string, values: Table][] = [
  ['', {}],
  ['a=1', { a: 1n }],
  ['a=1,b=2', { a: 1n, b: 2n }],
  ['a=', { a: '' }],
  ['a=,b=1', { a: '', b: 1n }],
  ['a=true,b=FALSE,c=Null', { a: true, b: false, c: null }],
  ['a=0,b=010,c=1.5,d=-3,e=12345678901234567890', { a: 0n, b: '010', c: '1.5', d: -3n, e: '12345678901234567890' }],
  ['a.b.c=x', { a: { b: { c: 'x' } } }],
  ['a\\.b=x,c=d\\,e', { 'a.b': 'x', c: 'd,e' }],
  ['a={}', { a: [''] }],
  ['a={1,two,true},b=3', { a: [1n, 'two', true], b: 3n }],
  ['a[0]=x,a[2]=y', { a: ['x', null, 'y'] }],
  ['a[0].b=1,a[0].c=2,a[1].b=3', { a: [{ b: 1n, c: 2n }, { b: 3n }] }],
  ['a[0][1]=x', { a: [[null, 'x']] }],
  ['a.', {}],
  ['a=b=c', { a: 'b=c' }],
  ['a.b=1,a.c=2', { a: { b: 1n, c: 2n } }],
  // The text may end anywhere behind a key's first sign.
  ['a[0', {}],
  ['a[0]', { a: [] }],
  ['a[0].b=', { a: [] }],
  ['a[0][1]', { a: [] }],
  ['a[70000]', { a: [] }],
  ['a=fal\u017fe', { a: false }],
]

for (const [text, values] of readings) {
  test(`--set ${text || 'of nothing'}`, () => assert.deepEqual(parsed(text), values))
}

const refusals: [text: string, message: string][] = [
  ['a', 'key "a" has no value'],
  ['a,b=1', 'key "a" has no value (cannot end with ,)'],
  ['a.=x', 'key map "a" has no value'],
  ['a={1', "list must terminate with '}'"],
  ['a[x]=1', 'error parsing index: strconv.Atoi: parsing "x": invalid syntax'],
  ['a[-1]=1', 'negative -1 index not allowed'],
  ['a[65537]=1', 'index of 65537 is greater than maximum supported index of 65536'],
  ['a=1,a.b=2', 'unable to parse key: interface conversion: interface {} is int64, not map[string]interface {}'],
  ['a[65537]x=1', "unexpected data at end of array index: ['x']"],
  ['a[9223372036854775808]=1', 'error parsing index: strconv.Atoi: parsing "9223372036854775808": value out of range'],
  ['a"\ufeff', 'key "a\\"\\ufeff" has no value'],
  [`${'a.'.repeat(31)}a=1`, 'value name nested level is greater than maximum supported nested level of 30'],
]

for (const [text, message] of refusals) {
  test(`--set refuses ${text.slice(0, 20)}`, () => assert.throws(() => parsed(text), { name: 'HelmError', message }))
}

test('strings stay strings', () => {
  assert.deepEqual(parsed('a=1,b={true,2}', 'string'), { a: '1', b: ['true', '2'] })
})

test('a literal is all that follows the sign', () => {
  assert.deepEqual(parsed('a.b=1,c={x}\\', 'literal'), { a: { b: '1,c={x}\\' } })
})

test('a literal without a key is refused', () => {
  assert.throws(() => parsed('a.=b', 'literal'), { name: 'HelmError', message: 'key map "a" has no value' })
})

test('JSON is refused in the words of Go, and ends where it ends', () => {
  const told: Record<string, string> = {
    'a=tru': 'unexpected EOF',
    'a={"b":': 'unexpected EOF',
    'a=1.': 'unexpected EOF',
    'a=1.x': "invalid character 'x' after decimal point in numeric literal",
    'a=nix': "invalid character 'i' in literal null (expecting 'u')",
    'a=[1e999]': 'json: cannot unmarshal number 1e999 into Go value of type float64',
  }
  for (const [text, message] of Object.entries(told)) {
    assert.throws(() => parsed(text, 'json'), { name: 'HelmError', message }, text)
  }
  assert.deepEqual(parsed('a=1b=2,c=01=true', 'json'), { a: 1, b: 2, c: 0, 1: true })
})

test('one JSON object for all keys is JSON, not YAML', () => {
  assert.deepEqual(jsonTable(' {"a": 1, "b": {"c": null}}\n'), { a: 1, b: { c: null } })
  assert.throws(() => jsonTable('{a: 1}'), {
    message: "invalid character 'a' looking for beginning of object key string",
  })
})

test('JSON values stand beside each other', () => {
  assert.deepEqual(parsed('a={"b":[1,"x,y"]} ,c=null,d=,e[0]=2.5,f="}"', 'json'), {
    a: { b: [1, 'x,y'] },
    c: null,
    d: null,
    e: [2.5],
    f: '}',
  })
  assert.throws(() => parsed('a={', 'json'), { name: 'HelmError' })
})

test('what a file holds becomes the value', () => {
  const into: Table = {}
  setValues(into, 'a.b=one.txt', 'string', path => `content of ${path}`)
  assert.deepEqual(into, { a: { b: 'content of one.txt' } })
})

test('values that are there already are changed, not replaced', () => {
  assert.deepEqual(parsed('a.b=1', 'typed', { a: { c: 2 } }), { a: { b: 1n, c: 2 } })
})

test('a list is changed in place as long as it need not grow', () => {
  const short = ['q']
  const into: Table = { list: short }
  setValues(into, 'list[0]=a,list[2].name=b', 'typed')
  assert.deepEqual([short, into.list], [['a'], ['a', null, { name: 'b' }]])
})

const key = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/)
const escaped = (text: string) => text.replace(/[\\,=.[\]{}]/gu, '\\$&')

test('any text survives once it is escaped', () => {
  fc.assert(
    fc.property(fc.array(key, { minLength: 1, maxLength: 5 }), fc.string({ unit: 'grapheme' }), (path, value) => {
      let expected: unknown = value
      for (const name of path.toReversed()) expected = { [name]: expected }
      assert.deepEqual(parsed(`${path.join('.')}=${escaped(value)}`, 'string'), expected)
    }),
  )
})

test('any text is read or refused, never worse', () => {
  const pieces = fc.constantFrom('a', 'b', '.', ',', '=', '[', ']', '{', '}', '0', '1', '\\', '"', '__proto__', 'null')
  const mode = fc.constantFrom<SetMode>('typed', 'string', 'literal', 'json')
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), mode, (text, how) => {
      try {
        parsed(text.join(''), how)
      } catch (error) {
        assert.ok(error instanceof Error && error.name === 'HelmError', String(error))
      }
      assert.equal(({} as Table).a, undefined)
    }),
    { numRuns: 500 },
  )
})
