import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { type Impersonation, KubeClient, Transport } from '@sluice/kube'
import { type ReleaseCluster, startReleaseCluster } from '../testing/release-cluster.ts'
import { type ClusterWaiter, clusterWaiter } from './cluster-waiter.ts'
import type { ReadyOptions } from './waiter.ts'

let cluster: ReleaseCluster
let waiter: ClusterWaiter
before(async () => {
  cluster = await startReleaseCluster()
  waiter = clusterWaiter({ client: cluster.client })
})
after(async () => {
  await waiter.close()
  await cluster.close()
})

const managed = { 'app.kubernetes.io/managed-by': 'Helm' }
const claim = (name: string, labels: Record<string, string> = managed): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace: 'default', labels },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
})
const ref = (name: string) => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'default', name })
const made = (name: string, labels?: Record<string, string>) => cluster.client.create(claim(name, labels))
const status = (name: string, body: object) =>
  cluster.client.patch(ref(name), { status: body }, 'merge', { subresource: 'status' })
const options = (more: Partial<ReadyOptions> = {}): ReadyOptions => ({
  strategy: 'watcher',
  jobs: true,
  timeoutMs: 20_000,
  ...more,
})
const ready = (objects: KubeObject[], more: Partial<ReadyOptions> = {}) => waiter.ready(objects, options(more))

/** Settles in a later turn of the loop, when whoever waits has begun to. */
const later = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 50))

/** Counts lists and watches, and refuses watches where told to. */
class SeenTransport extends Transport {
  readonly watches: string[] = []

  override lines(...[request, as]: [Parameters<Transport['lines']>[0], Impersonation?]): AsyncGenerator<string> {
    this.watches.push(request.path)
    return super.lines(request, as)
  }
}

describe('waiting for objects to become ready', () => {
  test('ends when the last one is', async () => {
    const going = ready([await made('a'), await made('b')])
    await later()
    await status('a', { phase: 'Bound' })
    await status('b', { phase: 'Bound' })
    await going
  })

  test('sees what is not marked as of a release, too', async () => {
    const going = ready([await made('bare', {})])
    await later()
    await status('bare', { phase: 'Bound' })
    await going
  })

  test('says what is not ready, in time or early, in the words of Flux', async () => {
    const objects = [await made('slow'), await made('slower')]
    await assert.rejects(ready(objects, { timeoutMs: 200 }), {
      message:
        "timeout waiting for: [PersistentVolumeClaim/default/slow status: 'InProgress', PersistentVolumeClaim/default/slower status: 'InProgress']",
    })
    const health = (object: KubeObject) =>
      object.metadata.name === 'slower' ? ({ status: 'Failed', message: 'by rule' } as const) : undefined
    await assert.rejects(ready(objects, { health }), {
      message: "failed early due to stalled resources: [PersistentVolumeClaim/default/slower status: 'Failed']",
    })
  })

  test('counts an object that somebody deletes as missing', async () => {
    const object = await made('lost')
    const going = ready([object], { timeoutMs: 1000 })
    await later()
    await cluster.client.patch(ref('lost'), { metadata: { finalizers: null } })
    await cluster.client.delete(ref('lost'))
    await assert.rejects(going, {
      message: "timeout waiting for: [PersistentVolumeClaim/default/lost status: 'NotFound']",
    })
  })

  test('is given up with the reason of the signal', async () => {
    const stop = new AbortController()
    const going = ready([await made('given')], { signal: stop.signal })
    await later()
    stop.abort(new Error('enough'))
    await assert.rejects(going, { message: 'enough' })
  })

  test('costs nothing where the answer of the apply says it all', async () => {
    const requests: string[] = []
    const off = cluster.client.transport.onAnswer(method => requests.push(method))
    await ready([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'default', labels: managed } },
    ])
    off()
    assert.deepEqual(requests, [])
  })

  test('begins no watch once it is closed, for whoever still waits', async () => {
    const object = await made('late')
    const transport = new Transport(cluster.access)
    const closed = clusterWaiter({ client: new KubeClient({ transport, discovery: cluster.client.discovery }) })
    await closed.close()
    let answers = 0
    transport.onAnswer(() => answers++)
    await assert.rejects(closed.ready([object], options({ timeoutMs: 10 })), /late/)
    await transport.close()
    assert.equal(answers, 0)
  })

  test('shares one watch a kind among all who wait', async () => {
    const transport = new SeenTransport(cluster.access)
    const client = new KubeClient({ transport, discovery: cluster.client.discovery })
    const shared = clusterWaiter({ client, clusterWide: true })
    const names = Array.from({ length: 30 }, (_, at) => `many-${at}`)
    const objects = await Promise.all(names.map(name => made(name)))
    const going = Promise.all(objects.map(object => shared.ready([object], options())))
    await later()
    await Promise.all(names.map(name => status(name, { phase: 'Bound' })))
    await going
    await shared.close()
    assert.equal(transport.watches.length, 1)
    await transport.close()
  })

  test('looks again and again where it may read but not watch', async () => {
    const { client } = cluster
    await client.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'reader', namespace: 'default' },
      rules: [{ apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['get'] }],
    })
    await client.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'reader', namespace: 'default' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'reader' }],
    })
    const reading = clusterWaiter({ client: client.as({ user: 'reader' }) })
    const object = await made('read')
    const going = reading.ready([object], options())
    await later()
    await status('read', { phase: 'Bound' })
    await going
    await reading.close()
  })
})

describe('waiting for objects to go', () => {
  test('ends when what holds them lets go', async () => {
    const object = { ...claim('held'), metadata: { ...claim('held').metadata, finalizers: ['test/hold'] } }
    await cluster.client.create(object)
    assert.ok(await cluster.client.delete(ref('held')))
    const going = waiter.gone([ref('held'), ref('never-there')], { timeoutMs: 20_000 })
    await later()
    await cluster.client.patch(ref('held'), { metadata: { finalizers: null } })
    await going
  })

  test('says what is still there', async () => {
    const object = { ...claim('kept'), metadata: { ...claim('kept').metadata, finalizers: ['test/hold'] } }
    await cluster.client.create(object)
    await cluster.client.delete(ref('kept'))
    await assert.rejects(waiter.gone([ref('kept')], { timeoutMs: 200 }), {
      message: "timeout waiting for: [PersistentVolumeClaim/default/kept status: 'Terminating']",
    })
    await assert.rejects(cluster.waiter.gone([ref('kept')], { timeoutMs: 200 }), {
      message:
        'resource PersistentVolumeClaim/default/kept still exists. status: Terminating, message: Resource scheduled for deletion\ncontext deadline exceeded',
    })
  })
})
