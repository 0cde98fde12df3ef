import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { differs } from './drift.ts'

const desired: KubeObject = {
  apiVersion: 'v1',
  kind: 'X',
  metadata: { name: 'x', labels: { a: '1' }, annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } },
  spec: { url: 'u', list: [{ name: 'one' }], empty: {} },
}
const live = (change: (object: KubeObject & { spec: Record<string, unknown> }) => void): KubeObject => {
  const object = structuredClone({ ...desired, spec: { url: 'u', list: [{ name: 'one' }], empty: {} } })
  change(object)
  return object
}

const same: [string, KubeObject][] = [
  ['the same', live(() => {})],
  [
    'defaults in fields and list items',
    live(o => Object.assign(o.spec, { more: 1, list: [{ name: 'one', optional: false }] })),
  ],
  ['labels of others', live(o => Object.assign(o.metadata, { labels: { a: '1', b: '2' } }))],
  [
    'a request by somebody else',
    live(o => Object.assign(o.metadata, { annotations: { 'reconcile.fluxcd.io/requestedAt': 'later' } })),
  ],
  ['status', live(o => Object.assign(o, { status: { ready: true } }))],
]
for (const [name, object] of same) test(`no drift: ${name}`, () => assert.equal(differs(desired, object), false))

const different: [string, KubeObject][] = [
  ['a changed value', live(o => Object.assign(o.spec, { url: 'other' }))],
  ['a missing field', live(o => Reflect.deleteProperty(o.spec, 'url'))],
  ['a longer list', live(o => Object.assign(o.spec, { list: [{ name: 'one' }, { name: 'two' }] }))],
  ['a lost label', live(o => Object.assign(o.metadata, { labels: {} }))],
]
for (const [name, object] of different) test(`drift: ${name}`, () => assert.equal(differs(desired, object), true))
