import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { KubeObject, ObjectRef } from '@sluice/api'
import { type DevCluster, startDevCluster } from '../index.ts'
import type { Pod, PodSpec } from '../workloads/kinds.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'node-'))
const program = fileURLToPath(new URL('./testing/pod-program.ts', import.meta.url))
let cluster: DevCluster
const errors: string[] = []

before(async () => {
  const onError = (what: string, error: unknown) =>
    errors.push(`${what}: ${error instanceof Error ? error.message : error}`)
  cluster = await startDevCluster({ dataDir, programArgs: [program], onError })
})

after(async () => {
  await cluster.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const podRef = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name })

function create(name: string, spec: Partial<PodSpec> & Pick<PodSpec, 'containers'>): Promise<KubeObject> {
  return cluster.client.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec })
}

/** The pod once it is as wanted; undefined stands for its end. */
function once(name: string, wanted: (pod: Pod | undefined) => boolean): Promise<Pod> {
  const { promise, resolve } = Promise.withResolvers<Pod>()
  const stop = cluster.client.watch({ apiVersion: 'v1', kind: 'Pod' }, ({ type, object }) => {
    if (object.metadata.name === name && wanted(type === 'DELETED' ? undefined : (object as Pod)))
      resolve(object as Pod)
  })
  return promise.finally(stop)
}

const isReady = (pod: Pod | undefined) => pod?.status?.conditions?.find(c => c.type === 'Ready')?.status === 'True'
const pidOf = (pod: Pod) => Number(pod.metadata.annotations?.['sluice.dev/pid'])

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function get(path: string): Promise<{ code: number; text: string }> {
  const part = (name: string) =>
    Buffer.from(new RegExp(`${name}: ([\\w+/=]+)`).exec(cluster.kubeconfig)?.[1] ?? '', 'base64')
  const options = { ca: cluster.caPem, cert: part('client-certificate-data'), key: part('client-key-data') }
  return new Promise((resolve, reject) => {
    request(new URL(path, cluster.url), options, response => {
      let text = ''
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk
      })
      response.on('end', () => resolve({ code: response.statusCode ?? 0, text }))
    })
      .on('error', reject)
      .end()
  })
}

const log = (name: string, query = '') => get(`/api/v1/namespaces/default/pods/${name}/log${query}`)

describe('pods of our own image', () => {
  const container = {
    name: 'main',
    image: 'sluice:1',
    args: ['agent', '--file=/config/greeting', '$(GREETING)'],
    env: [
      { name: 'GREETING', value: 'hello' },
      { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'keys', key: 'one' } } },
    ],
    volumeMounts: [{ name: 'config', mountPath: '/config' }],
    readinessProbe: { httpGet: { path: '/readyz', port: 8080 } },
  }

  test('run as processes under their account, with their variables and files, and are ready when they say so', async () => {
    const metadata = (name: string) => ({ name, namespace: 'default' })
    const volumes = [{ name: 'config', configMap: { name: 'texts' } }]
    await create('real', { containers: [container], volumes })
    // What the pod needs may come after it.
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata('texts'),
      data: { greeting: 'hi' },
    })
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('keys'),
      stringData: { one: '1' },
    })
    const pod = await once('real', isReady)
    assert.ok(isAlive(pidOf(pod)))
    const { code, text } = await log('real')
    assert.equal(code, 200)
    const [said, read] = text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.equal(said.sub, 'system:serviceaccount:default:default')
    assert.deepEqual([said.pod, said.namespace, said.greeting, said.secret], ['real', 'default', 'hello', '1'])
    assert.equal(said.args[2], 'hello')
    assert.equal(read.file, 'hi')
    assert.equal((await log('real', '?tailLines=1')).text.trim().split('\n').length, 1)
    assert.match((await log('real', '?timestamps=true')).text, /^\d{4}-\d\d-\d\dT\S+Z \{/)
  })

  test('are started again when they die, and keep the log of the run before', async () => {
    const before = await cluster.client.get(podRef('real'))
    process.kill(pidOf(before as Pod), 'SIGKILL')
    const pod = await once('real', p => p?.status?.containerStatuses?.[0]?.restartCount === 1 && isReady(p))
    assert.equal(pod.status?.containerStatuses?.[0]?.lastState.terminated?.exitCode, 137)
    assert.notEqual(pidOf(pod), pidOf(before as Pod))
    assert.match((await log('real', '?previous=true')).text, /"greeting":"hello"/)
  })

  test('end with grace when they are deleted', async () => {
    const pid = pidOf((await cluster.client.get(podRef('real'))) as Pod)
    await cluster.client.delete(podRef('real'))
    await once('real', pod => pod === undefined)
    assert.equal(isAlive(pid), false)
  })

  test('may run to completion', async () => {
    const containers = [{ name: 'main', image: 'sluice', args: ['--exit=0'] }]
    await create('done', { restartPolicy: 'Never', containers })
    await once('done', pod => pod?.status?.phase === 'Succeeded')
    await create('bad', { restartPolicy: 'Never', containers: [{ name: 'main', image: 'sluice', args: ['--exit=3'] }] })
    const bad = await once('bad', pod => pod?.status?.phase === 'Failed')
    assert.equal(bad.status?.containerStatuses?.[0]?.state.terminated?.exitCode, 3)
  })
})

describe('logs', () => {
  test('that cannot be given are refused as the API server does', async () => {
    const containers = [
      { name: 'a', image: 'nginx' },
      { name: 'b', image: 'nginx' },
    ]
    await create('two', { containers })
    await once('two', isReady)
    const message = async (query: string) => JSON.parse((await log('two', query)).text).message
    assert.equal(await message(''), 'a container name must be specified for pod two, choose one of: [a b]')
    assert.equal(await message('?container=z'), 'container z is not valid for pod two')
    assert.equal(
      await message('?container=a&previous=true'),
      'previous terminated container "a" in pod "two" not found',
    )
    assert.deepEqual(await log('two', '?container=a'), { code: 200, text: '' })
  })
})

test('a dev cluster that comes back starts its pods again', async () => {
  await create('lasting', { containers: [{ name: 'main', image: 'sluice' }] })
  const first = pidOf(await once('lasting', isReady))
  await cluster.close()
  assert.equal(isAlive(first), false)
  cluster = await startDevCluster({ dataDir, programArgs: [program] })
  const pod = await once('lasting', p => p?.status?.containerStatuses?.[0]?.restartCount === 1 && isReady(p))
  assert.ok(isAlive(pidOf(pod)))
})
