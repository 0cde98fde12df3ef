import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { schemaOf } from '@sluice/api/builtin'
import { jsonPatch, mergePatch, strategicMerge } from './index.ts'

describe('strategic merge patch', () => {
  const podSpec = schemaOf('v1', 'Pod')?.properties?.spec
  const original = {
    containers: [
      { name: 'a', image: 'a:1', args: ['1', '2'], env: [{ name: 'X', value: '1' }] },
      { name: 'b', image: 'b:1' },
    ],
    tolerations: [{ key: 'k', operator: 'Exists' }],
    imagePullSecrets: [{ name: 'one' }],
    volumes: [{ name: 'v', emptyDir: {} }],
  }
  const cases: [what: string, patch: object, result: object][] = [
    [
      'lists merge by key',
      { containers: [{ name: 'a', image: 'a:2' }] },
      { containers: [{ ...original.containers[0], image: 'a:2' }, original.containers[1]] },
    ],
    [
      'a new item comes first',
      { containers: [{ name: 'n' }] },
      { containers: [{ name: 'n' }, ...original.containers] },
    ],
    [
      'nested lists too',
      { containers: [{ name: 'b', env: [{ name: 'X', value: '9' }] }] },
      { containers: [original.containers[0], { ...original.containers[1], env: [{ name: 'X', value: '9' }] }] },
    ],
    ['an item is deleted', { containers: [{ name: 'a', $patch: 'delete' }] }, { containers: [original.containers[1]] }],
    ['a list is replaced', { containers: [{ name: 'z' }, { $patch: 'replace' }] }, { containers: [{ name: 'z' }] }],
    ['atomic lists are replaced', { tolerations: [{ key: 'z' }] }, { tolerations: [{ key: 'z' }] }],
    ['null removes', { volumes: null }, { volumes: undefined }],
    [
      'keys are retained',
      { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] },
      { volumes: [{ name: 'v', hostPath: { path: '/x' } }] },
    ],
    [
      'the order is set',
      { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] },
      { containers: [original.containers[1], original.containers[0]] },
    ],
  ]
  for (const [what, patch, result] of cases) {
    test(what, () => {
      const expected = JSON.parse(JSON.stringify({ ...original, ...result }))
      assert.deepEqual(strategicMerge(podSpec, original, patch), expected)
    })
  }

  test('primitive lists lose items', () => {
    const metadata = schemaOf('v1', 'Pod')?.properties?.metadata
    const patch = {
      '$deleteFromPrimitiveList/finalizers': ['a'],
      '$setElementOrder/finalizers': ['c', 'b'],
      finalizers: ['c'],
    }
    assert.deepEqual(strategicMerge(metadata, { finalizers: ['a', 'b'] }, patch), { finalizers: ['c', 'b'] })
  })

  test('refusals have the texts of the server', () => {
    assert.throws(() => strategicMerge(podSpec, original, { containers: [{ name: 'a', $patch: 'nope' }] }), {
      message: 'unknown patch type: nope in map: map[$patch:nope name:a]',
    })
    const patch = {
      '$setElementOrder/containers': [{ name: 'b' }],
      containers: [
        { name: 'b', image: 'b:2' },
        { name: 'a', image: 'a:2' },
      ],
    }
    assert.throws(() => strategicMerge(podSpec, original, patch), {
      code: 500,
      message:
        "The order in patch list:\n[map[image:b:2 name:b] map[image:a:2 name:a]]\n doesn't match $setElementOrder list:\n[map[name:b]]\n",
    })
  })
})

describe('JSON patch', () => {
  test('adds, removes, replaces, moves, copies and tests', () => {
    const patch = [
      { op: 'test', path: '/a~1b', value: 1 },
      { op: 'test', path: '/none', value: null },
      { op: 'add', path: '/list/-', value: 3 },
      { op: 'add', path: '/list/0', value: 0 },
      { op: 'remove', path: '/list/-1' },
      { op: 'move', from: '/a~1b', path: '/c' },
      { op: 'copy', from: '/list', path: '/d' },
    ]
    assert.deepEqual(jsonPatch({ 'a/b': 1, list: [1, 2] }, patch), { list: [0, 1, 2], c: 1, d: [0, 1, 2] })
  })

  test('fails as one', () => {
    const failing = [
      { op: 'add', path: '/x/y', value: 1 },
      { op: 'remove', path: '/x' },
      { op: 'test', path: '/a', value: 2 },
      { op: 'nope', path: '/a' },
      { op: 'add', path: '/list/7', value: 1 },
    ]
    for (const operation of failing) {
      assert.throws(() => jsonPatch({ a: 1, list: [] }, [operation]), {
        code: 422,
        message: 'the server rejected our request due to an error in our request',
      })
    }
    assert.throws(() => jsonPatch({}, { op: 'add' }), { code: 400 })
  })
})

describe('merge patch', () => {
  test('null removes, objects merge, the rest replaces', () => {
    const target = { a: { b: 1, c: 2 }, d: [1] }
    assert.deepEqual(mergePatch(target, { a: { b: null, e: { f: null } }, d: [2] }), { a: { c: 2, e: {} }, d: [2] })
    assert.throws(() => mergePatch({}, []), {
      message: 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    })
  })
})
