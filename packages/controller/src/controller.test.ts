import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, describe, test } from 'node:test'
import { ApiError } from '@sluice/kube'
import { REQUESTED_AT } from './controller.ts'
import { Runtime, type RuntimeOptions } from './runtime.ts'
import { recordingLog } from './testing/recording-log.ts'
import { ScriptedReconciler } from './testing/scripted-reconciler.ts'
import { startTestCluster, type TestCluster, widget, widgetRef } from './testing/test-cluster.ts'

const FINALIZER = 'finalizers.fluxcd.io'

let cluster: TestCluster
const running: Runtime[] = []

before(async () => {
  cluster = await startTestCluster()
})
after(() => cluster.close())
afterEach(async () => {
  await Promise.all(running.splice(0).map(runtime => runtime.close()))
  const { items } = await cluster.client.list({ apiVersion: 'test.sluice.dev/v1', kind: 'Widget' })
  for (const { metadata } of items) {
    if (metadata.finalizers) await cluster.client.patch(widgetRef(metadata.name), { metadata: { finalizers: null } })
    if (!metadata.deletionTimestamp) await cluster.client.delete(widgetRef(metadata.name))
    await cluster.untilGone(widgetRef(metadata.name))
  }
})

async function started(reconciler: ScriptedReconciler, options: Partial<RuntimeOptions> = {}) {
  const { log, lines } = recordingLog()
  const runtime = new Runtime({ client: cluster.client, log, backoff: { first: 1, most: 5 }, ...options })
  runtime.add(reconciler)
  running.push(runtime)
  await runtime.start()
  return { runtime, lines }
}

const create = (...args: Parameters<typeof widget>) => cluster.client.create(widget(...args))

describe('controller', () => {
  test('reconciles what is there and what comes, and shows the status', async () => {
    await create('old', { size: 1 })
    await started(new ScriptedReconciler())
    await create('new', { size: 2 })
    for (const [name, size] of [
      ['old', 1],
      ['new', 2],
    ] as const) {
      const object = await cluster.until(widgetRef(name), o => o.status !== undefined)
      assert.deepEqual(object.status, { seen: size, observedGeneration: 1 })
    }
  })

  test('reconciles when the spec changes or somebody asks, not when only status or labels do', async () => {
    const reconciler = new ScriptedReconciler()
    await started(reconciler)
    await create('a', { size: 1 })
    await cluster.until(widgetRef('a'), o => o.status !== undefined)
    await cluster.client.patch(widgetRef('a'), { metadata: { labels: { x: 'y' } } })
    await cluster.client.patch(widgetRef('a'), { status: { foreign: 1 } }, 'merge', { subresource: 'status' })
    await cluster.client.patch(widgetRef('a'), { spec: { size: 2 } })
    await cluster.until(widgetRef('a'), o => JSON.stringify(o.status).includes('"seen":2'))
    assert.equal(reconciler.count('reconcile a'), 2)
    await cluster.client.patch(widgetRef('a'), { metadata: { annotations: { [REQUESTED_AT]: 'now' } } })
    const asked = await cluster.until(widgetRef('a'), o => JSON.stringify(o.status).includes('lastHandled'))
    assert.deepEqual(asked.status, { foreign: 1, seen: 2, observedGeneration: 2, lastHandledReconcileAt: 'now' })
    assert.equal(reconciler.count('reconcile a'), 3)
  })

  test('a pass that changes nothing writes nothing, and the next comes after the interval', async () => {
    const reconciler = new ScriptedReconciler()
    const { answer } = reconciler
    reconciler.answer = async (object, context) => ({
      ...(await answer(object, context)),
      next: { kind: 'done', after: 1 },
    })
    await started(reconciler)
    await create('a')
    const { metadata } = await cluster.until(widgetRef('a'), o => o.status !== undefined)
    await reconciler.called('reconcile a', 5)
    assert.equal((await cluster.client.get(widgetRef('a'))).metadata.resourceVersion, metadata.resourceVersion)
  })

  test('shows progress, and what a pass said in the end', async () => {
    const reconciler = new ScriptedReconciler()
    const { promise, resolve: goOn } = Promise.withResolvers<void>()
    reconciler.answer = async (object, context) => {
      await context.progress({ ...object.status, seen: 'half' })
      await promise
      return { status: { seen: 'whole' }, next: { kind: 'stalled' } }
    }
    await started(reconciler)
    await create('a')
    await cluster.until(widgetRef('a'), o => JSON.stringify(o.status).includes('half'))
    goOn()
    await cluster.until(widgetRef('a'), o => JSON.stringify(o.status).includes('whole'))
    assert.equal(reconciler.count('reconcile a'), 1)
  })

  test('tries again after a failure, also when it was that something else was not found', async () => {
    const reconciler = new ScriptedReconciler()
    const { answer } = reconciler
    reconciler.answer = (object, context) => {
      if (reconciler.count('reconcile a') === 1) throw new ApiError(404, 'NotFound', 'secrets "key" not found')
      if (reconciler.count('reconcile a') === 2) throw new Error('broken')
      return answer(object, context)
    }
    const { lines } = await started(reconciler)
    await create('a')
    await cluster.until(widgetRef('a'), o => o.status !== undefined)
    assert.deepEqual(lines, ['error Reconciler error', 'error Reconciler error'])
  })

  test('leaves suspended objects alone, but says which request it has seen', async () => {
    const reconciler = new ScriptedReconciler()
    await started(reconciler)
    await create('a', { suspend: true }, { annotations: { [REQUESTED_AT]: 'now' } })
    const object = await cluster.until(widgetRef('a'), o => o.status !== undefined)
    assert.deepEqual(object.status, { lastHandledReconcileAt: 'now' })
    assert.equal(reconciler.count('reconcile a'), 0)
    await cluster.client.patch(widgetRef('a'), { spec: { suspend: null } })
    await reconciler.called('reconcile a')
  })

  test('holds an object by its finalizer until its work is released, and keeps those of others', async () => {
    const reconciler = new ScriptedReconciler({ finalizer: FINALIZER })
    reconciler.release = async () => ({ released: reconciler.count('finalize a') > 2, after: 1 })
    await started(reconciler)
    await create('a', {}, { finalizers: ['somebody/else'] })
    const held = await cluster.until(widgetRef('a'), o => o.status !== undefined)
    assert.deepEqual(held.metadata.finalizers, ['somebody/else', FINALIZER])
    await cluster.client.delete(widgetRef('a'))
    const left = await cluster.until(widgetRef('a'), o => o.metadata.finalizers?.length === 1)
    assert.deepEqual(left.metadata.finalizers, ['somebody/else'])
    assert.equal(reconciler.count('finalize a'), 3)
    assert.equal(reconciler.count('forget a'), 0)
    await cluster.client.patch(widgetRef('a'), { metadata: { finalizers: null } })
    await cluster.untilGone(widgetRef('a'))
    await reconciler.called('forget a')
  })

  test('lets an object go that no longer wants its finalizer, after its work', async () => {
    const reconciler = new ScriptedReconciler({ finalizer: FINALIZER })
    reconciler.wants = object => object.spec?.size !== 7
    await started(reconciler)
    await create('a', { size: 7 })
    await reconciler.called('reconcile a')
    await cluster.client.patch(widgetRef('a'), { spec: { size: 1 } })
    await cluster.until(widgetRef('a'), o => o.metadata.finalizers?.includes(FINALIZER) === true)
    assert.equal(reconciler.count('finalize a'), 0)
    await cluster.client.patch(widgetRef('a'), { spec: { size: 7 } })
    await cluster.until(widgetRef('a'), o => o.metadata.finalizers === undefined)
    assert.equal(reconciler.count('finalize a'), 1)
  })

  test('adds its finalizer also when somebody else writes at that moment', async () => {
    const reconciler = new ScriptedReconciler({ finalizer: FINALIZER })
    const { log } = recordingLog()
    const runtime = new Runtime({ client: cluster.client, log })
    running.push(runtime)
    // The cache still has the object as it was before the foreign write.
    const object = await create('a')
    const informer = runtime.informer(reconciler.kind)
    const off = informer.onChange(() => {
      off()
      void cluster.client.patch(widgetRef('a'), { metadata: { finalizers: ['somebody/else'] } })
    })
    runtime.add(reconciler)
    await runtime.start()
    const held = await cluster.until(widgetRef('a'), o => o.metadata.finalizers?.length === 2)
    assert.deepEqual([...(held.metadata.finalizers ?? [])].sort(), [FINALIZER, 'somebody/else'])
    assert.equal(held.metadata.uid, object.metadata.uid)
  })

  test('a status that comes too late is not written onto the next object of the same name', async () => {
    const reconciler = new ScriptedReconciler()
    const uids: unknown[] = []
    const { promise, resolve: goOn } = Promise.withResolvers<void>()
    reconciler.answer = async object => {
      uids.push(object.metadata.uid)
      if (uids.length > 1) return { status: { seen: 'second' }, next: { kind: 'stalled' } }
      await promise
      return { status: { seen: 'first', passes: 1 }, next: { kind: 'stalled' } }
    }
    const { runtime } = await started(reconciler)
    await create('a')
    await reconciler.called('reconcile a')
    await cluster.client.delete(widgetRef('a'))
    const second = await create('a')
    const informer = runtime.informer(reconciler.kind)
    while (informer.get('default', 'a')?.metadata.uid !== second.metadata.uid) await new Promise(setImmediate)
    goOn()
    const object = await cluster.until(widgetRef('a'), o => o.status !== undefined)
    assert.deepEqual(object.status, { seen: 'second' })
    assert.ok(reconciler.count('forget a') > 0)
  })

  test('remembers nothing of an object that was deleted during its run', async () => {
    const reconciler = new ScriptedReconciler()
    const { promise, resolve: goOn } = Promise.withResolvers<void>()
    reconciler.answer = async () => {
      await promise
      return { status: {}, next: { kind: 'done', after: 3_600_000 } }
    }
    const { runtime } = await started(reconciler)
    await create('gone')
    await reconciler.called('reconcile gone')
    await cluster.client.delete(widgetRef('gone'))
    await reconciler.called('forget gone')
    goOn()
    await reconciler.called('forget gone', 2)
    assert.doesNotMatch(await runtime.metrics.registry.metrics(), /name="gone"/)
  })

  test('woken by its reconciler, it runs once more', async () => {
    const reconciler = new ScriptedReconciler()
    await started(reconciler)
    await create('a')
    await cluster.until(widgetRef('a'), o => o.status !== undefined)
    reconciler.wake('default', 'a')
    await reconciler.called('reconcile a', 2)
    reconciler.wake('default', 'a', { after: 1 })
    await reconciler.called('reconcile a', 3)
    reconciler.wake('default', 'nobody')
    assert.equal(reconciler.count('reconcile nobody'), 0)
  })

  test('runs no more objects at once than it is told', async () => {
    const reconciler = new ScriptedReconciler({ concurrency: 2 })
    let now = 0
    let most = 0
    reconciler.answer = async () => {
      most = Math.max(most, ++now)
      await new Promise(resolve => setTimeout(resolve, 5))
      now--
      return { status: { passes: 1 }, next: { kind: 'stalled' } }
    }
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    for (const name of names) await create(name)
    await started(reconciler)
    for (const name of names) await cluster.until(widgetRef(name), o => o.status !== undefined)
    assert.equal(most, 2)
  })

  test('stopped, it tells runs under way to end, waits for them and starts no more', async () => {
    const reconciler = new ScriptedReconciler({ concurrency: 1 })
    reconciler.answer = (_, { signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const { runtime, lines } = await started(reconciler)
    await create('a')
    await create('b')
    await reconciler.called('reconcile a')
    await runtime.close()
    assert.deepEqual(lines, [])
    assert.deepEqual(reconciler.calls, ['start', 'reconcile a', 'close'])
  })

  test('counts what it does in the words of controller-runtime', async () => {
    const reconciler = new ScriptedReconciler()
    const { runtime } = await started(reconciler)
    await create('a')
    await cluster.until(widgetRef('a'), o => o.status !== undefined)
    await runtime.close()
    const lines = (await runtime.metrics.registry.metrics()).split('\n')
    const value = (name: string, ...labels: string[]) =>
      lines.find(line => line.startsWith(`${name}{`) && labels.every(l => line.includes(l)))?.replace(/.* /, '')
    const controller = 'controller="widget-controller"'
    assert.equal(value('controller_runtime_reconcile_total', controller, 'result="success"'), '1')
    assert.equal(value('controller_runtime_reconcile_errors_total', controller), '0')
    assert.equal(value('controller_runtime_max_concurrent_reconciles', controller), '16')
    assert.equal(value('controller_runtime_active_workers', controller), '0')
    assert.equal(value('workqueue_longest_running_processor_seconds', 'name="widget-controller"'), '0')
    assert.equal(value('gotk_reconcile_duration_seconds_count', 'kind="Widget",name="a",namespace="default"'), '1')
    assert.equal(value('rest_client_requests_total', 'method="PATCH"', 'code="200"'), '1')
  })

  test('tells of what happened in the cluster and to the events address', async () => {
    const bodies: string[] = []
    const receiver = createServer((request, response) => {
      request.setEncoding('utf8').on('data', text => bodies.push(text))
      request.on('end', () => response.writeHead(202).end())
    })
    await new Promise<void>(resolve => receiver.listen(0, '127.0.0.1', resolve))
    const eventsAddress = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
    const reconciler = new ScriptedReconciler()
    const event = { severity: 'error', reason: 'BuildFailed', message: 'no such file' } as const
    reconciler.answer = async () => ({ status: {}, events: [event], next: { kind: 'stalled' } })
    const { runtime } = await started(reconciler, { eventsAddress })
    const { metadata } = await create('a')
    await reconciler.called('reconcile a')
    await runtime.close()
    const { items } = await cluster.client.list({ apiVersion: 'v1', kind: 'Event' }, { namespace: 'default' })
    const written = items.filter(e => (e.involvedObject as { uid?: string }).uid === metadata.uid)
    assert.deepEqual(
      written.map(e => [e.type, e.reason, e.message]),
      [['Warning', 'BuildFailed', 'no such file']],
    )
    assert.equal(bodies.length, 1)
    assert.match(bodies[0] ?? '', /"severity":"error".*"message":"no such file","reason":"BuildFailed"/)
    receiver.closeAllConnections()
    await new Promise(resolve => receiver.close(resolve))
  })
})

describe('a shard', () => {
  test('reconciles only what carries its label, begins when it is put on and forgets when it is taken off', async () => {
    const reconciler = new ScriptedReconciler()
    const { runtime } = await started(reconciler, { labelSelector: 'sharding.fluxcd.io/key=one' })
    const shard = (key: string | null) => ({ metadata: { labels: { 'sharding.fluxcd.io/key': key } } })
    await create('other', {}, { labels: { 'sharding.fluxcd.io/key': 'two' } })
    await create('mine', { size: 1 }, { labels: { 'sharding.fluxcd.io/key': 'one' } })
    await cluster.until(widgetRef('mine'), o => o.status !== undefined)
    // Others are seen all the same, as dependencies and sources must be, and cannot be woken.
    const informer = runtime.informer(reconciler.kind)
    while (!informer.has('default', 'other')) await new Promise(setImmediate)
    reconciler.wake('default', 'other')
    await cluster.client.patch(widgetRef('mine'), shard('two'))
    await reconciler.called('forget mine')
    await cluster.client.patch(widgetRef('mine'), { spec: { size: 2 } })
    await cluster.client.patch(widgetRef('other'), shard('one'))
    await cluster.until(widgetRef('other'), o => o.status !== undefined)
    assert.equal(reconciler.count('reconcile mine'), 1)
    assert.equal(reconciler.count('reconcile other'), 1)
  })

  test('a selector that cannot be read is refused at once', () => {
    const { log } = recordingLog()
    assert.throws(
      () => new Runtime({ client: cluster.client, log, labelSelector: 'a in b' }),
      /"a in b" is no label selector/,
    )
  })
})

describe('a runtime of one namespace', () => {
  test('sees and reconciles nothing of the others', async () => {
    await cluster.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } })
    const reconciler = new ScriptedReconciler()
    const { runtime } = await started(reconciler, { namespace: 'team' })
    await create('outside')
    await cluster.client.create(widget('inside', {}, { namespace: 'team' }))
    await cluster.until({ ...widgetRef('inside'), namespace: 'team' }, o => o.status !== undefined)
    assert.equal(runtime.informer(reconciler.kind).size, 1)
    assert.equal(reconciler.count('reconcile outside'), 0)
    await cluster.client.delete({ ...widgetRef('inside'), namespace: 'team' })
    await cluster.untilGone({ ...widgetRef('inside'), namespace: 'team' })
  })
})

describe('replicas', () => {
  const lease = { name: 'widget-controller-leader-election', namespace: 'default' }

  test('one reconciles, the other is ready and takes over when the first one stops', async () => {
    const first = new ScriptedReconciler()
    const second = new ScriptedReconciler()
    const a = await started(first, { leaderElection: lease })
    const { log } = recordingLog()
    const times = { leaseDuration: 35_000, renewDeadline: 30_000, retryPeriod: 20 }
    const b = new Runtime({ client: cluster.client, log, leaderElection: { ...lease, ...times } })
    b.add(second)
    running.push(b)
    const leading = b.start()
    while (!b.ready) await new Promise(setImmediate)
    await create('a')
    await cluster.until(widgetRef('a'), o => o.status !== undefined)
    assert.deepEqual(second.calls, [])
    await a.runtime.close()
    await leading
    await second.called('reconcile a')
    assert.equal(first.count('close'), 1)
  })

  test('one that loses its lease stops, and says so', async () => {
    const reconciler = new ScriptedReconciler()
    const times = { leaseDuration: 35_000, renewDeadline: 30_000, retryPeriod: 20 }
    const leaderElection = { name: 'stolen', namespace: 'default', ...times }
    const { runtime } = await started(reconciler, { leaderElection })
    const ref = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'default', name: 'stolen' }
    await cluster.client.patch(ref, { spec: { holderIdentity: 'a thief' } })
    await runtime.lost
    assert.equal(runtime.ready, false)
    assert.deepEqual(reconciler.calls, ['start', 'close'])
    await create('a')
    assert.equal(reconciler.count('reconcile a'), 0)
  })
})
