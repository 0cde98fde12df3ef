import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { JsonPatchOperation } from '../action/object-change.ts'
import { jsonDiff } from './json-diff.ts'

const cases: [string, unknown, unknown, JsonPatchOperation[]][] = [
  ['nothing', { a: 1 }, { a: 1 }, []],
  ['a field more', { a: 1 }, { a: 1, b: 2 }, [{ op: 'add', path: '/b', value: 2 }]],
  ['a field less', { a: 1, bc: 'long enough' }, { bc: 'long enough' }, [{ op: 'remove', path: '/a' }]],
  [
    'keys in their order',
    { b: 1, long: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' },
    { a: 1, long: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' },
    [
      { op: 'add', path: '/a', value: 1 },
      { op: 'remove', path: '/b' },
    ],
  ],
  [
    'keys with slashes',
    { 'a/b~c': 1, x: 'xxxxxxxxxxxxxxxx' },
    { 'a/b~c': 2, x: 'xxxxxxxxxxxxxxxx' },
    [{ op: 'replace', path: '/a~1b~0c', value: 2 }],
  ],
  ['another type', { a: [1] }, { a: { b: 1 } }, [{ op: 'replace', path: '/a', value: { b: 1 } }]],
  [
    'a list that grew',
    { l: ['aaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'b'] },
    { l: ['aaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'b', 'c'] },
    [{ op: 'add', path: '/l/-', value: 'c' }],
  ],
  [
    'a list that shrank',
    { l: ['aaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'b', 'c'] },
    { l: ['aaaaaaaaaaaaaaaaaaaaaaaaaaaa'] },
    [
      { op: 'remove', path: '/l/1' },
      { op: 'remove', path: '/l/1' },
    ],
  ],
  [
    'a whole table where that is shorter',
    { t: { a: 1, b: 2, c: 3 }, x: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' },
    { t: { d: 4 }, x: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' },
    [{ op: 'replace', path: '/t', value: { d: 4 } }],
  ],
]

describe('a JSON patch', () => {
  for (const [name, from, to, patch] of cases) test(name, () => assert.deepEqual(jsonDiff(from, to), patch))

  test('leads from any value to any other', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (from, to) => {
        assert.deepEqual(applied({ root: from }, jsonDiff({ root: from }, { root: to })), { root: to })
      }),
    )
  })
})

function applied(document: unknown, patch: readonly JsonPatchOperation[]): unknown {
  let root = structuredClone(document)
  for (const operation of patch) {
    const tokens = operation.path
      .split('/')
      .slice(1)
      .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = tokens.pop()
    if (last === undefined) {
      root = operation.op === 'remove' ? undefined : structuredClone(operation.value)
      continue
    }
    let at: unknown = root
    for (const token of tokens) at = Array.isArray(at) ? at[Number(token)] : Object(at)[token]
    const value = operation.op === 'remove' ? undefined : structuredClone(operation.value)
    if (Array.isArray(at)) {
      const index = last === '-' ? at.length : Number(last)
      if (operation.op === 'remove') at.splice(index, 1)
      else if (operation.op === 'add') at.splice(index, 0, value)
      else at[index] = value
    } else if (operation.op === 'remove') Reflect.deleteProperty(Object(at), last)
    else Object.defineProperty(Object(at), last, { value, enumerable: true, writable: true, configurable: true })
  }
  return root
}
