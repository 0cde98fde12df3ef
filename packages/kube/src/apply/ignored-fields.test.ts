import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { ignoredPaths } from './ignore-rules.ts'
import { keepingIgnored, withoutIgnored } from './ignored-fields.ts'

const deployment = (
  replicas: number | undefined,
  managedFields?: KubeObject['metadata']['managedFields'],
): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'a', labels: { tier: 'front' }, managedFields },
  spec: { replicas, template: { spec: { containers: [{ name: 'x', image: 'x:1' }] } } },
})

describe('ignore rules choose objects', () => {
  const cases: [string, NonNullable<Parameters<typeof ignoredPaths>[0][0]['target']>, boolean][] = [
    ['no target: all', {}, true],
    ['kind', { kind: 'Deployment' }, true],
    ['kind is anchored', { kind: 'Deploy' }, false],
    ['pattern', { name: 'w.*' }, true],
    ['group and version', { group: 'apps', version: 'v1' }, true],
    ['another group', { group: 'batch' }, false],
    ['labels', { labelSelector: 'tier in (front)' }, true],
    ['annotations', { annotationSelector: 'x' }, false],
  ]
  for (const [name, target, chosen] of cases) {
    test(name, () => assert.equal(ignoredPaths([{ paths: ['/a'], target }])(deployment(1)).length, chosen ? 1 : 0))
  }
  test('a bad pattern is named', () => {
    assert.throws(
      () => ignoredPaths([{ paths: [], target: { name: '(' } }]),
      /ignore rule selector: invalid name regex/,
    )
  })
})

describe('ignored fields', () => {
  const paths = ['/spec/replicas', '/spec/template/spec/containers/0/image', '/spec/none/at/all']
  test('do not count in a comparison, and the object itself stays as it is', () => {
    const object = deployment(3)
    assert.deepEqual(withoutIgnored(object, paths).spec, { template: { spec: { containers: [{ name: 'x' }] } } })
    assert.deepEqual(object, deployment(3))
  })
  test('keep their live value when something else is applied', () => {
    assert.deepEqual(keepingIgnored(deployment(1), deployment(5), ['/spec/replicas'], 'me').spec, deployment(5).spec)
  })
  test('are left out when another applier owns them', () => {
    const fieldsV1 = { 'f:spec': { 'f:replicas': {} } }
    const live = deployment(5, [{ manager: 'scaler', operation: 'Apply', fieldsV1 }])
    const sent = keepingIgnored(deployment(1), live, ['/spec/replicas'], 'me')
    assert.equal('replicas' in (sent.spec as object), false)
  })
})
