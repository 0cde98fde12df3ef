import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { KubeObject, ObjectRef } from '@sluice/api'
import { type DevCluster, startDevCluster } from '../index.ts'
import { startWorkloads } from './index.ts'
import type { Deployment, Job, Pod, PodTemplate, ReplicaSet, StatefulSet } from './kinds.ts'
import { ManualClock } from './manual-clock.ts'

const clock = new ManualClock()
const dataDir = mkdtempSync(join(tmpdir(), 'workloads-'))
let cluster: DevCluster
let workloads: { close(): Promise<void> }
const errors: string[] = []

before(async () => {
  cluster = await startDevCluster({ dataDir, workloads: false, node: false })
  workloads = await startWorkloads(cluster.client, {
    clock,
    onError: (what, error) => errors.push(`${what}: ${error instanceof Error ? error.message : error}`),
  })
})

after(async () => {
  await workloads.close()
  await cluster.close()
  rmSync(dataDir, { recursive: true, force: true })
  assert.deepEqual(errors, [])
})

/**
 * The object once it is as wanted. The simulated time goes on in small steps meanwhile, as it does in life, but only by as much as is
 * allowed, so that a test can look at what lies before a deadline.
 */
async function once<T extends KubeObject>(
  ref: ObjectRef,
  wanted: (object: T) => boolean,
  allowed = 60_000,
): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>()
  const { name, ...kind } = ref
  const stop = cluster.client.watch(kind, ({ type, object }) => {
    if (type !== 'DELETED' && object.metadata.name === name && wanted(object as T)) resolve(object as T)
  })
  let left = allowed
  const steps = setInterval(() => {
    if (left <= 0) return
    clock.advance(100)
    left -= 100
  }, 1)
  try {
    return await promise
  } finally {
    clearInterval(steps)
    stop()
  }
}

/** Deletes the object and waits until it is gone. */
async function deleted(ref: ObjectRef, propagationPolicy: 'Background' | 'Orphan' = 'Background'): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { name, ...kind } = ref
  const stop = cluster.client.watch(kind, ({ type, object }) => {
    if (type === 'DELETED' && object.metadata.name === name) resolve()
  })
  await cluster.client.delete(ref, { propagationPolicy })
  const steps = setInterval(() => clock.advance(1000), 1)
  await promise.finally(() => clearInterval(steps))
  stop()
}

const ref = (apiVersion: string, kind: string, name: string): ObjectRef => ({
  apiVersion,
  kind,
  namespace: 'default',
  name,
})
const template = (app: string, annotations: Record<string, string> = {}, image = 'nginx:1'): PodTemplate => ({
  metadata: { labels: { app }, annotations },
  spec: { containers: [{ name: 'c', image, ports: [{ name: 'web', containerPort: 80 }] }] },
})
const deployment = (name: string, more: object = {}, pod = template(name)): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default' },
  spec: { replicas: 2, selector: { matchLabels: { app: name } }, template: pod, ...more },
})
const condition = (object: Deployment, type: string) => object.status?.conditions?.find(c => c.type === type)
const list = <T extends KubeObject>(apiVersion: string, kind: string, labelSelector: string) =>
  cluster.client.list({ apiVersion, kind, namespace: 'default' }, { labelSelector }) as Promise<T[]>

describe('deployments', () => {
  const isDone = (d: Deployment) =>
    d.status?.availableReplicas === d.spec.replicas &&
    d.status?.updatedReplicas === d.spec.replicas &&
    d.status?.observedGeneration === d.metadata.generation &&
    condition(d, 'Progressing')?.reason === 'NewReplicaSetAvailable'

  test('become available, roll, and remember their revisions', async () => {
    const target = ref('apps/v1', 'Deployment', 'web')
    await cluster.client.create(deployment('web'))
    const first = await once<Deployment>(target, isDone)
    assert.equal(condition(first, 'Available')?.reason, 'MinimumReplicasAvailable')
    assert.equal(first.metadata.generation, 1)
    const [set] = await list<ReplicaSet>('apps/v1', 'ReplicaSet', 'app=web')
    assert.equal(
      condition(first, 'Progressing')?.message,
      `ReplicaSet "${set?.metadata.name}" has successfully progressed.`,
    )
    const [pod] = await list<Pod>('v1', 'Pod', 'app=web')
    assert.equal(pod?.metadata.labels?.['pod-template-hash'], set?.metadata.labels?.['pod-template-hash'])
    assert.equal(pod?.status?.phase, 'Running')

    const body = { spec: { template: { metadata: { annotations: { version: '2' } } } } }
    await cluster.client.patch(target, { type: 'merge', body })
    const second = await once<Deployment>(
      target,
      d => isDone(d) && d.metadata.annotations?.['deployment.kubernetes.io/revision'] === '2',
    )
    assert.equal(second.status?.replicas, 2)
    const sizes = (await list<ReplicaSet>('apps/v1', 'ReplicaSet', 'app=web')).map(s => s.spec.replicas ?? 0)
    assert.deepEqual(sizes.sort(), [0, 2])
  })

  test('take in what was left to them, and let go what matches no longer', async () => {
    const target = ref('apps/v1', 'Deployment', 'kept')
    await cluster.client.create(deployment('kept', { replicas: 1 }))
    await once<Deployment>(target, isDone)
    const [set] = await list<ReplicaSet>('apps/v1', 'ReplicaSet', 'app=kept')
    await deleted(target, 'Orphan')
    await cluster.client.create(deployment('kept', { replicas: 1 }))
    await once<Deployment>(target, isDone)
    assert.deepEqual(
      (await list('apps/v1', 'ReplicaSet', 'app=kept')).map(s => s.metadata.uid),
      [set?.metadata.uid],
    )

    const [pod] = await list<Pod>('v1', 'Pod', 'app=kept')
    const podRef = ref('v1', 'Pod', pod?.metadata.name ?? '')
    await cluster.client.patch(podRef, { type: 'merge', body: { metadata: { labels: { app: 'aside' } } } })
    const aside = await once<Pod>(podRef, p => !p.metadata.ownerReferences?.length)
    assert.equal(aside.metadata.deletionTimestamp, undefined)
    await once<ReplicaSet>(ref('apps/v1', 'ReplicaSet', set?.metadata.name ?? ''), s => s.status?.readyReplicas === 1)
    assert.equal((await list('v1', 'Pod', 'app=kept')).length, 1)
  })

  test('that never become ready run out of time', async () => {
    const pod = template('stuck', { 'sluice.dev/simulate': 'never-ready' })
    await cluster.client.create(deployment('stuck', { progressDeadlineSeconds: 30 }, pod))
    const target = ref('apps/v1', 'Deployment', 'stuck')
    const late = await once<Deployment>(target, d => condition(d, 'Progressing')?.status === 'False', 120_000)
    assert.equal(condition(late, 'Progressing')?.reason, 'ProgressDeadlineExceeded')
    assert.equal(condition(late, 'Available')?.reason, 'MinimumReplicasUnavailable')
    assert.equal(late.status?.unavailableReplicas, 2)
    const events = await cluster.client.list({ apiVersion: 'v1', kind: 'Event', namespace: 'default' })
    const told = new Set(events.map(({ reason, involvedObject }) => `${Object(involvedObject).kind} ${reason}`))
    assert.ok(told.has('Deployment ScalingReplicaSet') && told.has('Pod Unhealthy'))
  })

  test('show why their pods do not run', async () => {
    for (const [fate, reason] of [
      ['crash-loop', 'CrashLoopBackOff'],
      ['image-pull-error', 'ImagePullBackOff'],
    ] as const) {
      await cluster.client.create(deployment(fate, { replicas: 1 }, template(fate, { 'sluice.dev/simulate': fate })))
      await once<Deployment>(ref('apps/v1', 'Deployment', fate), d => (d.status?.replicas ?? 0) > 0)
      const [pod] = await list<Pod>('v1', 'Pod', `app=${fate}`)
      const shown = await once<Pod>(
        ref('v1', 'Pod', pod?.metadata.name ?? ''),
        p => p.status?.containerStatuses?.[0]?.state.waiting?.reason === reason,
      )
      assert.equal(shown.status?.containerStatuses?.[0]?.ready, false)
    }
  })

  test('wait for a pod as long as its annotation says', async () => {
    const pod = template('slow', { 'sluice.dev/simulate-delay': '5s' })
    await cluster.client.create(deployment('slow', { replicas: 1 }, pod))
    const began = clock.now()
    await once<Deployment>(ref('apps/v1', 'Deployment', 'slow'), isDone)
    assert.ok(clock.now() - began >= 5000)
  })
})

describe('stateful sets', () => {
  test('bring up numbered pods in order, with claims that are bound', async () => {
    const set: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace: 'default' },
      spec: {
        replicas: 2,
        serviceName: 'db',
        selector: { matchLabels: { app: 'db' } },
        template: template('db'),
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    }
    await cluster.client.create(set)
    const done = await once<StatefulSet>(ref('apps/v1', 'StatefulSet', 'db'), s => s.status?.readyReplicas === 2)
    assert.equal(done.status?.currentRevision, done.status?.updateRevision)
    const pods = await list<Pod>('v1', 'Pod', 'app=db')
    assert.deepEqual(pods.map(p => p.metadata.name).sort(), ['db-0', 'db-1'])
    const claim = await cluster.client.get(ref('v1', 'PersistentVolumeClaim', 'data-db-1'))
    assert.equal((claim?.status as { phase?: string } | undefined)?.phase, 'Bound')
  })
})

describe('jobs', () => {
  const job = (name: string, annotations: Record<string, string>, more: object = {}): KubeObject => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'default' },
    spec: {
      ...more,
      template: {
        metadata: { annotations },
        spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] },
      },
    },
  })
  const ended = (type: string) => (j: Job) =>
    j.status?.conditions?.some(c => c.type === type && c.status === 'True') ?? false

  test('complete', async () => {
    await cluster.client.create(job('good', {}, { completions: 2, parallelism: 2 }))
    const done = await once<Job>(ref('batch/v1', 'Job', 'good'), ended('Complete'))
    assert.equal(done.status?.succeeded, 2)
    assert.ok(done.status?.completionTime)
  })

  test('fail when their pods do, as often as they may', async () => {
    await cluster.client.create(job('bad', { 'sluice.dev/simulate': 'fail' }, { backoffLimit: 1 }))
    const done = await once<Job>(ref('batch/v1', 'Job', 'bad'), ended('Failed'))
    assert.equal(done.status?.failed, 2)
    assert.equal(done.status?.conditions?.find(c => c.type === 'Failed')?.reason, 'BackoffLimitExceeded')
  })

  test('fail when their time is over, and have all of it', async () => {
    clock.advance(900)
    const begun = clock.now()
    const waiting = { completions: 1, parallelism: 0, activeDeadlineSeconds: 5 }
    await cluster.client.create(job('late', {}, waiting))
    const done = await once<Job>(ref('batch/v1', 'Job', 'late'), ended('Failed'))
    assert.equal(done.status?.conditions?.find(c => c.type === 'Failed')?.reason, 'DeadlineExceeded')
    assert.ok(clock.now() - begun >= 5000)
  })

  test('are made on schedule', async () => {
    const { spec } = job('x', {})
    await cluster.client.create({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'tick', namespace: 'default' },
      spec: { schedule: '*/5 * * * *', jobTemplate: { metadata: { labels: { made: 'tick' } }, spec } },
    })
    await once(ref('batch/v1', 'CronJob', 'tick'), c => Object.hasOwn(Object(c.status), 'lastSuccessfulTime'), 900_000)
    const [made] = await list<Job>('batch/v1', 'Job', 'made=tick')
    assert.match(made?.metadata.name ?? '', /^tick-\d+$/)
  })
})

describe('services', () => {
  test('reach the ready pods by the names of their ports', async () => {
    const spec = { selector: { app: 'served' }, ports: [{ port: 80, targetPort: 'web' }] }
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'served', namespace: 'default' },
      spec,
    })
    await cluster.client.create(deployment('served'))
    interface Endpoints extends KubeObject {
      subsets?: { addresses?: { ip: string }[]; ports?: { port: number }[] }[]
    }
    const found = await once<Endpoints>(ref('v1', 'Endpoints', 'served'), e => e.subsets?.[0]?.addresses?.length === 2)
    assert.equal(found.subsets?.[0]?.ports?.[0]?.port, 80)
    const [slice] = await list('discovery.k8s.io/v1', 'EndpointSlice', 'kubernetes.io/service-name=served')
    assert.ok(slice)
  })
})

describe('pods whose node is gone', () => {
  test('go when their grace is over, so that nothing waits for them for ever', async () => {
    await cluster.client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'passing' } })
    const spec = { nodeName: 'passing', containers: [{ name: 'c', image: 'nginx' }] }
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'left', namespace: 'default' },
      spec,
    })
    await once<Pod>(ref('v1', 'Pod', 'left'), p => p.status?.phase === 'Running')
    await cluster.client.delete({ apiVersion: 'v1', kind: 'Node', name: 'passing' })
    await deleted(ref('v1', 'Pod', 'left'))
  })
})

describe('the scheduler', () => {
  test('says why a pod has to wait', async () => {
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'picky', namespace: 'default' },
      spec: { nodeSelector: { disk: 'gold' }, containers: [{ name: 'c', image: 'nginx' }] },
    }
    await cluster.client.create(pod)
    const waiting = await once<Pod>(
      ref('v1', 'Pod', 'picky'),
      p => p.status?.conditions?.[0]?.reason === 'Unschedulable',
    )
    assert.match(waiting.status?.conditions?.[0]?.message ?? '', /^0\/1 nodes are available: 1 node\(s\) didn't match/)
    const labels = { disk: 'gold' }
    await cluster.client.patch(
      { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
      { type: 'merge', body: { metadata: { labels } } },
    )
    await once<Pod>(ref('v1', 'Pod', 'picky'), p => p.status?.phase === 'Running')
  })
})
