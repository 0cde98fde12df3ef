import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { stringify } from '@sluice/yaml'
import fc from 'fast-check'
import { postRendererOf } from './post-renderer.ts'
import { aRelease } from './testing/a-release.ts'
import { areUnchangedByKustomize } from './unchanged-by-kustomize.ts'

type Objects = Record<string, unknown>[]

const cm = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }

/** With a step that does nothing, kustomize is asked whatever the objects are. */
const rendered = (objects: Objects, spec = {}) =>
  postRendererOf(aRelease(spec)).render(objects.map((object, i) => ({ path: `${i}.yaml`, text: stringify(object) })))
const builtByKustomize = (objects: Objects) => rendered(objects, { postRenderers: [{ kustomize: {} }] })

const isUnchanged = (objects: Objects) => areUnchangedByKustomize(objects as unknown as KubeObject[])

/** What kustomize would change, refuse or name in its own way. */
const doubtful: Record<string, Objects> = {
  'one object twice': [cm, cm],
  'one name in two namespaces': [cm, { ...cm, metadata: { name: 'a', namespace: 'b' } }],
  'no kind': [{ apiVersion: 'v1', metadata: { name: 'a' } }],
  'no name': [{ ...cm, metadata: { generateName: 'a-' } }],
  'a number for a name': [{ ...cm, metadata: { name: 1 } }],
  'a number in an annotation': [{ ...cm, metadata: { name: 'a', annotations: { b: 1 } } }],
  'an annotation for kustomize': [
    { ...cm, metadata: { name: 'a', annotations: { 'config.kubernetes.io/local-config': 'true' } } },
  ],
  'no annotations': [{ ...cm, metadata: { name: 'a', annotations: null } }],
  'a spec that is none': [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' }, spec: false }],
  'a list': [{ apiVersion: 'v1', kind: 'List', metadata: { name: 'a' }, items: [cm] }],
  'an item without anything in it': [{ ...cm, list: [null] }],
  'a binding to somebody without a name': [
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'a' }, subjects: [{}] },
  ],
  'a binding to whom it cannot tell': [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'a' },
      subjects: [{ kind: 'ServiceAccount', name: 'a', namespace: null }],
    },
  ],
}

describe('objects that kustomize leaves alone', () => {
  for (const [what, objects] of Object.entries(doubtful)) {
    test(`it is asked about ${what}`, () => {
      assert.equal(isUnchanged(objects), false)
    })
  }

  test('it would give back what it is not asked about', async () => {
    const scalar = fc.oneof(fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.constant(null))
    const value = fc.letrec(tie => ({
      value: fc.oneof({ depthSize: 'small' }, scalar, fc.array(tie('value')), fc.dictionary(fc.string(), tie('value'))),
    })).value
    const text = fc.constantFrom('a', 'b', 'c', 'true', '1', '')
    const texts = fc.dictionary(text, fc.oneof({ weight: 9, arbitrary: fc.string() }, scalar), { maxKeys: 2 })
    const object = fc.record(
      {
        apiVersion: fc.constantFrom('v1', 'apps/v1', 'rbac.authorization.k8s.io/v1'),
        kind: fc.constantFrom('ConfigMap', 'Deployment', 'RoleBinding', 'ConfigMapList', 'ClusterRole'),
        metadata: fc.record(
          { name: text, namespace: text, labels: texts, annotations: texts },
          { requiredKeys: ['name'] },
        ),
        spec: fc.oneof({ weight: 9, arbitrary: fc.dictionary(fc.string(), value) }, value),
        items: value,
        subjects: fc.array(
          fc.record(
            { kind: fc.constant('ServiceAccount'), name: fc.oneof(text, scalar), namespace: fc.oneof(text, scalar) },
            { requiredKeys: ['kind'] },
          ),
        ),
      },
      { requiredKeys: ['apiVersion', 'kind', 'metadata'] },
    )
    let compared = 0
    await fc.assert(
      fc.asyncProperty(fc.array(object, { minLength: 1, maxLength: 3 }), async objects => {
        if (!isUnchanged(objects)) return
        compared++
        assert.deepEqual(await rendered(objects), await builtByKustomize(objects))
      }),
      { numRuns: 500 },
    )
    assert.ok(compared > 0)
  })
})
