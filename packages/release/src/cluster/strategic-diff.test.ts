import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { clientSidePatch } from './client-side-patch.ts'

const of = (kind: string, apiVersion: string, body: object): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: 'a' },
  ...body,
})
const configMap = (data: object, metadata: object = {}) => ({
  ...of('ConfigMap', 'v1', { data }),
  metadata: { name: 'a', ...metadata },
})
const pod = (spec: object) => of('Pod', 'v1', { spec })
const containers = (...list: object[]) => pod({ containers: list })
const one = (more: object = {}) => ({ name: 'one', image: 'i', ...more })
const two = (more: object = {}) => ({ name: 'two', image: 'i', ...more })

/** What the release wanted, what it wants, what is live, and the patch between. */
const cases: [string, KubeObject, KubeObject, KubeObject, object][] = [
  ['nothing to do', configMap({ a: '1' }), configMap({ a: '1' }), configMap({ a: '1', theirs: 'x' }), {}],
  [
    'a value is put back, a foreign one stays',
    configMap({ a: '1' }),
    configMap({ a: '1' }),
    configMap({ a: '2', theirs: 'x' }),
    { data: { a: '1' } },
  ],
  [
    'what is no longer wanted goes',
    configMap({ a: '1', b: '2' }),
    configMap({ a: '1' }),
    configMap({ a: '1', b: '2' }),
    { data: { b: null } },
  ],
  [
    'what somebody else took away already is said to go all the same',
    configMap({ a: '1', b: '2' }),
    configMap({ a: '1' }),
    configMap({ a: '1' }),
    { data: { b: null } },
  ],
  [
    'finalizers merge as a set',
    configMap({}, { finalizers: ['a/a', 'b/b'] }),
    configMap({}, { finalizers: ['b/b', 'c/c'] }),
    configMap({}, { finalizers: ['a/a', 'b/b', 'x/x'] }),
    {
      metadata: {
        finalizers: ['c/c'],
        '$deleteFromPrimitiveList/finalizers': ['a/a'],
        '$setElementOrder/finalizers': ['b/b', 'c/c'],
      },
    },
  ],
  [
    'a container is changed where it stands',
    containers(one(), two()),
    containers(one(), two({ image: 'j' })),
    containers(one({ x: 1 }), two()),
    {
      spec: {
        containers: [{ name: 'two', image: 'j' }],
        '$setElementOrder/containers': [{ name: 'one' }, { name: 'two' }],
      },
    },
  ],
  [
    'a container goes, one comes, an injected one stays',
    containers(one()),
    containers(two()),
    containers(one(), { name: 'injected', image: 'k' }),
    {
      spec: {
        containers: [two(), { $patch: 'delete', name: 'one' }],
        '$setElementOrder/containers': [{ name: 'two' }],
      },
    },
  ],
  [
    'lists without keys are replaced',
    containers(one({ args: ['a'] })),
    containers(one({ args: ['b', 'c'] })),
    containers(one({ args: ['a'] })),
    {
      spec: { containers: [{ name: 'one', args: ['b', 'c'] }], '$setElementOrder/containers': [{ name: 'one' }] },
    },
  ],
  [
    'variables of a container merge by name',
    containers(
      one({
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '1' },
        ],
      }),
    ),
    containers(one({ env: [{ name: 'B', value: '2' }] })),
    containers(
      one({
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '1' },
          { name: 'X', value: 'x' },
        ],
      }),
    ),
    {
      spec: {
        containers: [
          {
            name: 'one',
            env: [
              { name: 'B', value: '2' },
              { $patch: 'delete', name: 'A' },
            ],
            '$setElementOrder/env': [{ name: 'B' }],
          },
        ],
        '$setElementOrder/containers': [{ name: 'one' }],
      },
    },
  ],
  [
    'a strategy says which of its keys stay',
    of('Deployment', 'apps/v1', { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } }),
    of('Deployment', 'apps/v1', { spec: { strategy: { type: 'Recreate' } } }),
    of('Deployment', 'apps/v1', { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } }),
    { spec: { strategy: { $retainKeys: ['type'], rollingUpdate: null, type: 'Recreate' } } },
  ],
  [
    'keys that objects have by birth are keys like others',
    configMap(JSON.parse('{"__proto__": "1", "constructor": "1", "toString": "1"}')),
    configMap(JSON.parse('{"__proto__": "2", "constructor": "2"}')),
    configMap({}),
    JSON.parse('{"data": {"toString": null, "__proto__": "2", "constructor": "2"}}'),
  ],
  [
    'tables under such keys too',
    configMap({}, { labels: {} }),
    JSON.parse('{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "__proto__": {"x": "1"}}'),
    configMap({}),
    JSON.parse('{"metadata": {"labels": null}, "__proto__": {"x": "1"}, "data": null}'),
  ],
]

describe('a strategic patch of three sides', () => {
  for (const [name, original, modified, live, patch] of cases) {
    test(name, () => assert.deepEqual(clientSidePatch(original, modified, live, false), { type: 'strategic', patch }))
  }
})

describe('a merge patch of custom resources', () => {
  const widget = (spec: object) => of('Widget', 'example.com/v1', { spec })
  const original = widget({ a: 1, b: 2, list: [1] })
  const modified = widget({ a: 1, c: 3, list: [1, 2] })
  const live = widget({ a: 9, b: 2, list: [7] })

  test('goes from what was wanted to what is wanted: live edits stay', () => {
    const patch = { spec: { b: null, c: 3, list: [1, 2] } }
    assert.deepEqual(clientSidePatch(original, modified, live, false), { type: 'merge', patch })
  })

  test('goes from what is live, when objects are taken over', () => {
    const patch = { spec: { a: 1, b: null, c: 3, list: [1, 2] } }
    assert.deepEqual(clientSidePatch(original, modified, live, true), { type: 'merge', patch })
  })
})
