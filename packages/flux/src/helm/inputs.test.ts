import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { eventually } from '../kustomize/testing/a-cluster.ts'
import { configMap, HelmCluster } from './testing/a-cluster.ts'

const never =
  'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: never\nspec:\n  storageClassName: none\n' +
  '  accessModes: [ReadWriteOnce]\n  resources:\n    requests:\n      storage: 1Gi\n'

/** Where charts, values and clusters come from; with room for one action at a time. */
describe('what a HelmRelease is made of', { timeout: 120_000 }, () => {
  let cluster: HelmCluster
  before(async () => {
    cluster = await HelmCluster.start({ concurrency: 1, externalArtifacts: true })
    await cluster.charts.publish('plain', '1.0.0', { 'templates/a.yaml': configMap('a') })
    await cluster.charts.publish('slow', '1.0.0', { 'templates/p.yaml': never })
    await cluster.charts.publish('failing', '1.0.0', {
      'templates/a.yaml': `{{ fail (printf "cannot use %s, a %v" .Values.password .Values.a) }}`,
    })
  })
  after(() => cluster.close())

  const secret = (namespace: string, name: string, stringData: Record<string, string>) =>
    cluster.client.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData })

  test('releases that wait take no room from others', async () => {
    await cluster.namespace('waits')
    const names = ['one', 'two', 'three']
    for (const name of names) await cluster.release('waits', 'slow', { timeout: '1m', releaseName: name }, name)
    for (const name of names) await cluster.ready('waits', /^Unknown Progressing/, name)
    await eventually(async () => {
      for (const name of names) assert.deepEqual(await cluster.statuses('waits', name), ['1 pending-install'])
    }, 5)
    await cluster.release('waits', 'plain')
    await cluster.ready('waits', /^True/)
  })

  test('values follow the ConfigMap they come from', async () => {
    await cluster.namespace('values')
    const metadata = {
      name: 'values',
      namespace: 'values',
      labels: { 'reconcile.fluxcd.io/watch': 'Enabled' },
    }
    const given = (a: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'values.yaml': `a: ${a}` } })
    await cluster.client.apply(given('one'), { fieldManager: 'test' })
    await cluster.release('values', 'plain', { valuesFrom: [{ kind: 'ConfigMap', name: 'values' }] })
    await cluster.ready('values', /^True InstallSucceeded/)
    await cluster.client.apply(given('two'), { fieldManager: 'test' })
    await cluster.ready('values', /^True UpgradeSucceeded/)
    assert.equal((await cluster.data('values', 'a'))?.v, 'two')
  })

  test('what came from a Secret is told to nobody', async () => {
    await cluster.namespace('secret')
    await secret('secret', 'values', { 'values.yaml': 'password: hunter2-hunter2' })
    await cluster.release('secret', 'failing', { valuesFrom: [{ kind: 'Secret', name: 'values' }] })
    const object = await cluster.ready('secret', /^False InstallFailed: .*cannot use \*\*\*, a 1/)
    await eventually(async () => {
      const events = (await cluster.events('secret')).join('\n')
      assert.match(events, /InstallFailed: .*cannot use \*\*\*, a 1/)
      assert.doesNotMatch(events, /hunter2/)
    })
    assert.doesNotMatch(JSON.stringify(object.status), /hunter2/)
  })

  test('a chart may be an external artifact, whose digest becomes part of the version', async () => {
    await cluster.namespace('external')
    const hex = createHash('sha256')
      .update(cluster.charts.files.get('plain-1.0.0.tgz') ?? '')
      .digest('hex')
    const artifact = {
      url: `${cluster.charts.url}/plain-1.0.0.tgz`,
      path: 'plain-1.0.0.tgz',
      revision: `1.0.0@sha256:${hex}`,
      digest: `sha256:${hex}`,
      lastUpdateTime: '2026-01-01T00:00:00Z',
    }
    const apiVersion = 'source.toolkit.fluxcd.io/v1'
    const external = { apiVersion, kind: 'ExternalArtifact', metadata: { name: 'chart', namespace: 'external' } }
    await cluster.client.create({ ...external, spec: {} })
    const ref = { apiVersion, kind: 'ExternalArtifact', namespace: 'external', name: 'chart' }
    await cluster.client.patch(ref, { status: { artifact } }, 'merge', { subresource: 'status' })
    await cluster.release('external', 'plain', {
      chart: undefined,
      chartRef: { kind: 'ExternalArtifact', name: 'chart' },
    })
    const { status } = await cluster.ready('external', /^True InstallSucceeded/)
    assert.equal(status?.lastAttemptedRevision, `1.0.0+${hex.slice(0, 12)}`)
    assert.equal(status?.lastAttemptedRevisionDigest, `sha256:${hex}`)
    assert.equal(status?.history?.[0]?.ociDigest, `sha256:${hex}`)
  })

  test('a release goes to the cluster of its kubeconfig', async () => {
    await cluster.namespace('remote')
    const metadata = { name: 'elsewhere' }
    await cluster.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata })
    await secret('remote', 'cluster', { value: cluster.kubeconfig })
    await cluster.release('remote', 'plain', {
      kubeConfig: { secretRef: { name: 'cluster' } },
      targetNamespace: 'elsewhere',
      storageNamespace: 'elsewhere',
    })
    await cluster.ready('remote', /^True InstallSucceeded: .* elsewhere\/elsewhere-app.v1 /)
    assert.ok(await cluster.find('elsewhere', 'a'))
    await cluster.delete('remote')
    assert.equal(await cluster.find('elsewhere', 'a'), undefined)
    assert.deepEqual(await cluster.statuses('elsewhere', 'elsewhere-app'), [])
  })
})
