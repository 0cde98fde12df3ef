import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject, ManagedFieldsEntry } from '@sluice/api'
import { adoptPatch, overridePatch } from './adopt-patch.ts'

const US = 'kustomize-controller'

const entry = (
  manager: string,
  operation: 'Apply' | 'Update',
  fieldsV1: Record<string, unknown>,
  subresource?: string,
): ManagedFieldsEntry => ({ manager, operation, apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1, subresource })

const live = (metadata: Partial<KubeObject['metadata']>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', resourceVersion: '7', ...metadata },
})

const data = (...keys: string[]) => ({ 'f:data': Object.fromEntries(keys.map(key => [`f:${key}`, {}])) })

const GUARD = { op: 'replace', path: '/metadata/resourceVersion', value: '7' }

describe('adoption', () => {
  test('takes over from managers that may not keep fields, and only from those', () => {
    const managedFields = [
      entry('theirs', 'Update', data('b')),
      entry('theirs', 'Update', { 'f:status': {} }, 'status'),
      entry(US, 'Apply', data('a')),
      entry('others', 'Apply', data('c')),
    ]
    const value = [entry(US, 'Apply', data('a', 'b')), managedFields[1], managedFields[3]]
    const patch = [{ op: 'replace', path: '/metadata/managedFields', value }, GUARD]
    assert.deepEqual(overridePatch(live({ managedFields }), US, ['theirs', 'unknown']), patch)
    assert.deepEqual(adoptPatch(live({ managedFields }), US, ['theirs']), patch)
    assert.deepEqual(overridePatch(live({ managedFields }), US, ['unknown']), [])
  })

  test('needs nothing when only we and strangers write', () => {
    const managedFields = [
      entry(US, 'Apply', data('a')),
      entry('helm', 'Update', data('b')),
      entry('kubectl', 'Update', { 'f:status': {} }, 'status'),
      entry('before-first-apply', 'Apply', data('c')),
    ]
    assert.deepEqual(adoptPatch(live({ managedFields }), US), [])
  })

  test('moves the fields of kubectl and of our own updates into our apply entry, and leaves the rest', () => {
    const managedFields = [
      entry('kubectl-client-side-apply', 'Update', data('a', 'b')),
      entry('helm', 'Update', data('h')),
      entry(US, 'Apply', data('b', 'c')),
      entry(US, 'Update', data('d')),
      entry('kubectl', 'Apply', data('e')),
    ]
    assert.deepEqual(adoptPatch(live({ managedFields }), US), [
      {
        op: 'replace',
        path: '/metadata/managedFields',
        value: [entry(US, 'Apply', data('b', 'c', 'a', 'd', 'e')), entry('helm', 'Update', data('h'))],
      },
      GUARD,
    ])
  })

  test('renames the first entry when we have none of our own', () => {
    const managedFields = [entry('before-first-apply', 'Update', data('a')), entry('kubectl', 'Update', data('b'))]
    assert.deepEqual(adoptPatch(live({ managedFields }), US)[0]?.value, [entry(US, 'Apply', data('a', 'b'))])
  })

  test('leaves the entry that kubectl users keep out of our way', () => {
    const managedFields = [entry(US, 'Apply', data('a')), entry('flux-client-side-apply', 'Update', data('b'))]
    assert.deepEqual(adoptPatch(live({ managedFields }), US), [])
  })

  test("takes away the bookkeeping of kubectl and of Flux's past", () => {
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'kustomize.toolkit.fluxcd.io/checksum': 'x',
      'fluxcd.io/sync-checksum': 'x',
      mine: 'x',
    }
    const labels = { 'fluxcd.io/sync-gc-mark': 'x', app: 'web' }
    assert.deepEqual(adoptPatch(live({ annotations, labels }), US), [
      { op: 'remove', path: '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration' },
      { op: 'remove', path: '/metadata/annotations/kustomize.toolkit.fluxcd.io~1checksum' },
      { op: 'remove', path: '/metadata/annotations/fluxcd.io~1sync-checksum' },
      { op: 'remove', path: '/metadata/labels/fluxcd.io~1sync-gc-mark' },
      GUARD,
    ])
  })
})
