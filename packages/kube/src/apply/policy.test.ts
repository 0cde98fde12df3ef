import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { isForced, isKept, isMerged, isSkipped } from './policy.ts'

const GROUP = 'kustomize.toolkit.fluxcd.io'

const marked = (key?: string, value = '', where: 'labels' | 'annotations' = 'annotations'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...(key ? { [where]: { [`${GROUP}/${key}`]: value } } : {}) },
})

const plain = marked()

describe('marks on objects', () => {
  test('reconcile: disabled and ssa: Ignore keep an object from being applied, on the source or in the cluster', () => {
    for (const mark of [marked('reconcile', 'disabled'), marked('ssa', 'Ignore'), marked('ssa', 'IGNORE', 'labels')]) {
      assert.equal(isSkipped(mark, undefined, GROUP), true)
      assert.equal(isSkipped(plain, mark, GROUP), true)
    }
    assert.equal(isSkipped(plain, plain, GROUP), false)
    assert.equal(isSkipped(marked('reconcile', 'enabled'), plain, GROUP), false)
  })

  test('ssa: IfNotPresent in the source creates, and leaves what is there', () => {
    const mark = marked('ssa', 'IfNotPresent')
    assert.equal(isSkipped(mark, undefined, GROUP), false)
    assert.equal(isSkipped(mark, plain, GROUP), true)
    assert.equal(isSkipped(plain, mark, GROUP), false)
  })

  test('ssa: Merge and force: enabled count on either side', () => {
    assert.equal(isMerged(marked('ssa', 'Merge'), undefined, GROUP), true)
    assert.equal(isMerged(plain, marked('ssa', 'merge'), GROUP), true)
    assert.equal(isMerged(plain, plain, GROUP), false)
    assert.equal(isForced(marked('force', 'Enabled'), undefined, GROUP), true)
    assert.equal(isForced(plain, marked('force', 'enabled', 'labels'), GROUP), true)
    assert.equal(isForced(plain, plain, GROUP), false)
  })

  test('prune: disabled and its like keep an object from being deleted', () => {
    for (const mark of [marked('prune', 'Disabled'), marked('reconcile', 'disabled'), marked('ssa', 'Ignore')]) {
      assert.equal(isKept(mark, GROUP), true)
    }
    assert.equal(isKept(marked('ssa', 'IfNotPresent'), GROUP), false)
    assert.equal(isKept(plain, GROUP), false)
  })

  test('of another group mean nothing', () => {
    assert.equal(isSkipped(marked('reconcile', 'disabled'), undefined, 'helm.toolkit.fluxcd.io'), false)
  })
})
