import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { type Schema, schemaOf } from '@sluice/api/builtin'
import { applyServerSide, ConflictError, MergeError, trackUpdate } from './index.ts'

const time = '2026-01-02T03:04:05Z'
const later = '2026-01-02T03:05:06Z'

const configMap = (data: Record<string, string>, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...more },
  data,
})

function apply(
  live: KubeObject | undefined,
  applied: KubeObject,
  manager: string,
  more: { force?: boolean; at?: string } = {},
) {
  const schema = schemaOf(applied.apiVersion, applied.kind)
  const { apiVersion } = applied
  const options = { schema, live, applied, manager, apiVersion, subresource: '' }
  return applyServerSide({ ...options, force: more.force ?? false, time: more.at ?? time }).object
}

function update(live: KubeObject | undefined, updated: KubeObject, manager: string) {
  const schema = schemaOf(updated.apiVersion, updated.kind)
  return trackUpdate({ schema, live, updated, manager, apiVersion: updated.apiVersion, subresource: '', time })
}

const owners = (object: KubeObject) =>
  object.metadata.managedFields?.map(entry => [
    entry.manager,
    entry.operation,
    entry.time ?? '',
    JSON.stringify(entry.fieldsV1),
  ])

describe('server-side apply', () => {
  test('owns what it says and nothing the server sets', () => {
    assert.deepEqual(owners(apply(undefined, configMap({ a: '1' }), 'one')), [
      ['one', 'Apply', time, '{"f:data":{"f:a":{}}}'],
    ])
  })

  test('the same value makes a second owner, without a time', () => {
    const live = apply(undefined, configMap({ a: '1' }), 'one')
    assert.deepEqual(owners(apply(live, configMap({ a: '1' }), 'two', { at: later })), [
      ['two', 'Apply', '', '{"f:data":{"f:a":{}}}'],
      ['one', 'Apply', time, '{"f:data":{"f:a":{}}}'],
    ])
  })

  test('another value is a conflict, worded as the server words it', () => {
    const live = apply(undefined, configMap({ a: '1', b: '2' }), 'one')
    assert.throws(() => apply(live, configMap({ a: '2' }), 'two'), {
      message: 'Apply failed with 1 conflict: conflict with "one": .data.a',
    })
    assert.throws(
      () => apply(live, configMap({ a: '8', b: '9' }), 'two'),
      (error: unknown) => {
        assert.ok(error instanceof ConflictError)
        assert.equal(error.message, 'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b')
        assert.deepEqual(error.causes[1], {
          reason: 'FieldManagerConflict',
          message: 'conflict with "one"',
          field: '.data.b',
        })
        return true
      },
    )
  })

  test('force takes the field over', () => {
    const live = apply(undefined, configMap({ a: '1' }), 'one')
    const forced = apply(live, configMap({ a: '2' }), 'two', { force: true })
    assert.deepEqual(forced.data, { a: '2' })
    assert.deepEqual(owners(forced), [['two', 'Apply', time, '{"f:data":{"f:a":{}}}']])
  })

  test('what is no longer applied goes, unless somebody else owns it', () => {
    const both = apply(apply(undefined, configMap({ a: '1', b: '2' }), 'one'), configMap({ b: '2' }), 'two')
    assert.deepEqual(apply(both, configMap({}), 'one').data, { b: '2' })
    assert.deepEqual(apply(both, configMap({ a: '1' }), 'one').data, { a: '1', b: '2' })
    const gone = apply(apply(undefined, configMap({ a: '1' }), 'one'), configMap({ c: '1' }), 'one')
    assert.deepEqual(gone.data, { c: '1' })
  })

  test('an object that was never tracked is owned by before-first-apply', () => {
    assert.throws(() => apply(configMap({ a: '1' }), configMap({ a: '2' }), 'one'), {
      message: 'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a',
    })
  })

  test('kubectl takes over what it applied client-side', () => {
    const key = 'kubectl.kubernetes.io/last-applied-configuration'
    const lastApplied = `${JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1', b: '2' }, metadata: { name: 'a' } })}\n`
    const live = update(
      undefined,
      configMap({ a: '1', b: '2' }, { annotations: { [key]: lastApplied } }),
      'kubectl-client-side-apply',
    )
    const applied = apply(live, configMap({ a: '5' }), 'kubectl')
    assert.deepEqual(applied.data, { a: '5', b: '2' })
    assert.equal(
      applied.metadata.annotations?.[key],
      '{"apiVersion":"v1","data":{"a":"5"},"kind":"ConfigMap","metadata":{"name":"a"}}\n',
    )
    assert.throws(() => apply(live, configMap({ a: '5' }), 'other'), ConflictError)
  })

  test('owner references are items by uid, each owned as a whole', () => {
    const reference = (uid: string) => ({ apiVersion: 'v1', kind: 'X', name: uid, uid })
    const one = apply(undefined, configMap({}, { ownerReferences: [reference('u1')] }), 'one')
    const two = apply(one, configMap({}, { ownerReferences: [reference('u2')] }), 'two')
    assert.deepEqual(
      two.metadata.ownerReferences?.map(r => r.uid),
      ['u1', 'u2'],
    )
    assert.match(owners(two)?.[0]?.[3] ?? '', /"f:ownerReferences":\{"k:\{\\"uid\\":\\"u1\\"\}":\{\}\}/)
  })

  const service = (spec: object): KubeObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec })

  test('list keys take their defaults', () => {
    const live = apply(undefined, service({ ports: [{ name: 'a', port: 80 }] }), 'one')
    assert.match(owners(live)?.[0]?.[3] ?? '', /k:\{\\"port\\":80,\\"protocol\\":\\"TCP\\"\}/)
    const defaulted = { ...live, spec: { ports: [{ name: 'a', port: 80, protocol: 'TCP', targetPort: 80 }] } }
    const next = apply(defaulted, service({ ports: [{ name: 'b', port: 81, targetPort: 'x' }] }), 'one')
    assert.deepEqual(next.spec, { ports: [{ name: 'b', port: 81, targetPort: 'x' }] })
  })

  test('an atomic map has one owner', () => {
    const live = apply(undefined, service({ selector: { a: '1', b: '2' } }), 'one')
    assert.throws(() => apply(live, service({ selector: { c: '3' } }), 'two'), {
      message: 'Apply failed with 1 conflict: conflict with "one": .spec.selector',
    })
  })

  test('an undeclared field and a duplicate key are refused as the server refuses them', () => {
    const nope = { ...configMap({}), nope: 1 }
    assert.throws(
      () => apply(undefined, nope, 'one'),
      (error: unknown) =>
        error instanceof MergeError &&
        error.code === 500 &&
        error.message ===
          'failed to create typed patch object (/a; /v1, Kind=ConfigMap): .nope: field not declared in schema',
    )
    const env = [{ name: 'A' }, { name: 'A' }]
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c', env }] },
    }
    assert.throws(() => apply(undefined, pod, 'one'), {
      message:
        'failed to create typed patch object (/p; /v1, Kind=Pod): .spec.containers[name="c"].env: duplicate entries for key [name="A"]',
    })
  })

  test('new items go in at their place, others keep theirs', () => {
    const pod = (...names: string[]): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: names.map(name => ({ name })) },
    })
    const live = apply(apply(undefined, pod('a', 'b', 'c'), 'one'), pod('x', 'c', 'a'), 'two')
    assert.deepEqual(live.spec, pod('b', 'x', 'c', 'a').spec)
  })

  test('a set keeps what others own', () => {
    const schema: Schema = {
      type: 'object',
      properties: {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: schemaOf('v1', 'Pod')?.properties?.metadata ?? {},
        spec: {
          type: 'object',
          properties: {
            tags: { type: 'array', listType: 'set', items: { type: 'string' } },
            open: { type: 'object', preserveUnknownFields: true },
          },
        },
      },
    }
    const tags = (manager: string, live: KubeObject | undefined, spec: object) =>
      applyServerSide({
        schema,
        live,
        applied: { apiVersion: 'x/v1', kind: 'W', metadata: { name: 'w' }, spec },
        manager,
        force: false,
        apiVersion: 'x/v1',
        subresource: '',
        time,
      }).object
    let live = tags('one', undefined, { tags: ['a', 'b'] })
    live = tags('two', live, { tags: ['b', 'c'] })
    assert.deepEqual(live.spec, { tags: ['a', 'b', 'c'] })
    live = tags('one', live, { tags: ['a'] })
    assert.deepEqual(live.spec, { tags: ['a', 'b', 'c'] })
    live = tags('two', live, { tags: ['b'] })
    assert.deepEqual(live.spec, { tags: ['a', 'b'] })
    const open = tags('one', undefined, { open: { a: { b: [1, 2] } } })
    assert.equal(owners(open)?.[0]?.[3], '{"f:spec":{"f:open":{"f:a":{".":{},"f:b":{}}}}}')
  })

  test('an apply that changes nothing gives back the live object', () => {
    const live = apply(undefined, configMap({ a: '1' }, { labels: { x: 'y' } }), 'one')
    const again = apply(live, configMap({ a: '1' }, { labels: { x: 'y' } }), 'one', { at: later })
    assert.equal(again.data, live.data)
    assert.deepEqual(again, live)
  })
})

describe('updates', () => {
  test('a creation owns all, parents included', () => {
    assert.deepEqual(owners(update(undefined, configMap({ a: '1' }, { labels: { x: '1' } }), 'm')), [
      ['m', 'Update', time, '{"f:data":{".":{},"f:a":{}},"f:metadata":{"f:labels":{".":{},"f:x":{}}}}'],
    ])
  })

  test('a changed value moves to the writer, a removed one to nobody', () => {
    const live = update(undefined, configMap({ a: '1', b: '2' }), 'm')
    const next = update(live, { ...configMap({ a: '9' }), metadata: live.metadata }, 'n')
    assert.deepEqual(owners(next), [
      ['m', 'Update', time, '{"f:data":{}}'],
      ['n', 'Update', time, '{"f:data":{"f:a":{}}}'],
    ])
  })

  test('a blank entry clears managed fields, and they stay away until the next apply', () => {
    const live = apply(undefined, configMap({ a: '1' }), 'one')
    const cleared = update(live, { ...live, metadata: { ...live.metadata, managedFields: [{}] } }, 'm')
    assert.equal(cleared.metadata.managedFields, undefined)
    assert.equal(update(cleared, configMap({ a: '3' }), 'm').metadata.managedFields, undefined)
  })

  test('more than ten updaters share an entry', () => {
    let live: KubeObject | undefined
    const data: Record<string, string> = {}
    for (let i = 0; i < 14; i++) {
      data[`k${i}`] = '1'
      live = update(live, { ...configMap({ ...data }), metadata: { ...live?.metadata, name: 'a' } }, `m${i}`)
    }
    assert.equal(live?.metadata.managedFields?.length, 10)
    assert.ok(live?.metadata.managedFields?.some(entry => entry.manager === 'ancient-changes'))
  })

  test('a status write neither owns nor loses anything else', () => {
    const schema = schemaOf('apps/v1', 'Deployment')
    const base: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: { replicas: 1 },
    }
    const live = update(undefined, base, 'm')
    const updated = { ...live, status: { replicas: 1 } }
    const next = trackUpdate({
      schema,
      live,
      updated,
      manager: 'c',
      apiVersion: 'apps/v1',
      subresource: 'status',
      time,
    })
    assert.deepEqual(
      next.metadata.managedFields?.map(entry => [entry.manager, entry.subresource, JSON.stringify(entry.fieldsV1)]),
      [
        ['c', 'status', '{"f:status":{".":{},"f:replicas":{}}}'],
        ['m', undefined, '{"f:spec":{".":{},"f:replicas":{}}}'],
      ],
    )
  })
})
