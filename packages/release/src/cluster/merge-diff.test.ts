import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { fieldOf, isJson, type Json, setField } from './json-fields.ts'
import { threeWayMergePatch, twoWayMergePatch } from './merge-diff.ts'

const { table } = fc.letrec<{ table: Json; value: unknown }>(tie => ({
  table: fc.dictionary(fc.constantFrom('a', 'b', 'constructor', '__proto__'), tie('value'), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer({ max: 3 }),
    fc.array(fc.integer({ max: 2 }), { maxLength: 2 }),
    tie('table'),
  ),
}))

/** RFC 7386. */
function applied(target: unknown, patch: unknown): unknown {
  if (!isJson(patch)) return patch
  const result: Json = isJson(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else setField(result, key, applied(fieldOf(result, key), value))
  }
  return result
}

describe('merge patches', () => {
  test('of two sides lead from one to the other', () => {
    fc.assert(
      fc.property(table, table, (from, to) => {
        assert.deepEqual(applied(from, twoWayMergePatch(from, to)), to)
      }),
    )
  })

  test('of three sides leave what is wanted, and nothing of what was wanted before and is not now', () => {
    fc.assert(
      fc.property(table, table, table, (original, modified, live) => {
        const result = applied(live, threeWayMergePatch(original, modified, live))
        assert.deepEqual(applied(result, twoWayMergePatch({}, modified)), result)
        for (const key of Object.keys(original)) {
          if (!Object.hasOwn(modified, key)) assert.ok(isJson(result) && !Object.hasOwn(result, key), key)
        }
      }),
    )
  })

  test('of nothing that changed are empty', () => {
    fc.assert(fc.property(table, same => assert.deepEqual(threeWayMergePatch(same, same, same), {})))
  })
})
