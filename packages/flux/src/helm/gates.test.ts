import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { HelmRelease } from '@sluice/api'
import type { Waiter, WaitOptions } from '@sluice/release'
import { eventually } from '../kustomize/testing/a-cluster.ts'
import { unmetRelease } from './dependencies.ts'
import { WaitInterrupt } from './interruptible-waits.ts'
import { type ReleaseDefaults, withDefaults } from './release-defaults.ts'
import { releasedChart } from './released-chart.ts'
import { configMap, HelmCluster } from './testing/a-cluster.ts'
import { aRelease } from './testing/a-release.ts'

type Spec = Partial<HelmRelease['spec']>

const never =
  'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: never\nspec:\n  storageClassName: none\n' +
  '  accessModes: [ReadWriteOnce]\n  resources:\n    requests:\n      storage: 1Gi\n'

describe('defaults by feature gate', () => {
  const helm3: Spec = {
    postRenderStrategy: 'nohooks',
    waitStrategy: { name: 'legacy' },
    install: { serverSideApply: false },
  }
  const retry = { strategy: { name: 'RetryOnFailure' } } as const
  const chosen: Spec = {
    postRenderStrategy: 'separate',
    waitStrategy: { name: 'poller' },
    install: { serverSideApply: true, strategy: { name: 'RemediateOnFailure' } },
    upgrade: { strategy: { name: 'RemediateOnFailure' } },
    driftDetection: { mode: 'disabled' },
  }
  const all: ReleaseDefaults = { likeHelm3: true, retryOnFailure: true, driftMode: 'enabled' }
  const cases: [name: string, defaults: ReleaseDefaults, given: Spec, wanted: Spec][] = [
    ['none', {}, {}, {}],
    ['of Helm 3', { likeHelm3: true }, {}, helm3],
    [
      'to retry',
      { retryOnFailure: true },
      { upgrade: { force: true } },
      { install: retry, upgrade: { force: true, ...retry } },
    ],
    ['drift is only told of', { driftMode: 'warn' }, {}, { driftDetection: { mode: 'warn' } }],
    ['what is said counts', all, chosen, chosen],
  ]
  for (const [name, defaults, given, wanted] of cases) {
    test(name, () => assert.deepEqual(withDefaults(aRelease(given), defaults), aRelease(wanted)))
  }
})

describe('an expression about a dependency', () => {
  const ready = [{ type: 'Ready', status: 'True', reason: 'x', message: '', lastTransitionTime: '' }] as const
  const depending = aRelease({ dependsOn: [{ name: 'db', readyExpr: 'dep.metadata.name == "db"' }] })
  const unready = aRelease({}, { conditions: [] }, { name: 'db' })
  const isReady = aRelease({}, { conditions: [...ready] }, { name: 'db' })
  const cases: [name: string, dependency: HelmRelease, isAdditive: boolean, message: string | undefined][] = [
    ['replaces the built-in check', unready, false, undefined],
    ['adds to the built-in check where the gate says so', unready, true, "dependency 'apps/db' is not ready"],
    ['is met with it', isReady, true, undefined],
    [
      'is asked first',
      { ...unready, metadata: { ...unready.metadata, name: 'other' } },
      true,
      "dependency 'apps/db' is not ready according to readyExpr eval",
    ],
  ]
  for (const [name, dependency, isAdditive, message] of cases) {
    test(name, () => assert.equal(unmetRelease(depending, () => dependency, isAdditive)?.message, message))
  }
})

test('a chart of a registry is told by its digest, or keeps its version', () => {
  const object = aRelease({ chartRef: { kind: 'OCIRepository', name: 'app' } })
  const digest = `sha256:${'a'.repeat(64)}`
  const artifact = { revision: `1.0.0@${digest}`, path: '', url: '', digest: '', lastUpdateTime: '' }
  const chart = { metadata: { name: 'app', version: '1.0.0' } } as Parameters<typeof releasedChart>[2]
  const versionOf = (keeps: boolean) => releasedChart(object, artifact, chart, keeps).chart.metadata.version
  assert.equal(versionOf(false), '1.0.0+aaaaaaaaaaaa')
  assert.equal(versionOf(true), '1.0.0')
  assert.equal(releasedChart(object, artifact, chart, true).ociDigest, digest)
})

test('news end waits for health, and no others', async () => {
  const signals: Record<string, AbortSignal | undefined> = {}
  const note =
    (what: string) =>
    async (_: unknown, { signal }: WaitOptions) => {
      signals[what] = signal
    }
  const waiter: Waiter = { ready: note('ready'), gone: note('gone'), hookEnded: note('hook') }
  const interrupt = new WaitInterrupt()
  const over = interrupt.over(waiter)
  const { signal } = new AbortController()
  await over.ready([], { strategy: 'watcher', jobs: true, timeoutMs: 1, signal })
  await over.gone([], { timeoutMs: 1, signal })
  await over.hookEnded([], { strategy: 'watcher', timeoutMs: 1, signal })
  interrupt.by('HelmRelease/apps/app')
  interrupt.by('HelmChart/apps/app')
  assert.deepEqual([signals.ready?.aborted, signals.gone, signals.hook], [true, signal, signal])
  assert.equal(interrupt.trigger, 'HelmRelease/apps/app')
})

/** All gates on that can be on together. */
describe('releases under feature gates', { timeout: 120_000 }, () => {
  let cluster: HelmCluster
  before(async () => {
    cluster = await HelmCluster.start({
      defaults: { likeHelm3: true, retryOnFailure: true },
      interruptsWaits: true,
      watchesConfigs: false,
      overridden: ['theirs'],
      digestAlgorithm: 'sha512',
      resolveHost: async name => (name === 'db.example.com' ? '192.0.2.1' : ''),
    })
    await cluster.charts.publish('plain', '1.0.0', { 'templates/a.yaml': configMap('a') })
    await cluster.charts.publish('asking', '1.0.0', {
      'templates/a.yaml': configMap('a', '{{ getHostByName "db.example.com" }}'),
    })
    await cluster.charts.publish('slow', '1.0.0', {
      'templates/a.yaml': configMap('a'),
      'templates/p.yaml': `{{ if .Values.slow }}\n${never}{{ end }}\n`,
    })
  })
  after(() => cluster.close())

  test('are applied by the client, digested as asked for, and see hosts', async () => {
    await cluster.namespace('like3')
    await cluster.release('like3', 'asking')
    const { status } = await cluster.ready('like3', /^True InstallSucceeded/)
    const [record] = await cluster.records('like3')
    assert.equal(record?.apply_method, 'csa')
    assert.equal((await cluster.data('like3', 'a'))?.v, '192.0.2.1')
    assert.match(status?.history?.[0]?.digest ?? '', /^sha512:[0-9a-f]{128}$/)
    assert.match(status?.history?.[0]?.configDigest ?? '', /^sha512:/)
    assert.match(status?.lastAttemptedConfigDigest ?? '', /^sha512:/)
    await cluster.request('like3')
    assert.deepEqual(await cluster.statuses('like3'), ['1 deployed'])
  })

  test('need not wait for what is being put right', async () => {
    await cluster.namespace('stuck')
    await cluster.release('stuck', 'slow', { timeout: '10m', values: { slow: true } })
    await eventually(async () => assert.deepEqual(await cluster.statuses('stuck'), ['1 pending-install']))
    await cluster.release('stuck', 'slow', { timeout: '10m', values: { slow: false } })
    await cluster.ready('stuck', /^True UpgradeSucceeded/)
    const trigger = 'HelmRelease/stuck/app'
    await eventually(async () => {
      const told = `HealthCheckCanceled: Health checks canceled due to new reconciliation triggered by ${trigger}`
      assert.ok((await cluster.events('stuck')).includes(told))
    })
  })

  test('are tried again when they fail', async () => {
    await cluster.namespace('again')
    await cluster.release('again', 'slow', { timeout: '1s', values: { slow: true } })
    const { status } = await cluster.ready('again', /^False InstallFailed/)
    const reconciling = status?.conditions?.find(({ type }) => type === 'Reconciling')
    assert.equal(reconciling?.message, 'retrying after 5m0s')
  })

  test('take fields back from managers that may not keep any', async () => {
    await cluster.namespace('fields')
    await cluster.release('fields', 'plain', {
      driftDetection: { mode: 'enabled' },
      install: { serverSideApply: true },
    })
    await cluster.ready('fields', /^True/)
    const theirs = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace: 'fields' },
      data: { x: '1' },
    }
    await cluster.client.apply(theirs, { fieldManager: 'others' })
    await cluster.client.apply({ ...theirs, data: { y: '1' } }, { fieldManager: 'theirs' })
    await eventually(async () => assert.deepEqual(Object.keys((await cluster.data('fields', 'a')) ?? {}), ['v', 'x']))
  })

  test('hear of ConfigMaps with the next pass', async () => {
    await cluster.namespace('configs')
    const metadata = { name: 'values', namespace: 'configs', labels: { 'reconcile.fluxcd.io/watch': 'Enabled' } }
    const given = (a: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'values.yaml': `a: ${a}` } })
    await cluster.client.apply(given('one'), { fieldManager: 'test' })
    await cluster.release('configs', 'plain', { valuesFrom: [{ kind: 'ConfigMap', name: 'values' }] })
    await cluster.ready('configs', /^True InstallSucceeded/)
    await cluster.client.apply(given('two'), { fieldManager: 'test' })
    await cluster.release('configs', 'plain', { releaseName: 'later' }, 'later')
    await cluster.ready('configs', /^True/, 'later')
    assert.deepEqual(await cluster.statuses('configs'), ['1 deployed'])
    await cluster.request('configs')
    await cluster.ready('configs', /^True UpgradeSucceeded/)
  })
})
