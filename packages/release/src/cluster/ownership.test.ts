import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ownedObject, ownershipFault } from './ownership.ts'

const release = { name: 'r', namespace: 'ns' }
const object = (labels?: Record<string, string>, annotations?: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...(labels && { labels }), ...(annotations && { annotations }) },
})
const managed = { 'app.kubernetes.io/managed-by': 'Helm' }
const marks = { 'meta.helm.sh/release-name': 'r', 'meta.helm.sh/release-namespace': 'ns' }

const cases: [string, Parameters<typeof object>, string | undefined][] = [
  ['one of the release', [managed, marks], undefined],
  [
    'one of nobody',
    [],
    'invalid ownership metadata; label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm"; annotation validation error: missing key "meta.helm.sh/release-name": must be set to "r"; annotation validation error: missing key "meta.helm.sh/release-namespace": must be set to "ns"',
  ],
  [
    'one of another release',
    [managed, { ...marks, 'meta.helm.sh/release-name': 'other' }],
    'invalid ownership metadata; annotation validation error: key "meta.helm.sh/release-name" must equal "r": current value is "other"',
  ],
  [
    'one of another tool',
    [{ 'app.kubernetes.io/managed-by': 'pulumi' }, marks],
    'invalid ownership metadata; label validation error: key "app.kubernetes.io/managed-by" must equal "Helm": current value is "pulumi"',
  ],
]

describe('whose an object is', () => {
  for (const [name, parts, fault] of cases)
    test(name, () => assert.equal(ownershipFault(object(...parts), release), fault))

  test('what is made one of the release is one, keeps its own marks, and the object given stays', () => {
    const before = object({ a: '1', 'app.kubernetes.io/managed-by': 'else' }, { b: '2' })
    const owned = ownedObject(before, release)
    assert.equal(ownershipFault(owned, release), undefined)
    assert.equal(owned.metadata.labels?.a, '1')
    assert.equal(owned.metadata.annotations?.b, '2')
    assert.equal(before.metadata.labels?.['app.kubernetes.io/managed-by'], 'else')
  })
})
