import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { HelmRelease } from '@sluice/api'
import { eventually } from '../kustomize/testing/a-cluster.ts'
import { configMap, HelmCluster } from './testing/a-cluster.ts'

const service = (port: number) =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: svc\nspec:\n  ports:\n  - port: ${port}\n`
const never =
  'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: never\nspec:\n  storageClassName: none\n' +
  '  accessModes: [ReadWriteOnce]\n  resources:\n    requests:\n      storage: 1Gi\n'
const crd = (description: string) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.com
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Thing, plural: things, singular: thing }
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema: { type: object, description: ${description}, x-kubernetes-preserve-unknown-fields: true }
`
const thing = 'apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: one\nspec: {}\n'

/**
 * The controller against a real API server, a chart repository and the real helm; a behaviour a test, a namespace
 * each.
 */
describe('a HelmRelease', { timeout: 240_000 }, () => {
  let cluster: HelmCluster
  before(async () => {
    cluster = await HelmCluster.start({ noCrossNamespaceRefs: true })
    const { charts } = cluster
    await charts.publish('plain', '1.0.0', { 'templates/a.yaml': configMap('a') })
    await charts.publish('plain', '2.0.0', { 'templates/a.yaml': configMap('a'), 'templates/b.yaml': configMap('b') })
    await charts.publish('other', '1.0.0', { 'templates/a.yaml': configMap('a') })
    await charts.publish('service', '1.0.0', {
      'values.yaml': 'port: 80\n',
      'templates/a.yaml': configMap('a', '{{ .Values.port | quote }}'),
      'templates/s.yaml': service(0).replace('port: 0', 'port: {{ .Values.port }}'),
    })
    const slow = `{{ if .Values.slow }}\n${never}{{ end }}\n`
    await charts.publish('slow', '1.0.0', { 'templates/a.yaml': configMap('a'), 'templates/p.yaml': slow })
    const hook = (event: string) => `  annotations:\n    helm.sh/hook: ${event}\n`
    await charts.publish('tested', '1.0.0', {
      'templates/a.yaml': configMap('a'),
      'templates/t.yaml': configMap('check', '"1"', hook('test')),
    })
    await charts.publish('defining', '1.0.0', { 'crds/c.yaml': crd('one'), 'templates/t.yaml': thing })
    await charts.publish('defining', '2.0.0', { 'crds/c.yaml': crd('two'), 'templates/t.yaml': thing })
  })
  after(() => cluster.close())

  test('installs, upgrades, and takes everything along when deleted; the real helm reads along', async () => {
    await cluster.namespace('life')
    await cluster.release('life', 'plain', { values: { a: 'one' } })
    const installed = await cluster.ready('life', /^True InstallSucceeded: .* life\/app.v1 with chart plain@1.0.0$/)
    assert.equal((await cluster.data('life', 'a'))?.v, 'one')
    assert.deepEqual(installed.status?.inventory?.entries, [{ id: 'life_a__ConfigMap', v: 'v1' }])
    assert.equal(installed.status?.helmChart, 'life/life-app')
    await cluster.release('life', 'plain@2.0.0', { values: { a: 'two' } })
    const { status } = await cluster.ready('life', /^True UpgradeSucceeded: .* life\/app.v2 with chart plain@2.0.0$/)
    assert.deepEqual(
      status?.history?.map(h => `${h.version} ${h.status} ${h.action}`),
      ['2 deployed upgrade', '1 superseded undefined'],
    )
    assert.equal((await cluster.data('life', 'b'))?.v, 'two')
    const listed = JSON.parse(await cluster.helm('life', 'history', 'app', '-o', 'json')) as { status: string }[]
    assert.deepEqual(
      listed.map(each => each.status),
      ['superseded', 'deployed'],
    )
    await cluster.delete('life')
    assert.deepEqual(await cluster.statuses('life'), [])
    assert.equal(await cluster.find('life', 'a'), undefined)
    await eventually(async () => {
      assert.equal(await cluster.find('life', 'life-app', 'HelmChart', 'source.toolkit.fluxcd.io/v1'), undefined)
    })
  })

  test('in sync costs no request', async () => {
    await cluster.namespace('quiet')
    await cluster.release('quiet', 'plain', { driftDetection: { mode: 'enabled' } })
    await cluster.ready('quiet', /^True/)
    await cluster.request('quiet')
    const asked = async () => {
      const metrics = await cluster.client.transport.text({ method: 'GET', path: '/metrics' })
      return metrics
        .split('\n')
        .filter(line => /^apiserver_request_total\{.*resource="(secrets|configmaps)"/.test(line))
    }
    const before = await asked()
    await cluster.request('quiet')
    assert.deepEqual(await asked(), before)
  })

  test('that helm changed behind our back comes back under management', async () => {
    await cluster.namespace('both')
    await cluster.release('both', 'plain', { values: { a: 'ours' } })
    await cluster.ready('both', /^True/)
    await cluster.helm(
      'both',
      'upgrade',
      'app',
      `${cluster.charts.url}/other-1.0.0.tgz`,
      '--set',
      'a=theirs',
      '--force-conflicts',
    )
    assert.equal((await cluster.data('both', 'a'))?.v, 'theirs')
    await cluster.request('both')
    await cluster.ready('both', /^True UpgradeSucceeded: .* both\/app.v3 with chart plain@1.0.0$/)
    assert.equal((await cluster.data('both', 'a'))?.v, 'ours')
    await cluster.helm('both', 'rollback', 'app', '2', '--force-conflicts')
    await cluster.request('both')
    await cluster.ready('both', /^True UpgradeSucceeded: .* both\/app.v5 /)
    await cluster.helm('both', 'uninstall', 'app')
    await cluster.request('both')
    await cluster.ready('both', /^True InstallSucceeded: .* both\/app.v1 /)
  })

  test('adopts what helm installed', async () => {
    await cluster.namespace('adopt')
    await cluster.helm('adopt', 'install', 'app', `${cluster.charts.url}/plain-1.0.0.tgz`, '--set', 'a=theirs')
    await cluster.release('adopt', 'plain', { values: { a: 'ours' } })
    await cluster.ready('adopt', /^True UpgradeSucceeded: .* adopt\/app.v2 /)
    assert.equal((await cluster.data('adopt', 'a'))?.v, 'ours')
  })

  test('that fails stalls without retries, and a change of values helps', async () => {
    await cluster.namespace('fail')
    await cluster.release('fail', 'service', { values: { port: 0 } })
    const failed = await cluster.ready('fail', /^False InstallFailed: .*must be between 1 and 65535/)
    const stalled = () => failed.status?.conditions?.find(c => c.type === 'Stalled')?.message
    assert.equal(stalled(), 'Failed to install after 1 attempt(s)')
    await eventually(async () => {
      const event = (await cluster.events('fail')).find(e => e.startsWith('InstallFailed'))
      assert.match(event ?? '', /Last Helm logs:\n\n.*creating resource\(s\)/)
    })
    await cluster.release('fail', 'service', { values: { port: 80 } })
    const { status } = await cluster.ready('fail', /^True UpgradeSucceeded/)
    assert.equal(status?.failures, undefined)
  })

  test('is rolled back when an upgrade does not become ready', async () => {
    await cluster.namespace('back')
    const upgrade = { remediation: { remediateLastFailure: true } }
    await cluster.release('back', 'slow', { values: { a: 'good' }, upgrade })
    await cluster.ready('back', /^True/)
    await cluster.release('back', 'slow', { values: { a: 'bad', slow: true }, upgrade, timeout: '1s' })
    await cluster.ready('back', /^False RollbackSucceeded: .* previous release back\/app.v1 /)
    assert.equal((await cluster.data('back', 'a'))?.v, 'good')
    assert.deepEqual(await cluster.statuses('back'), ['1 superseded', '2 failed', '3 deployed'])
  })

  test('is uninstalled and installed again while retries are left', async () => {
    await cluster.namespace('again')
    const install = { remediation: { retries: 1, remediateLastFailure: true } }
    await cluster.release('again', 'slow', { values: { slow: true }, install, timeout: '1s' })
    const { status } = await eventually(async () => {
      const object = await cluster.client.get<HelmRelease>(cluster.ref('again'))
      assert.equal(object.status?.conditions?.[0]?.reason, 'RetriesExceeded')
      return object
    }, 30)
    assert.equal(status?.installFailures, 2)
    assert.deepEqual(await cluster.statuses('again'), [])
  })

  test('runs its tests', async () => {
    await cluster.namespace('tests')
    await cluster.release('tests', 'tested', { test: { enable: true } })
    const { status } = await cluster.ready('tests', /^True TestSucceeded: .*: 1 test hook completed successfully$/)
    assert.equal(status?.history?.[0]?.testHooks?.check?.phase, 'Succeeded')
  })

  test('heals drift at once, and forgives what is ignored', async () => {
    await cluster.namespace('drift')
    const ignore = [{ paths: ['/data/more'] }]
    await cluster.release('drift', 'plain', { values: { a: 'x' }, driftDetection: { mode: 'enabled', ignore } })
    await cluster.ready('drift', /^True/)
    await cluster.request('drift')
    const patch = (data: object) =>
      cluster.client.patch({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'drift', name: 'a' }, { data })
    const healed = () => eventually(async () => assert.equal((await cluster.data('drift', 'a'))?.v, 'x'))
    // Twice: what is put right is no longer owned in the same way.
    for (const v of ['by hand', 'once more']) {
      await patch({ v, more: 'mine' })
      await healed()
    }
    assert.equal((await cluster.data('drift', 'a'))?.more, 'mine')
    await cluster.client.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'drift', name: 'a' })
    await healed()
    assert.deepEqual(await cluster.statuses('drift'), ['1 deployed'])
    await eventually(async () => {
      const events = await cluster.events('drift')
      assert.ok(
        events.includes(
          'DriftCorrected: Cluster state of release drift/app.v1 has been corrected:\nConfigMap/drift/a configured',
        ),
      )
      assert.ok(events.some(e => e.endsWith('ConfigMap/drift/a removed')))
    })
  })

  test('tells of drift, and leaves it where it is only to be told', async () => {
    await cluster.namespace('warn')
    await cluster.release('warn', 'plain', { values: { a: 'x' }, driftDetection: { mode: 'warn' } })
    await cluster.ready('warn', /^True/)
    await cluster.client.patch(
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'warn', name: 'a' },
      { data: { v: 'y' } },
    )
    await eventually(async () => {
      const { status } = await cluster.client.get<HelmRelease>(cluster.ref('warn'))
      assert.equal(status?.conditions?.find(c => c.type === 'Drifted')?.status, 'True')
    })
    assert.equal((await cluster.data('warn', 'a'))?.v, 'y')
  })

  test('stays when it is deleted while suspended', async () => {
    await cluster.namespace('suspended')
    await cluster.release('suspended', 'plain')
    await cluster.ready('suspended', /^True/)
    await cluster.client.patch(cluster.ref('suspended'), { spec: { suspend: true } })
    await cluster.delete('suspended')
    assert.deepEqual(await cluster.statuses('suspended'), ['1 deployed'])
    assert.ok(await cluster.find('suspended', 'a'))
  })

  test('under another name, the former release goes first', async () => {
    await cluster.namespace('moved')
    await cluster.release('moved', 'plain')
    await cluster.ready('moved', /^True/)
    await cluster.release('moved', 'plain', { releaseName: 'new' })
    await cluster.ready('moved', /^True InstallSucceeded: .* moved\/new.v1 /)
    assert.deepEqual(
      [await cluster.statuses('moved', 'app'), await cluster.statuses('moved', 'new')],
      [[], ['1 deployed']],
    )
    assert.ok(await cluster.find('moved', 'a'))
  })

  test('makes definitions and leaves them as they are, unless it may replace them', async () => {
    await cluster.namespace('define')
    const described = async () => {
      const found = await cluster.find('', 'things.example.com', 'CustomResourceDefinition', 'apiextensions.k8s.io/v1')
      return /"description":"(\w+)"/.exec(JSON.stringify(found))?.[1]
    }
    await cluster.release('define', 'defining')
    await cluster.ready('define', /^True InstallSucceeded/)
    assert.equal(await described(), 'one')
    await cluster.release('define', 'defining@2.0.0')
    await cluster.ready('define', /^True UpgradeSucceeded/)
    assert.equal(await described(), 'one')
    await cluster.release('define', 'defining@2.0.0', { upgrade: { crds: 'CreateReplace' }, values: { more: 1 } })
    await cluster.ready('define', /^True UpgradeSucceeded: .*v3/)
    assert.equal(await described(), 'two')
    await cluster.delete('define')
    assert.equal(await described(), 'two')
  })

  test('may not use charts of other namespaces', async () => {
    await cluster.namespace('theirs')
    await cluster.namespace('mine')
    const sourceRef = { kind: 'HelmRepository', name: 'charts', namespace: 'theirs' } as const
    await cluster.release('mine', 'plain', {
      chart: { spec: { chart: 'plain', version: '1.0.0', reconcileStrategy: 'ChartVersion', sourceRef } },
    })
    await cluster.ready(
      'mine',
      /^False AccessDenied: cross-namespace references are not allowed: cannot access HelmChart theirs\/mine-app$/,
    )
  })

  test('is released as its service account, with no more rights than that has', async () => {
    await cluster.namespace('account')
    const rbac = 'rbac.authorization.k8s.io/v1'
    const role = (resources: string[]) =>
      cluster.client.apply(
        {
          apiVersion: rbac,
          kind: 'Role',
          metadata: { name: 'tenant', namespace: 'account' },
          rules: [{ apiGroups: [''], resources, verbs: ['*'] }],
        },
        { fieldManager: 'test', force: true },
      )
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'tenant', namespace: 'account' },
    })
    await cluster.client.create({
      apiVersion: rbac,
      kind: 'RoleBinding',
      metadata: { name: 'tenant', namespace: 'account' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'tenant' },
      subjects: [{ kind: 'ServiceAccount', name: 'tenant', namespace: 'account' }],
    })
    await role(['secrets'])
    const install = { remediation: { retries: -1 } }
    await cluster.release('account', 'plain', { serviceAccountName: 'tenant', install })
    await cluster.ready('account', /^(False InstallFailed|Unknown).*/)
    await eventually(async () => {
      const events = await cluster.events('account')
      assert.ok(
        events.some(e => /system:serviceaccount:account:tenant" cannot \w+ resource "configmaps"/.test(e)),
        events.join(),
      )
    })
    await role(['secrets', 'configmaps'])
    await cluster.ready('account', /^True/)
  })

  test('waits for what it depends on', async () => {
    await cluster.namespace('depends')
    await cluster.release('depends', 'plain', { dependsOn: [{ name: 'first' }] })
    await cluster.ready('depends', /^False DependencyNotReady: unable to get 'depends\/first' dependency/)
    await cluster.release('depends', 'service', { values: { port: 81 } }, 'first')
    await cluster.ready('depends', /^True/)
  })

  test('is forced, and its failures are forgotten, when asked to', async () => {
    await cluster.namespace('force')
    await cluster.release('force', 'plain')
    await cluster.ready('force', /^True/)
    await cluster.request('force', { forceAt: '' })
    assert.deepEqual(await cluster.statuses('force'), ['1 superseded', '2 deployed'])
    await cluster.release('force', 'service', { values: { port: 0 } })
    await cluster.ready('force', /^False InstallFailed/)
    await cluster.request('force', { resetAt: '' })
    assert.deepEqual(await cluster.statuses('force'), ['1 failed', '2 failed'])
  })
})
