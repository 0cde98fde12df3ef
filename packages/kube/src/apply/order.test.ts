import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ObjectRef } from '@sluice/api'
import fc from 'fast-check'
import { compareForApply, stageOf } from './order.ts'

const ref = (kind: string, apiVersion = 'v1', name = 'x', namespace?: string): ObjectRef => ({
  apiVersion,
  kind,
  name,
  namespace,
})

const kinds = (refs: ObjectRef[]) => refs.sort(compareForApply).map(r => r.kind)

describe('order of application', () => {
  test("is Flux's, with kinds nobody knows between the known and the webhooks", () => {
    const mixed = [
      'ValidatingWebhookConfiguration',
      'Thing',
      'Deployment',
      'Namespace',
      'Service',
      'CustomResourceDefinition',
      'MutatingWebhookConfiguration',
      'PodDisruptionBudget',
      'Secret',
      'ClusterRoleBinding',
      'StorageClass',
      'ConfigMap',
    ]
    assert.deepEqual(kinds(mixed.map(kind => ref(kind))), [
      'CustomResourceDefinition',
      'Namespace',
      'StorageClass',
      'ClusterRoleBinding',
      'ConfigMap',
      'Secret',
      'Service',
      'Deployment',
      'PodDisruptionBudget',
      'Thing',
      'MutatingWebhookConfiguration',
      'ValidatingWebhookConfiguration',
    ])
  })

  test('sorts unknown kinds by group and kind, and what is left by namespace and name', () => {
    const refs = [
      ref('B', 'z.io/v1'),
      ref('C', 'a.io/v1'),
      ref('A', 'z.io/v1', 'b', 'two'),
      ref('A', 'z.io/v1', 'z', 'one'),
      ref('A', 'z.io/v1', 'a', 'two'),
    ].sort(compareForApply)
    assert.deepEqual(
      refs.map(r => `${r.apiVersion} ${r.kind} ${r.namespace}/${r.name}`),
      ['a.io/v1 C undefined/x', 'z.io/v1 A one/z', 'z.io/v1 A two/a', 'z.io/v1 A two/b', 'z.io/v1 B undefined/x'],
    )
  })

  test('does not depend on the order objects come in', () => {
    const one = fc
      .tuple(
        fc.constantFrom('Namespace', 'Service', 'Thing', 'Other'),
        fc.constantFrom('v1', 'apps/v1', 'a.io/v1'),
        fc.constantFrom('x', 'y'),
        fc.constantFrom(undefined, 'a', 'b'),
      )
      .map(args => ref(...args))
    fc.assert(
      fc.property(fc.array(one, { maxLength: 8 }), refs => {
        assert.deepEqual([...refs].sort(compareForApply), [...refs].reverse().sort(compareForApply))
      }),
    )
  })
})

describe('stages', () => {
  for (const [kind, apiVersion, stage] of [
    ['CustomResourceDefinition', 'apiextensions.k8s.io/v1', 'definitions'],
    ['Namespace', 'v1', 'definitions'],
    ['ClusterRole', 'rbac.authorization.k8s.io/v1', 'definitions'],
    ['Namespace', 'example.com/v1', 'rest'],
    ['StorageClass', 'storage.k8s.io/v1', 'classes'],
    ['EC2NodeClass', 'karpenter.k8s.aws/v1', 'classes'],
    ['ClusterRoleBinding', 'rbac.authorization.k8s.io/v1', 'rest'],
    ['Deployment', 'apps/v1', 'rest'],
  ] as const) {
    test(`${kind} of ${apiVersion} belongs to ${stage}`, () => assert.equal(stageOf({ kind, apiVersion }), stage))
  }
})
