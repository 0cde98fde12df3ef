import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { type EventDraft, EventRecorder } from './events.ts'
import { recordingLog } from './testing/recording-log.ts'
import { startTestCluster, type TestCluster, widget } from './testing/test-cluster.ts'

let cluster: TestCluster
before(async () => {
  cluster = await startTestCluster()
})
after(() => cluster.close())

const applied: EventDraft = { severity: 'info', reason: 'Progressing', message: 'ConfigMap/default/a created' }

async function made(name: string, annotations?: Record<string, string>): Promise<KubeObject> {
  return cluster.client.create(widget(name, {}, { annotations }))
}

/** Records, waits until it is written, answers the object's events. */
async function recorded(object: KubeObject, ...drafts: EventDraft[]): Promise<KubeObject[]> {
  const { log } = recordingLog()
  const recorder = new EventRecorder({ client: cluster.client, component: 'test-controller', log })
  for (const draft of drafts) recorder.record(object, draft)
  await recorder.close(60_000)
  return eventsOf(object)
}

async function eventsOf(object: KubeObject): Promise<KubeObject[]> {
  const { items } = await cluster.client.list({ apiVersion: 'v1', kind: 'Event' }, { namespace: 'default' })
  return items.filter(e => (e.involvedObject as { uid?: string }).uid === object.metadata.uid)
}

describe('events', () => {
  test('are written as kubectl and flux show them', async () => {
    const object = await made('shown')
    const [event] = await recorded(object, { ...applied, metadata: { 'test.sluice.dev/revision': 'main@sha1:1' } })
    assert.ok(event)
    assert.match(event.metadata.name, /^shown\.[0-9a-f]{16}$/)
    assert.deepEqual(event.metadata.annotations, { 'test.sluice.dev/revision': 'main@sha1:1' })
    assert.deepEqual(event.involvedObject, {
      apiVersion: 'test.sluice.dev/v1',
      kind: 'Widget',
      namespace: 'default',
      name: 'shown',
      uid: object.metadata.uid,
      resourceVersion: object.metadata.resourceVersion,
    })
    const { type, reason, message, count, reportingComponent, source } = event
    assert.deepEqual([type, reason, message, count], ['Normal', 'Progressing', 'ConfigMap/default/a created', 1])
    assert.deepEqual([reportingComponent, source], ['test-controller', { component: 'test-controller' }])
  })

  test('the same again raises the count, another message is another event', async () => {
    const object = await made('counted')
    const events = await recorded(object, applied, applied, { ...applied, message: 'other' }, applied)
    assert.deepEqual(events.map(e => [e.message, e.count]).sort(), [
      ['ConfigMap/default/a created', 3],
      ['other', 1],
    ])
  })

  test('an error is a warning', async () => {
    const [event] = await recorded(await made('failed'), { ...applied, severity: 'error' })
    assert.equal(event?.type, 'Warning')
  })

  test('long messages are cut', async () => {
    const [event] = await recorded(await made('long'), { ...applied, message: 'x'.repeat(70_000) })
    assert.equal(String(event?.message).length, 65_536)
  })

  test("carry the object's own event annotations, which win over the controller's word", async () => {
    const summary = 'event.toolkit.fluxcd.io/summary'
    const object = await made('annotated', { [summary]: 'of the user', other: 'not copied' })
    const [event] = await recorded(object, { ...applied, metadata: { [summary]: 'of the controller' } })
    assert.deepEqual(event?.metadata.annotations, { [summary]: 'of the user' })
  })

  test('an event whose first writing has expired on the server is written anew', async () => {
    const object = await made('expired')
    const { log } = recordingLog()
    const recorder = new EventRecorder({ client: cluster.client, component: 'test-controller', log })
    recorder.record(object, applied)
    let [event] = await eventsOf(object)
    while (!event) [event] = await eventsOf(object)
    await cluster.client.delete({ apiVersion: 'v1', kind: 'Event', namespace: 'default', name: event.metadata.name })
    recorder.record(object, applied)
    await recorder.close(60_000)
    const [again] = await eventsOf(object)
    assert.equal(again?.count, 1)
    assert.notEqual(again?.metadata.name, event.metadata.name)
  })

  test('an object whose namespace is gone is no reason to complain', async () => {
    const { log, lines } = recordingLog()
    const recorder = new EventRecorder({ client: cluster.client, component: 'test-controller', log })
    recorder.record(widget('far', {}, { namespace: 'gone', uid: 'x' }), applied)
    await recorder.close(60_000)
    assert.deepEqual(lines, [])
  })
})
