/** What all actions promise their caller: slots, records, log lines, the end of it all. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { configMapStorage } from '../record/object-storage.ts'
import { type ReleaseCluster, startReleaseCluster } from '../testing/release-cluster.ts'
import type { Slot } from './action-options.ts'
import { install } from './install.ts'
import { ReleaseError } from './release-error.ts'
import { uninstall } from './uninstall.ts'
import { unlock } from './unlock.ts'
import { upgrade } from './upgrade.ts'

let cluster: ReleaseCluster
before(async () => {
  cluster = await startReleaseCluster()
})
after(() => cluster.close())

const conf = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-conf\n'
const claim =
  'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Gi}}\n'
const hook =
  'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-hook\n  annotations:\n    helm.sh/hook: pre-install,pre-upgrade\n'
const job =
  'apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {{ .Release.Name }}-job\n  annotations:\n    helm.sh/hook: pre-install\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{name: c, image: i}]\n'

/** Room for one job at a time. */
function oneSlot(): Slot {
  let last: Promise<unknown> = Promise.resolve()
  return job => {
    const next = last.then(job, job)
    last = next.catch(() => {})
    return next
  }
}

describe('slots', () => {
  test('a release that waits for health, and one that waits for a hook, hold none', async () => {
    const slot = oneSlot()
    const stop = new AbortController()
    const waits = { slot, signal: stop.signal, strategy: 'watcher', values: {} } as const
    const unhealthy = install({
      ...cluster.options('ill'),
      ...waits,
      chart: await cluster.chart('c', { 'templates/p.yaml': claim }),
    })
    const hooked = install({
      ...cluster.options('hooked'),
      ...waits,
      chart: await cluster.chart('c', { 'templates/j.yaml': job }),
    })
    const outcomes = Promise.allSettled([unhealthy, hooked])
    const chart = await cluster.chart('c', { 'templates/c.yaml': conf })
    for (const name of ['one', 'two'])
      await install({ ...cluster.options(name), slot, chart, values: {}, strategy: 'watcher' })
    stop.abort()
    assert.deepEqual(
      (await outcomes).map(({ status }) => status),
      ['rejected', 'rejected'],
    )
  })
})

describe('an action that is given up', () => {
  test('says so in its record, and may be repeated', async () => {
    const stop = new AbortController()
    const chart = await cluster.chart('c', { 'templates/p.yaml': claim })
    const options = {
      ...cluster.options('given'),
      chart,
      values: {},
      strategy: 'watcher',
      signal: stop.signal,
    } as const
    const going = install({ ...options, onRecord: () => setImmediate(() => stop.abort()) })
    await assert.rejects(going, { message: 'context canceled' })
    const [record] = await options.storage.history('given')
    assert.equal(record?.info.status, 'failed')
    assert.equal(record?.info.description, 'Release "given" failed: context canceled')
  })

  test('a deadline has words of its own', async () => {
    const chart = await cluster.chart('c', { 'templates/p.yaml': claim })
    const options = { ...cluster.options('late'), chart, values: {}, strategy: 'watcher' } as const
    const stop = new AbortController()
    const onRecord = () => stop.abort(new DOMException('too late', 'TimeoutError'))
    await assert.rejects(install({ ...options, signal: stop.signal, onRecord }), {
      message: 'context deadline exceeded',
    })
  })
})

describe('records', () => {
  test('are told as they are written, each as it was then', async () => {
    const told: string[] = []
    const chart = await cluster.chart('c', { 'templates/c.yaml': conf, 'templates/h.yaml': hook })
    const options = {
      ...cluster.options('told'),
      chart,
      values: {},
      onRecord: (record: { version: number; info: { status?: string }; hooks: { last_run: { phase: string } }[] }) =>
        told.push(`${record.version} ${record.info.status} ${record.hooks[0]?.last_run.phase}`),
    }
    const kept: unknown[] = []
    await install({
      ...options,
      onRecord: record => {
        options.onRecord(record)
        kept.push(record.info.status, record)
      },
    })
    await upgrade(options)
    assert.deepEqual(told, [
      '1 pending-install ',
      '1 pending-install Running',
      '1 deployed Succeeded',
      '2 pending-upgrade ',
      '2 pending-upgrade Running',
      '1 superseded Succeeded',
      '2 deployed Succeeded',
    ])
    assert.equal(kept[0], 'pending-install')
    assert.equal(Object(kept[1]).info.status, 'pending-install')
  })

  test('a failure holds the record that was written, or none', async () => {
    const chart = await cluster.chart('c', { 'templates/c.yaml': conf })
    const fail = await cluster.chart('c', { 'templates/c.yaml': '{{ fail "no" }}' })
    const stray = await cluster.chart('c', { 'templates/c.yaml': `${conf}spec: {}\n` })
    const failureOf = (action: Promise<unknown>) =>
      action.then(
        () => assert.fail('it went well'),
        (error: unknown) => {
          assert.ok(error instanceof ReleaseError)
          return [error.failure, error.record?.version, error.record?.info.status]
        },
      )
    const options = { ...cluster.options('holds'), chart, values: {} }
    assert.deepEqual(await failureOf(install({ ...options, chart: fail })), ['render', undefined, undefined])
    assert.deepEqual(await failureOf(upgrade(options)), ['no-deployed-release', undefined, undefined])
    await install(options)
    assert.deepEqual(await failureOf(upgrade({ ...options, chart: stray })), ['apply', 2, 'failed'])
    assert.deepEqual(await failureOf(install(options)), ['name-in-use', undefined, undefined])
  })

  test('in ConfigMaps are read and written by helm as well', async () => {
    const { client } = cluster
    const storage = configMapStorage({ client, namespace: 'default', manager: 'Helm' })
    const chart = await cluster.chart('c', { 'templates/c.yaml': conf })
    const options = { ...cluster.options('maps'), storage, chart, values: {} }
    await install(options)
    process.env.HELM_DRIVER = 'configmap'
    try {
      assert.match((await cluster.helm('status', 'maps')).out, /STATUS: deployed/)
      const folder = await cluster.chartFolder('c', { 'templates/c.yaml': conf })
      assert.equal((await cluster.helm('upgrade', 'maps', folder)).code, 0)
    } finally {
      delete process.env.HELM_DRIVER
    }
    await upgrade(options)
    assert.deepEqual(
      (await storage.history('maps')).map(({ info }) => info.status),
      ['superseded', 'superseded', 'deployed'],
    )
    await uninstall(options)
    assert.deepEqual(await storage.history('maps'), [])
  })

  test('that cannot be read are passed over, and said when there is nothing else', async () => {
    const chart = await cluster.chart('c', { 'templates/c.yaml': conf })
    const options = { ...cluster.options('damaged'), chart, values: {} }
    await install(options)
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'sh.helm.release.v1.damaged.v1' }
    await cluster.client.patch(ref, { data: { release: 'bm9uc2Vuc2U=' } })
    assert.deepEqual(await options.storage.history('damaged'), [])
    await assert.rejects(upgrade(options), { message: 'no revision for release "damaged"' })
    await assert.rejects(install(options), { message: 'release: already exists' })
  })

  test('of an action that broke off are freed', async () => {
    const chart = await cluster.chart('c', { 'templates/c.yaml': conf })
    const options = { ...cluster.options('locked'), chart, values: {} }
    const record = await install(options)
    for (const status of ['pending-upgrade', 'uninstalling'] as const) {
      record.info.status = status
      await options.storage.update(record)
      const freed = await unlock(options)
      assert.equal(freed.info.status, 'failed')
      assert.equal(freed.info.description, `Release unlocked from stale '${status}' state`)
    }
    await upgrade(options)
    assert.equal((await unlock(options)).info.status, 'deployed')
  })
})

describe('two at once', () => {
  const fates = async (actions: Promise<unknown>[]) =>
    (await Promise.allSettled(actions)).map(({ status }) => status).sort()

  test('installations: one release', async () => {
    const chart = await cluster.chart('c', { 'templates/c.yaml': conf })
    const options = { ...cluster.options('twice'), chart, values: {} }
    assert.deepEqual(await fates([install(options), install(options)]), ['fulfilled', 'rejected'])
    assert.deepEqual(
      (await options.storage.history('twice')).map(({ info }) => info.status),
      ['deployed'],
    )
  })

  test('upgrades: one revision', async () => {
    const chart = await cluster.chart('c', { 'templates/c.yaml': conf })
    const options = { ...cluster.options('again'), chart, values: {} }
    await install(options)
    assert.deepEqual(await fates([upgrade(options), upgrade(options), upgrade(options)]), [
      'fulfilled',
      'rejected',
      'rejected',
    ])
    assert.deepEqual(
      (await options.storage.history('again')).map(({ info }) => info.status),
      ['superseded', 'deployed'],
    )
  })
})

test('log lines are those of Helm', async () => {
  const lines: string[] = []
  const bad = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: bad\nspec:\n  ports: [{port: 0}]\n'
  const chart = await cluster.chart('c', { 'templates/c.yaml': conf, 'templates/s.yaml': bad })
  const options = {
    ...cluster.options('logs'),
    chart,
    values: {},
    takeOwnership: true,
    log: (line: string) => lines.push(line),
  }
  await assert.rejects(install(options))
  assert.deepEqual(lines, [
    'creating resource(s): {"resources":2}',
    'using server-side apply for resource creation: {"dryRun":false,"fieldValidationDirective":"Strict","forceConflicts":false}',
    'Created resource via patch: {"gvk":"/v1, Kind=ConfigMap","name":"logs-conf","namespace":"default"}',
    'Error creating resource via patch: {"error":{},"gvk":"/v1, Kind=Service","name":"bad","namespace":"default"}',
  ])
})

test('log lines of an upgrade that fails, and of the uninstallation', async () => {
  const lines: string[] = []
  const service =
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  ports: [{port: {{ .Values.port }}}]\n'
  const deleted = hook.replace('pre-install,pre-upgrade', 'pre-delete')
  const chart = await cluster.chart('c', { 'templates/s.yaml': service, 'templates/h.yaml': deleted })
  const options = { ...cluster.options('worded'), chart, takeOwnership: true, forceConflicts: true }
  await install({ ...options, values: { port: 80 } })
  const log = (line: string) => lines.push(line)
  await assert.rejects(upgrade({ ...options, values: { port: 0 }, log }))
  const ssa = '"dryRun":false,"fieldValidationDirective":"Strict","forceConflicts":true'
  assert.deepEqual(lines.splice(0), [
    'preparing upgrade: {"name":"worded"}',
    "resetting values to the chart's original version: {}",
    'determined release apply method: {"previous_release_apply_method":"ssa","server_side_apply":true}',
    'performing update: {"name":"worded"}',
    'creating upgraded release: {"name":"worded"}',
    `using server-side apply for resource creation: {${ssa}}`,
    `using server-side apply for resource update: {${ssa},"upgradeClientSideFieldManager":false}`,
    'checking resources for changes: {"resources":1}',
    'Error patching resource: {"error":{},"gvk":"/v1, Kind=Service","name":"worded","namespace":"default"}',
    'warning: upgrade failed: {"error":{},"name":"worded"}',
  ])
  await uninstall({ ...options, log })
  const missing =
    '{"ErrStatus":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",' +
    '"message":"configmaps \\"worded-hook\\" not found","reason":"NotFound",' +
    '"details":{"name":"worded-hook","kind":"configmaps"},"code":404}}'
  assert.deepEqual(lines, [
    'uninstall: deleting release: {"name":"worded"}',
    'starting delete resource: {"kind":"ConfigMap","name":"worded-hook","namespace":"default"}',
    `ignoring delete failure: {"error":${missing},"kind":"ConfigMap","name":"worded-hook","namespace":"default"}`,
    'creating resource(s): {"resources":1}',
    `using server-side apply for resource creation: {${ssa.replace('true', 'false')}}`,
    'Created resource via patch: {"gvk":"/v1, Kind=ConfigMap","name":"worded-hook","namespace":"default"}',
    'starting delete resource: {"kind":"Service","name":"worded","namespace":"default"}',
    'purge requested: {"release":"worded"}',
  ])
})

test('an action costs what it must: a record, an object each, and the record again', async () => {
  const chart = await cluster.chart('c', { 'templates/c.yaml': `${conf}---\n${conf.replace('-conf', '-more')}` })
  const options = {
    ...cluster.options('cost'),
    chart,
    values: {},
    takeOwnership: true,
    forceConflicts: true,
    strategy: 'watcher',
  } as const
  await install({ ...cluster.options('warm'), chart, values: {} })
  const requests: string[] = []
  const off = cluster.client.transport.onAnswer(method => requests.push(method))
  await install({ ...options, history: [] })
  assert.deepEqual(requests.splice(0), ['POST', 'PATCH', 'PATCH', 'PUT'])
  await upgrade(options)
  assert.deepEqual(requests.splice(0), ['GET', 'POST', 'PATCH', 'PATCH', 'PUT', 'PUT'])
  await uninstall(options)
  assert.deepEqual(requests.splice(0), ['GET', 'PUT', 'DELETE', 'DELETE', 'DELETE', 'DELETE'])
  off()
})

test('a namespace is made as helm makes it, and one that exists is fine', async () => {
  const chart = await cluster.chart('c', { 'templates/c.yaml': conf })
  const folder = await cluster.chartFolder('c', { 'templates/c.yaml': conf })
  const namespaceOf = async (name: string) => {
    const { metadata } = await cluster.client.get({ apiVersion: 'v1', kind: 'Namespace', name })
    const fields = metadata.managedFields?.map(({ manager, operation, fieldsV1 }) => ({ manager, operation, fieldsV1 }))
    return { labels: { ...metadata.labels, 'kubernetes.io/metadata.name': '', name: '' }, fields }
  }
  const theirs = await cluster.helm('install', 'r', folder, '-n', 'made-by-helm', '--create-namespace')
  assert.equal(theirs.code, 0, theirs.err)
  for (const name of ['r', 's']) {
    await install({ ...cluster.options(name, 'made-by-us'), chart, values: {}, createNamespace: true })
  }
  assert.deepEqual(await namespaceOf('made-by-us'), await namespaceOf('made-by-helm'))
  const options = { ...cluster.options('t', 'made-by-us'), chart, values: {}, createNamespace: true }
  await install({ ...options, serverSideApply: false })
})
