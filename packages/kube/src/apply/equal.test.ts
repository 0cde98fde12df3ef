import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { equalJson, hasDrifted } from './equal.ts'

const object = (metadata: Partial<KubeObject['metadata']>, more: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...metadata },
  ...more,
})

describe('drift', () => {
  const same: [string, KubeObject, KubeObject][] = [
    ['versions and bookkeeping', object({ resourceVersion: '1', generation: 1 }), object({ resourceVersion: '2' })],
    ['status', object({}, { status: { a: 1 } }), object({}, { status: { a: 2 } })],
    ['finalizers, as in Flux', object({ finalizers: ['a'] }), object({})],
    ['empty and absent labels', object({ labels: {} }), object({})],
    ['the order of fields', object({}, { data: { a: '1', b: '2' } }), object({}, { data: { b: '2', a: '1' } })],
  ]
  for (const [what, live, dryRun] of same) test(`is not ${what}`, () => assert.equal(hasDrifted(live, dryRun), false))

  const different: [string, KubeObject, KubeObject][] = [
    ['a label', object({ labels: { a: '1' } }), object({ labels: { a: '2' } })],
    ['an annotation gone', object({ annotations: { a: '1' } }), object({})],
    ['a value', object({}, { data: { a: '1' } }), object({}, { data: { a: '2' } })],
    ['a field more', object({}, { data: { a: '1' } }), object({}, { data: { a: '1' }, immutable: true })],
    ['a field less', object({}, { data: { a: '1' }, immutable: true }), object({}, { data: { a: '1' } })],
    ['the order of a list', object({}, { list: [1, 2] }), object({}, { list: [2, 1] })],
  ]
  for (const [what, live, dryRun] of different) {
    test(`is ${what}`, () => assert.equal(hasDrifted(live, dryRun), true))
  }
})

test('JSON values are equal by what they hold', () => {
  assert.equal(equalJson({ a: [1, { b: null }] }, { a: [1, { b: null }] }), true)
  assert.equal(equalJson({ a: null }, {}), false)
  assert.equal(equalJson([], {}), false)
  assert.equal(equalJson('1', 1), false)
  assert.equal(equalJson(null, {}), false)
})
