import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { HelmRelease } from '@sluice/api'
import { eventually } from '../kustomize/testing/a-cluster.ts'
import { configMap, HelmCluster } from './testing/a-cluster.ts'

const RBAC = 'rbac.authorization.k8s.io'
const SOURCE = 'source.toolkit.fluxcd.io/v1'

const inTheirs = (text: string, annotations = '') =>
  text.replace('metadata:\n', `metadata:\n  namespace: theirs\n${annotations}`)
const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: intruders.example.com
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Intruder, plural: intruders, singular: intruder }
  versions:
  - name: v1
    served: true
    storage: true
    schema: { openAPIV3Schema: { type: object } }
`

/** All that a release does it does as its account, which may do anything in `mine`, and nothing elsewhere. */
describe('a tenant', { timeout: 120_000 }, () => {
  let cluster: HelmCluster
  before(async () => {
    cluster = await HelmCluster.start({ noCrossNamespaceRefs: true, defaultServiceAccount: 'tenant' })
    const { charts, client } = cluster
    await charts.publish('plain', '1.0.0', { 'templates/a.yaml': configMap('a') })
    await charts.publish('elsewhere', '1.0.0', { 'templates/a.yaml': inTheirs(configMap('planted')) })
    const hook = '  annotations:\n    helm.sh/hook: pre-install\n'
    await charts.publish('hook', '1.0.0', { 'templates/a.yaml': inTheirs(configMap('planted'), hook) })
    await charts.publish('looking', '1.0.0', {
      'templates/a.yaml': configMap('a', '{{ (lookup "v1" "Secret" "theirs" "secret").data.password | quote }}'),
    })
    await charts.publish('defining', '1.0.0', { 'crds/c.yaml': definition, 'templates/a.yaml': configMap('a') })
    await cluster.namespace('mine')
    await cluster.namespace('theirs')
    const stringData = { password: 'hunter2-hunter2', 'values.yaml': 'a: hunter2-hunter2' }
    await client.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'secret', namespace: 'theirs' },
      stringData,
    })
    const metadata = { name: 'tenant', namespace: 'mine' }
    await client.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata })
    await client.create({
      apiVersion: `${RBAC}/v1`,
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    })
    await client.create({
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC, kind: 'Role', name: 'tenant' },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    })
  })
  after(() => cluster.close())

  const forbidden = /system:serviceaccount:mine:tenant" cannot \w+ resource/
  const cases: [name: string, chart: string, spec: Partial<HelmRelease['spec']>, pattern: RegExp][] = [
    ['objects', 'elsewhere', {}, forbidden],
    ['hooks', 'hook', {}, forbidden],
    ['lookup', 'looking', {}, forbidden],
    ['definitions', 'defining', {}, forbidden],
    ['storage', 'plain', { storageNamespace: 'theirs' }, forbidden],
    ['target', 'plain', { targetNamespace: 'theirs' }, forbidden],
    ['namespaces', 'plain', { targetNamespace: 'new', install: { createNamespace: true } }, forbidden],
    ['values', 'plain', { valuesFrom: [{ kind: 'Secret', name: 'secret' }] }, /^False ValuesError: .*'mine\/secret'/],
    ['cluster', 'plain', { kubeConfig: { secretRef: { name: 'secret' } } }, /^False RESTClientError: .*'mine\/secret'/],
  ]
  for (const [name, chart, spec, pattern] of cases) {
    test(`reaches nothing of others: ${name}`, async () => {
      await cluster.release('mine', chart, spec, name)
      await cluster.ready('mine', pattern, name)
      assert.equal(await cluster.find('theirs', 'planted'), undefined)
      assert.ok(!(await cluster.events('mine', name)).some(event => event.includes('hunter2')))
    })
  }

  test('cannot have us delete the charts of others', async () => {
    await cluster.client.create({
      apiVersion: SOURCE,
      kind: 'HelmChart',
      metadata: { name: 'theirs-app', namespace: 'theirs', labels: { 'helm.toolkit.fluxcd.io/name': 'app' } },
      spec: {
        chart: 'plain',
        version: '1.0.0',
        interval: '10m',
        sourceRef: { kind: 'HelmRepository', name: 'charts' },
      },
    })
    await cluster.release('mine', 'plain', {}, 'app')
    await cluster.ready('mine', /^True/)
    const status = { helmChart: 'theirs/theirs-app' }
    await cluster.client.patch(cluster.ref('mine'), { status }, 'merge', { subresource: 'status' })
    await cluster.request('mine')
    await eventually(async () => {
      const { status: now } = await cluster.client.get<HelmRelease>(cluster.ref('mine'))
      assert.equal(now?.helmChart, 'mine/mine-app')
    })
    await cluster.client.patch(cluster.ref('mine'), { status }, 'merge', { subresource: 'status' })
    await cluster.delete('mine')
    assert.ok(await cluster.find('theirs', 'theirs-app', 'HelmChart', SOURCE))
  })
})
