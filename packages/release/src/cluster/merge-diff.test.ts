import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { threeWayMergePatch, twoWayMergePatch } from './merge-diff.ts'
import type { Json } from './strategic-diff.ts'

const { table } = fc.letrec<{ table: Json; value: unknown }>(tie => ({
  table: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer({ max: 3 }),
    fc.array(fc.integer({ max: 2 }), { maxLength: 2 }),
    tie('table'),
  ),
}))

/** RFC 7386. */
function applied(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch
  const result: Json = isMap(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = applied(result[key], value)
  }
  return result
}

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

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
          if (!Object.hasOwn(modified, key)) assert.ok(isMap(result) && !Object.hasOwn(result, key), key)
        }
      }),
    )
  })

  test('of nothing that changed are empty', () => {
    fc.assert(fc.property(table, same => assert.deepEqual(threeWayMergePatch(same, same, same), {})))
  })
})
