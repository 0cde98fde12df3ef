import assert from 'node:assert/strict'
import { test } from 'node:test'
import { besideHelm } from './testing/beside-helm.ts'
import { chartNamed } from './testing/chart-named.ts'
import { validateValues } from './values-schema.ts'

function breaches(schema: object | string, values: Record<string, unknown>): string[] {
  const text = typeof schema === 'string' ? schema : JSON.stringify(schema)
  const chart = { ...chartNamed('web'), schema: text }
  try {
    validateValues(chart, values)
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).trimEnd().split('\n').slice(2)
  }
  return []
}

test('several breaches of one place stand below a line for it, of the root alone they do not', () => {
  const properties = {
    c: { pattern: '^a+$', minLength: 5 },
    e: { additionalProperties: false, required: ['h'] },
    g: { properties: { x: { type: 'string' } } },
  }
  assert.deepEqual(breaches({ properties, required: ['z'] }, { c: 'zz', e: { f: 1 }, g: { x: 1 } }), [
    "- at '': missing property 'z'",
    "- at '/c': validation failed",
    "  - at '/c': minLength: got 2, want 5",
    "  - at '/c': 'zz' does not match pattern '^a+$'",
    "- at '/e': validation failed",
    "  - at '/e': missing property 'h'",
    "  - at '/e': additional properties 'f' not allowed",
    "- at '/g/x': got number, want string",
  ])
})

test('alternatives hold what each of them failed for', () => {
  const properties = {
    a: { anyOf: [{ type: 'integer' }, { type: 'object', required: ['p', 'q'], properties: { r: { type: 'null' } } }] },
    b: { oneOf: [{ type: 'string' }, { minLength: 1 }] },
    c: { not: { type: 'string' } },
    d: { allOf: [{ type: 'string' }, { required: ['x'], minProperties: 3 }] },
  }
  assert.deepEqual(breaches({ properties }, { a: { r: 1 }, b: 'x', c: 'x', d: {} }), [
    "- at '/a': 'anyOf' failed",
    "  - at '/a': got object, want integer",
    "  - at '/a': validation failed",
    "    - at '/a': missing properties 'p', 'q'",
    "    - at '/a/r': got number, want null",
    "- at '/b': 'oneOf' failed, subschemas 0, 1 matched",
    "- at '/c': 'not' failed",
    "- at '/d': 'allOf' failed",
    "  - at '/d': got object, want string",
    "  - at '/d': validation failed",
    "    - at '/d': minProperties: got 0, want 3",
    "    - at '/d': missing property 'x'",
  ])
})

test('a schema that is no JSON is told as Go tells it', () => {
  const told: Record<string, string> = {
    '{': 'unexpected EOF',
    '': 'EOF',
    '{"a":}': "invalid character '}' looking for beginning of value",
    '{"a":1} x': 'invalid character after top-level value',
  }
  for (const [text, words] of Object.entries(told)) assert.deepEqual(breaches(text, {}), [words])
})

const draft7 = 'http://json-schema.org/draft-07/schema#'
const besides: Record<string, [schema: object, values: object]> = {
  'types, numbers and names together': [
    {
      properties: {
        port: { type: 'integer', maximum: 65535 },
        share: { exclusiveMinimum: 1e-7, multipleOf: 0.1 },
        many: { minimum: 1e6 },
        name: { type: ['string', 'null', 'integer'] },
        list: { type: 'array', minItems: 1000, items: { type: 'string' } },
      },
      required: ['a', "b'c"],
      additionalProperties: false,
    },
    { port: 70000.5, share: 0.25, many: 1234.5, name: true, list: ['x', 1, null], other: 1 },
  ],
  'enumerations and constants': [
    {
      properties: {
        one: { enum: ['a', 1, null, true] },
        only: { enum: ["it's"] },
        tables: { enum: [{}, 1] },
        constant: { const: [1] },
        text: { const: 'x' },
      },
    },
    { one: 'z', only: 'b', tables: 2, constant: 1, text: '' },
  ],
  'alternatives in references': [
    {
      $defs: {
        size: {
          oneOf: [
            { type: 'string', pattern: '^\\d+Gi$' },
            { type: 'integer', minimum: 1 },
          ],
        },
      },
      properties: { a: { $ref: '#/$defs/size' }, b: { anyOf: [{ $ref: '#/$defs/size' }, { type: 'null' }] } },
    },
    { a: '5', b: false },
  ],
  'conditions and what depends': [
    {
      properties: { on: { type: 'boolean' } },
      if: { properties: { on: { const: true } }, required: ['on'] },
      // biome-ignore lint/suspicious/noThenProperty: the keyword's name
      then: { required: ['host', 'port'], properties: { port: { maximum: 10 } } },
      allOf: [{ dependentRequired: { on: ['x'] } }, { not: { required: ['on'] } }],
    },
    { on: true, port: 11 },
  ],
  'draft 7 with formats': [
    {
      $schema: draft7,
      properties: {
        mail: { format: 'email' },
        address: { format: 'ipv4' },
        day: { format: 'date' },
        host: { format: 'hostname' },
        more: { items: [{ type: 'string' }], additionalItems: false },
        names: { propertyNames: { maxLength: 1 } },
      },
    },
    { mail: 'nobody', address: '1.2.3', day: 'x2020-01-01', host: '-a', more: ['a', 1, 2], names: { ab: 1 } },
  ],
  'what nobody has looked at': [
    { properties: { a: true }, anyOf: [{ properties: { b: true } }], unevaluatedProperties: false },
    { a: 1, b: 2, c: 3 },
  ],
  'items of a list': [
    {
      properties: {
        unique: { uniqueItems: true },
        some: { contains: { const: 'z' }, minContains: 2, maxContains: 2 },
        first: { prefixItems: [{ type: 'string' }], items: false },
      },
    },
    { unique: [1, { a: [1] }, { a: [1] }], some: ['z', 'a'], first: ['a', 'b'] },
  ],
  'a circle': [{ $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }, {}],
  'a schema that is none': [{ $schema: draft7, properties: { a: { type: 'strng', minLength: -1, pattern: '(' } } }, {}],
  'a reference to nowhere': [{ properties: { a: { $ref: '#/$defs/a' } } }, {}],
  'an anchor that is not there': [{ anyOf: [{ $ref: '#a' }] }, {}],
}

test('breaches beside the real helm', { concurrency: 2 }, async context => {
  // It tells those of one place in no order of its own.
  const sorted = (text: string) => text.trim().split('\n').sort()
  await Promise.all(
    Object.entries(besides).map(([name, [schema, values]]) =>
      context.test(name, async () => {
        const { ours, real } = await besideHelm({
          'values.schema.json': JSON.stringify(schema),
          'values.yaml': JSON.stringify(values),
        })
        assert.deepEqual(sorted(ours), sorted(real))
      }),
    ),
  )
})

test('schemas that would take for ever end with an error', () => {
  const $defs: Record<string, object> = { a0: { type: 'string' } }
  for (let at = 1; at < 60; at++)
    $defs[`a${at}`] = { allOf: [{ $ref: `#/$defs/a${at - 1}` }, { $ref: `#/$defs/a${at - 1}` }] }
  const twice = JSON.stringify({ $defs, properties: { a: { $ref: '#/$defs/a59' } } })
  const chart = { ...chartNamed('web'), schema: twice }
  assert.throws(() => validateValues(chart, { a: 'x' }), {
    name: 'HelmError',
    message: /takes more than 3000000 steps/,
  })
  let deep: unknown = 'x'
  for (let at = 0; at < 400; at++) deep = { a: deep }
  const within = { ...chartNamed('web'), schema: JSON.stringify({ properties: { a: { $ref: '#' } } }) }
  assert.equal(validateValues(within, { a: deep }), undefined)
})

test('large lists are compared item by item, not each with each', () => {
  const list = Array.from({ length: 20_000 }, (_, index) => ({ name: `a${index}`, list: [index, null] }))
  const schema = { properties: { list: { uniqueItems: true } } }
  assert.deepEqual(breaches(schema, { list }), [])
  assert.deepEqual(breaches(schema, { list: [...list, { list: [7, null], name: 'a7' }] }), [
    "- at '/list': items at 7 and 20,000 are equal",
  ])
})
