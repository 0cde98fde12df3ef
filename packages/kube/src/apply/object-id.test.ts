import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ObjectRef } from '@sluice/api'
import fc from 'fast-check'
import { formatRef, groupKindKey, inventoryEntry, parseInventoryEntry, refOf } from './object-id.ts'

const cases: [ObjectRef, string, string][] = [
  [{ apiVersion: 'v1', kind: 'Namespace', name: 'apps' }, '_apps__Namespace', 'v1'],
  [
    { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' },
    'default_web_apps_Deployment',
    'v1',
  ],
  [{ apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'a.b-c' }, 'default_a.b-c__Secret', 'v1'],
  [
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'system:node:x' },
    '_system__node__x_rbac.authorization.k8s.io_ClusterRole',
    'v1',
  ],
  [
    { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: 'things.example.com' },
    '_things.example.com_apiextensions.k8s.io_CustomResourceDefinition',
    'v1',
  ],
]

describe('inventory ids', () => {
  for (const [ref, id, v] of cases) {
    test(`${formatRef(ref)} is ${id}`, () => {
      assert.deepEqual(inventoryEntry(ref), { id, v })
      assert.deepEqual(parseInventoryEntry({ id, v }), ref)
    })
  }

  test('give back the object they were made of', () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,8}[a-z0-9])?$/)
    fc.assert(
      fc.property(
        fc.option(label, { nil: undefined }),
        label,
        fc.constantFrom('', 'apps', 'example.com'),
        fc.constantFrom('Thing', 'Role', 'Deployment'),
        (namespace, name, group, kind) => {
          const apiVersion = group ? `${group}/v1beta1` : 'v1beta1'
          const ref = namespace ? { apiVersion, kind, namespace, name } : { apiVersion, kind, name }
          assert.deepEqual(parseInventoryEntry(inventoryEntry(ref)), ref)
        },
      ),
    )
  })

  for (const id of ['', 'x', 'a_b', 'a_b_c']) {
    test(`'${id}' is none of ours`, () => assert.equal(parseInventoryEntry({ id, v: 'v1' }), undefined))
  }
})

describe('object references', () => {
  test('are taken from objects, without an empty namespace', () => {
    const object = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a', namespace: '' }, spec: {} }
    assert.deepEqual(refOf(object), { apiVersion: 'v1', kind: 'Node', name: 'a' })
  })

  test('read as Flux writes them', () => {
    assert.equal(formatRef({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'a', name: 'b' }), 'Deployment/a/b')
    assert.equal(formatRef({ apiVersion: 'v1', kind: 'Namespace', name: 'a' }), 'Namespace/a')
  })

  test('name the same object in every version, and another in another group', () => {
    const at = (apiVersion: string) => groupKindKey({ apiVersion, kind: 'Thing', namespace: 'a', name: 'b' })
    assert.equal(at('example.com/v1'), at('example.com/v1beta1'))
    assert.notEqual(at('example.com/v1'), at('v1'))
  })
})
