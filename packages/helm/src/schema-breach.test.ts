import assert from 'node:assert/strict'
import { test } from 'node:test'
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
