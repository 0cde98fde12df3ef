import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { annotations, type HelmRelease } from '@sluice/api'
import { eventually, TestCluster } from './testing/a-cluster.ts'

/** Manifests of versions that are no longer the newest: applied as they are, read in the newest, and quiet afterwards. */
const chart = 'chart:\n    spec:\n      chart: web\n      sourceRef: { kind: HelmRepository, name: charts }\n'
const manifest = (version: string, interval: string, more = '') =>
  `apiVersion: helm.toolkit.fluxcd.io/${version}\nkind: HelmRelease\nmetadata:\n  name: web\nspec:\n  interval: ${interval}\n  ${chart}${more}`
const gone = `      valuesFile: values-prod.yaml
  postRenderers:
    - kustomize:
        patchesStrategicMerge:
          - { kind: Deployment, apiVersion: apps/v1, metadata: { name: web }, spec: { replicas: 2 } }
        images: [{ name: web, newTag: "2" }]
`

describe('manifests of older versions', { timeout: 120_000 }, () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await TestCluster.start()
  })
  after(() => cluster.close())

  const ref = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', namespace: 'older', name: 'web' }
  const release = () => cluster.client.get<HelmRelease>(ref)
  const reconciled = async () => {
    const requestedAt = String(performance.now())
    const asked = { metadata: { annotations: { [annotations.requestedAt]: requestedAt } } }
    await cluster.client.patch(cluster.kustomizationRef('older', 'app'), asked)
    await eventually(async () => {
      const object = await cluster.ready('older', 'app', /^True/)
      assert.equal(object.status?.lastHandledReconcileAt, requestedAt)
    })
  }

  test('what the newest version does not know is dropped, and applied once', async () => {
    const repository = await cluster.namespace('older', { 'web.yaml': manifest('v2beta1', '1m', gone) })
    await cluster.kustomization('older', 'app')
    const { status } = await cluster.ready('older', 'app', /^True/)
    assert.deepEqual(status?.inventory?.entries, [{ id: 'older_web_helm.toolkit.fluxcd.io_HelmRelease', v: 'v2beta1' }])
    const made = await release()
    assert.deepEqual(made.spec.postRenderers, [{ kustomize: { images: [{ name: 'web', newTag: '2' }] } }])
    assert.ok(made.spec.chart && !('valuesFile' in made.spec.chart.spec))
    await reconciled()
    assert.equal((await release()).metadata.resourceVersion, made.metadata.resourceVersion)

    await cluster.client.patch(ref, { spec: { interval: '9m' } })
    await eventually(async () => assert.equal((await release()).spec.interval, '1m'))

    const revision = await repository.push({ 'web.yaml': manifest('v2', '2m') })
    await cluster.ready('older', 'app', new RegExp(revision))
    const newer = await release()
    assert.equal(newer.spec.interval, '2m')
    assert.equal(newer.spec.postRenderers, undefined)
    assert.deepEqual(
      newer.metadata.managedFields?.filter(entry => entry.operation === 'Apply').map(entry => entry.apiVersion),
      ['helm.toolkit.fluxcd.io/v2'],
    )
    await repository.push({
      'web.yaml': null,
      'other.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: o }\n',
    })
    await eventually(async () => assert.equal(await cluster.client.find(ref), undefined))
  })
})
