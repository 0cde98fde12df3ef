/** The easy answer about values and schemas beside that of the validator that knows all keywords. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseMetadata } from './chart-metadata.ts'
import { surelyValid } from './surely-valid.ts'
import type { Table } from './value-table.ts'
import { validateValues } from './values-schema.ts'

/** What the other validator says. */
function isValid(schema: string, values: Table): boolean {
  const metadata = parseMetadata('apiVersion: v2\nname: a\nversion: 1.0.0\n')
  const chart = { metadata, values: {}, lock: undefined, schema, templates: [], files: [], subcharts: [] }
  try {
    validateValues(chart, values)
    return true
  } catch {
    return false
  }
}

const decided: [object, Table, boolean][] = [
  [{ properties: { a: { type: 'string', pattern: '^[a-z]+$' } } }, { a: 'abc' }, true],
  [{ properties: { a: { type: 'string', pattern: '^[a-z]+$' } } }, { a: 'a1' }, false],
  [{ properties: { a: { type: ['integer', 'null'], minimum: 2 } } }, { a: 2n }, true],
  [{ properties: { a: { type: ['integer', 'null'], minimum: 2 } } }, { a: 1.5 }, false],
  [{ additionalProperties: false, properties: { a: {} } }, { a: 1 }, true],
  [{ additionalProperties: false, properties: { a: {} } }, { b: 1 }, false],
  [{ required: ['a'] }, {}, false],
  [{ required: ['toString'] }, {}, false],
  [
    { patternProperties: { '^x-': { type: 'boolean' } }, additionalProperties: { type: 'string' } },
    { 'x-a': true, b: '' },
    true,
  ],
  [{ oneOf: [{ required: ['a'] }, { required: ['b'] }] }, { a: 1, b: 1 }, false],
  [{ oneOf: [{ required: ['a'] }, { required: ['b'] }] }, { a: 1 }, true],
  [
    {
      $defs: { list: { type: 'array', items: { $ref: '#/$defs/list' } } },
      properties: { a: { $ref: '#/$defs/list' } },
    },
    { a: [[], [[]]] },
    true,
  ],
  [{ if: { required: ['a'] }, else: { required: ['b'] } }, {}, false],
  [{ properties: { a: { enum: ['x', 1, null] } } }, { a: null }, true],
]

test('what keeps a schema of common keywords is known, and what does not is not taken for it', () => {
  for (const [schema, values, expected] of decided) {
    const text = JSON.stringify(schema)
    assert.equal(surelyValid(text, values), expected, text)
    assert.equal(surelyValid(text, values), expected, `${text}, again`)
  }
})

test('nothing is sure of a schema that is not as it should be, wherever in it, or has keywords that are unknown here', () => {
  const schemas = [
    { type: 'strng' },
    { properties: { never: { type: 'strng' } } },
    { properties: { never: { $ref: '#/nowhere' } } },
    { $defs: { never: { pattern: '(' } } },
    { required: 'a' },
    { $ref: '#' },
    { not: {} },
    { properties: { a: { $ref: 'https://example.com/schema' } } },
    { $schema: 'http://json-schema.org/draft-04/schema#' },
    { $schema: 'http://json-schema.org/draft-07/schema#', properties: { a: { format: 'uri' } } },
    { properties: { a: { pattern: '^(a+)+$' } } },
  ]
  for (const schema of schemas) assert.equal(surelyValid(JSON.stringify(schema), {}), false, JSON.stringify(schema))
  for (const text of ['', '{', 'null', '[]', 'true']) assert.equal(surelyValid(text, {}), false)
})

const { schema: anySchema } = fc.letrec<{ schema: unknown }>(tie => {
  const names = fc.constantFrom('a', 'b', 'c')
  const inner = tie('schema')
  const some = fc.array(inner, { maxLength: 2 })
  const keywords: [string, fc.Arbitrary<unknown>][] = [
    ['type', fc.constantFrom('string', 'number', 'integer', 'object', 'array', 'null', 'nothing')],
    ['type', fc.uniqueArray(fc.constantFrom('string', 'number', 'object', 'array', 'null'), { minLength: 1 })],
    ['properties', fc.dictionary(names, inner, { maxKeys: 2 })],
    ['patternProperties', fc.dictionary(fc.constantFrom('^a', 'b$', '['), inner, { maxKeys: 1 })],
    ['additionalProperties', inner],
    ['required', fc.array(names, { maxLength: 2 })],
    ['items', inner],
    ['enum', fc.array(fc.constantFrom(1, 'a', null), { maxLength: 2 })],
    ['const', fc.constantFrom(1, 'a', null)],
    ['minimum', fc.constantFrom(0, 2)],
    ['exclusiveMaximum', fc.constantFrom(1, true)],
    ['maxLength', fc.constantFrom(0, 1, -1)],
    ['minProperties', fc.constantFrom(0, 1)],
    ['maxItems', fc.constantFrom(0, 1)],
    ['pattern', fc.constantFrom('^a$', 'b', '(a)')],
    ['allOf', some],
    ['anyOf', some],
    ['oneOf', some],
    ['if', inner],
    ['then', inner],
    ['else', inner],
    ['not', inner],
    ['$ref', fc.constantFrom('#/$defs/a', '#', '#/properties/a')],
    ['$defs', fc.dictionary(names, inner, { maxKeys: 1 })],
    ['format', fc.constantFrom('date', 'uri')],
    [
      '$schema',
      fc.constantFrom('http://json-schema.org/draft-07/schema#', 'https://json-schema.org/draft/2020-12/schema'),
    ],
  ]
  const pair = fc.oneof(...keywords.map(([name, value]) => fc.tuple(fc.constant(name), value)))
  const object = fc.array(pair, { maxLength: 3 }).map(pairs => Object.fromEntries(pairs))
  return { schema: fc.oneof({ depthSize: 'small', maxDepth: 3 }, fc.boolean(), object) }
})
const anyValues = fc.dictionary(
  fc.constantFrom('a', 'b', 'c'),
  fc.oneof(
    fc.constantFrom<unknown>(1, 0, 1.5, 'a', 'ab', null, true, [], ['a', 1]),
    fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom(1, 'a')),
  ),
)

test('whatever is sure here, the other validator says too', () => {
  let sure = 0
  fc.assert(
    fc.property(anySchema, anyValues, (schema, values) => {
      const text = JSON.stringify(schema)
      if (!surelyValid(text, values)) return
      sure++
      assert.ok(isValid(text, values), `${text} ${JSON.stringify(values)}`)
    }),
    { numRuns: 400 },
  )
  assert.ok(sure > 5, `only ${sure} were sure`)
})
