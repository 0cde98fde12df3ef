import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { configMap, type ScriptedServer, scriptedServer, type Watch } from '../testing/scripted-server.ts'
import { refOf } from './object-id.ts'
import { ObjectTracker } from './tracker.ts'

const LABEL = 'kustomize.toolkit.fluxcd.io/name'
const MANAGER = 'kustomize-controller'
const KIND = { apiVersion: 'v1', kind: 'ConfigMap' }
const OWNER = 'default/apps'

let server: ScriptedServer
let told: string[]
let errors: unknown[]
let tracker: ObjectTracker
const waiting: (() => void)[] = []

beforeEach(async () => {
  server = await scriptedServer()
  told = []
  errors = []
  const tell = (what: string) => {
    told.push(what)
    for (const each of waiting.splice(0)) each()
  }
  tracker = new ObjectTracker(server.client, {
    manager: MANAGER,
    label: LABEL,
    onDrift: owner => tell(`drift ${owner}`),
    onHealth: owner => tell(`health ${owner}`),
    onError: error => errors.push(error),
  })
})
afterEach(async () => {
  await tracker.close()
  await server.close()
})

async function untilTold(count: number): Promise<void> {
  while (told.length < count) await new Promise<void>(resolve => waiting.push(resolve))
}

/** A ConfigMap of which we own `data.x`. */
function object(name: string, version: number, x: string, more: Partial<KubeObject> = {}): KubeObject {
  const managedFields = [{ manager: MANAGER, operation: 'Apply' as const, fieldsV1: { 'f:data': { 'f:x': {} } } }]
  return { ...configMap(name, version, { labels: { [LABEL]: 'apps' }, managedFields }), data: { x }, ...more }
}

const ref = (name: string) => refOf(object(name, 1, ''))

/** Watching, with `name` applied at version 5. */
async function applied(name: string): Promise<Watch> {
  await tracker.watch(KIND)
  const watch = await server.watch()
  tracker.begin(ref(name), OWNER)
  tracker.applied(object(name, 5, '1'), OWNER, 'wanted')
  return watch
}

/** Until everything sent on a watch so far is taken in. */
async function takenIn(watch: Watch): Promise<void> {
  watch.send('ADDED', object('marker', 1000, ''))
  while (!tracker.get(ref('marker'))) await new Promise(resolve => setImmediate(resolve))
}

describe('tracker', () => {
  test('knows an applied object as current, and tells nobody of our own doing', async () => {
    const watch = await applied('a')
    assert.equal(tracker.isCurrent(ref('a'), OWNER, 'wanted'), true)
    assert.equal(tracker.isCurrent(ref('a'), OWNER, 'something else'), false)
    assert.equal(tracker.isCurrent(ref('a'), 'default/others', 'wanted'), false)
    assert.equal(watch.query.get('labelSelector'), LABEL)
    watch.send('ADDED', object('a', 5, '1'))
    await takenIn(watch)
    assert.deepEqual(told, [])
    assert.equal(tracker.isCurrent(ref('a'), OWNER, 'wanted'), true)
  })

  test('begins no watch once it is closed, for whoever is still at work', async () => {
    const beginning = tracker.watch(KIND)
    await tracker.close()
    assert.equal(await beginning, false)
    assert.equal(await tracker.watch(KIND), false)
    tracker.begin(ref('a'), OWNER)
    tracker.applied(object('a', 5, '1'), OWNER, 'wanted')
    assert.equal(await tracker.watch(KIND), false)
    assert.deepEqual(server.requests, [])
  })

  test('tells of drift, and that the object is no longer current', async () => {
    const watch = await applied('a')
    watch.send('MODIFIED', object('a', 6, '2'))
    await untilTold(1)
    assert.deepEqual(told, [`drift ${OWNER}`])
    assert.equal(tracker.isCurrent(ref('a'), OWNER, 'wanted'), false)
  })

  test('tells of a deletion', async () => {
    const watch = await applied('a')
    watch.send('DELETED', object('a', 6, '1'))
    await untilTold(1)
    assert.deepEqual(told, [`drift ${OWNER}`])
  })

  test('tells of changed health, and of nothing else that is not ours', async () => {
    const watch = await applied('a')
    watch.send('MODIFIED', object('a', 6, '1', { theirs: 1 }))
    await takenIn(watch)
    assert.deepEqual(told, [])
    const conditions = [{ type: 'Reconciling', status: 'True', message: 'busy' }]
    watch.send('MODIFIED', object('a', 7, '1', { status: { conditions } }))
    await untilTold(1)
    assert.deepEqual(told, [`health ${OWNER}`])
    assert.deepEqual(tracker.get(ref('a'))?.health, { status: 'InProgress', message: 'busy' })
  })

  test('tells of every change to who asked for it', async () => {
    const watch = await applied('a')
    tracker.tellEveryChange(ref('a'))
    watch.send('MODIFIED', object('a', 6, '1', { theirs: 1 }))
    await untilTold(1)
    assert.deepEqual(told, [`health ${OWNER}`])
  })

  test('does not take the watch’s early word of our write for drift', async () => {
    const watch = await applied('a')
    tracker.begin(ref('a'), OWNER)
    watch.send('MODIFIED', object('a', 6, '2'))
    await takenIn(watch)
    assert.deepEqual(told, [])
    assert.equal(tracker.isCurrent(ref('a'), OWNER, 'wanted'), false)
    tracker.applied(object('a', 6, '2'), OWNER, 'wanted more')
    assert.deepEqual(told, [])
    assert.equal(tracker.isCurrent(ref('a'), OWNER, 'wanted more'), true)
  })

  test('hears of drift that came between our write and its answer', async () => {
    const watch = await applied('a')
    tracker.begin(ref('a'), OWNER)
    watch.send('MODIFIED', object('a', 6, '2'))
    watch.send('MODIFIED', object('a', 7, 'theirs'))
    await takenIn(watch)
    tracker.applied(object('a', 6, '2'), OWNER, 'wanted more')
    assert.deepEqual(told, [`drift ${OWNER}`])
    assert.equal(tracker.isCurrent(ref('a'), OWNER, 'wanted more'), false)
  })

  test('hears of a deletion that came between our write and its answer', async () => {
    const watch = await applied('a')
    tracker.begin(ref('a'), OWNER)
    watch.send('MODIFIED', object('a', 6, '2'))
    watch.send('DELETED', object('a', 7, '2'))
    await takenIn(watch)
    tracker.applied(object('a', 6, '2'), OWNER, 'wanted more')
    assert.deepEqual(told, [`drift ${OWNER}`])
  })

  test('never calls an object current of which we own nothing', async () => {
    await tracker.watch(KIND)
    tracker.applied(configMap('a', 5, { labels: { [LABEL]: 'apps' } }), OWNER, 'wanted')
    assert.equal(tracker.isCurrent(ref('a'), OWNER, 'wanted'), false)
  })

  test('after a failed write nothing is known of the object', async () => {
    const watch = await applied('a')
    tracker.begin(ref('a'), OWNER)
    tracker.failed(ref('a'))
    watch.send('MODIFIED', object('a', 6, 'theirs'))
    assert.equal(tracker.isCurrent(ref('a'), OWNER, 'wanted'), false)
    assert.deepEqual(told, [])
  })

  test('what is released is nobody’s business, what another owner took over stays his', async () => {
    const watch = await applied('a')
    tracker.applied(object('b', 6, '1'), OWNER, 'wanted')
    tracker.applied(object('c', 7, '1'), OWNER, 'wanted')
    tracker.applied(object('c', 8, '2'), 'default/others', 'wanted')
    tracker.release(ref('a'), OWNER)
    tracker.release(ref('c'), OWNER)
    tracker.releaseAll(OWNER)
    for (const name of ['a', 'b', 'c']) watch.send('DELETED', object(name, 10, ''))
    await untilTold(1)
    assert.deepEqual(told, ['drift default/others'])
  })

  test('a kind that may not be watched holds nobody up, and nothing of it counts as current', async () => {
    server.list = () => ({ code: 403, reason: 'Forbidden' })
    assert.equal(await tracker.watch(KIND), false)
    assert.equal(errors.length, 1)
    tracker.applied(object('a', 5, '1'), OWNER, 'wanted')
    assert.equal(tracker.isCurrent(ref('a'), OWNER, 'wanted'), false)
    assert.equal(tracker.get(ref('a'))?.health.status, 'Current')
  })

  test('stops watching a kind of which nothing is left, and begins again with the next object', async () => {
    await applied('a')
    tracker.releaseAll(OWNER)
    assert.equal(tracker.get(ref('a')), undefined)
    server.list = () => ({ items: [object('a', 5, '1')], resourceVersion: '9' })
    tracker.applied(object('a', 5, '1'), OWNER, 'wanted')
    const again = await server.watch()
    assert.equal(again.query.get('resourceVersion'), '9')
    assert.equal(tracker.isCurrent(ref('a'), OWNER, 'wanted'), true)
  })
})
