import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { equal, statusPatch } from './status-patch.ts'

/** RFC 7386, section 2, as the API server carries it out. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const result: Record<string, unknown> = { ...(isObject(target) ? target : {}) }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = merged(result[key], value)
  }
  return result
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a server can hold: objects without null fields. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => v !== null)
      .map(([k, v]) => [k, withoutNulls(v)]),
  )
}

const status = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd'),
  fc.letrec(tie => ({
    value: fc.oneof({ maxDepth: 3 }, fc.constantFrom(null, 1, 'x', true), tie('list'), tie('map')),
    list: fc.array(tie('value'), { maxLength: 3 }),
    map: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3 }),
  })).value,
  { maxKeys: 4 },
)

describe('status patch', () => {
  test('names only what differs', () => {
    const before = { observedGeneration: 1, artifact: { revision: 'a', size: 3 }, url: 'u' }
    const after = { observedGeneration: 2, artifact: { revision: 'b', size: 3 }, url: 'u' }
    assert.deepEqual(statusPatch(before, after), { observedGeneration: 2, artifact: { revision: 'b' } })
  })

  test('takes away what is gone, also inside', () => {
    const before = { lastAppliedRevision: 'a', artifact: { revision: 'a', metadata: { x: '1' } } }
    assert.deepEqual(statusPatch(before, { artifact: { revision: 'a' } }), {
      lastAppliedRevision: null,
      artifact: { metadata: null },
    })
    assert.deepEqual(statusPatch(before, undefined), { lastAppliedRevision: null, artifact: null })
  })

  test('replaces lists whole', () => {
    assert.deepEqual(statusPatch({ conditions: [{ type: 'Ready' }, { type: 'Healthy' }] }, { conditions: [] }), {
      conditions: [],
    })
  })

  test('an unchanged status needs no write, however its fields are ordered and its absences are spelt', () => {
    const before = { a: 1, conditions: [{ type: 'Ready', status: 'True' }], nested: { kept: true } }
    const after = {
      conditions: [{ status: 'True', observedGeneration: undefined, type: 'Ready' }],
      gone: null,
      a: 1,
      nested: { gone: null, undefinedToo: undefined, kept: true },
    }
    assert.equal(statusPatch(before, after), undefined)
    assert.equal(statusPatch(undefined, {}), undefined)
  })

  test('a null inside an object that is new does not come back as a difference', () => {
    const after = { artifact: { revision: 'a', metadata: null } }
    const stored = merged({}, JSON.parse(JSON.stringify(statusPatch({}, after))))
    assert.deepEqual(stored, { artifact: { revision: 'a' } })
    assert.equal(statusPatch(stored, after), undefined)
  })

  test('merged into the status before, it gives the status after', () => {
    fc.assert(
      fc.property(status, status, (one, two) => {
        const before = withoutNulls(one)
        const patch = statusPatch(before, two)
        const stored = patch === undefined ? before : merged(before, JSON.parse(JSON.stringify(patch)))
        assert.ok(equal(stored, two))
        assert.equal(statusPatch(stored, two), undefined)
        if (equal(before, two)) assert.equal(patch, undefined)
      }),
      { numRuns: 500 },
    )
  })
})
