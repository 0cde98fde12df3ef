import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { createLog, Runtime } from '@sluice/controller'
import { ApiError, type KubeClient, serviceAccountUser } from '@sluice/kube'
import { fluxConfigReconciler } from '../index.ts'
import { fluxConfig } from '../testing/flux-config.ts'
import { makeNamespace, ref, startTestCluster, type TestCluster } from '../testing/test-cluster.ts'
import { until } from '../testing/until.ts'

/** What a tenant's repository is applied as: `flux-applier` of the namespace of a namespace-scoped configuration. */
let cluster: TestCluster
let tenant: KubeClient
let runtime: Runtime

before(async () => {
  cluster = await startTestCluster({ definitions: true })
  const { kube } = cluster
  runtime = new Runtime({ client: kube, log: createLog('silent') })
  runtime.add(fluxConfigReconciler(runtime))
  await runtime.start()
  for (const name of ['team', 'other']) await makeNamespace(kube, name)
  const config = fluxConfig({ scope: 'namespace' }, { metadata: { generation: undefined } })
  await kube.apply(config, { fieldManager: 'test' })
  await until('the rights', () => kube.find(ref('RoleBinding team/flux-applier:shop:flux')))
  tenant = kube.as(serviceAccountUser('team', 'flux-applier'))
  await until('the account', () => kube.find(ref('ServiceAccount team/flux-applier')))
})

after(async () => {
  await runtime.close()
  await cluster.close()
})

const apply = (object: KubeObject) => tenant.apply(object, { fieldManager: 'kustomize-controller', force: true })
const object = (
  apiVersion: string,
  kind: string,
  namespace: string | undefined,
  fields: Record<string, unknown> = {},
  name = 'x',
) => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
  ...fields,
})
const rbac = 'rbac.authorization.k8s.io/v1'
const subjects = [{ kind: 'ServiceAccount', name: 'flux-applier', namespace: 'team' }]
const pods = {
  selector: { matchLabels: { app: 'x' } },
  template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
}

describe('a tenant with a namespace of its own', () => {
  const allowed: KubeObject[] = [
    object('v1', 'ConfigMap', 'team', { data: { a: 'b' } }),
    object('v1', 'Secret', 'team', { stringData: { a: 'b' } }),
    object('apps/v1', 'Deployment', 'team', { spec: pods }),
    object('v1', 'Service', 'team', { spec: { ports: [{ port: 80 }] } }),
    object('networking.k8s.io/v1', 'NetworkPolicy', 'team', { spec: { podSelector: {} } }),
    object('v1', 'ServiceAccount', 'team'),
    object(rbac, 'Role', 'team', { rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }] }),
    object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', 'team', {
      spec: { interval: '1m', prune: true, sourceRef: { kind: 'GitRepository', name: 'shop' } },
    }),
    object('source.toolkit.fluxcd.io/v1', 'GitRepository', 'team', {
      spec: { interval: '1m', url: 'https://git.test/x' },
    }),
  ]
  for (const one of allowed) test(`may have a ${one.kind}`, async () => void (await apply(one)))

  const refused: [string, KubeObject][] = [
    ['write into another namespace', object('v1', 'ConfigMap', 'other')],
    ['deploy into another namespace', object('apps/v1', 'Deployment', 'other', { spec: pods })],
    ['make a namespace', object('v1', 'Namespace', undefined, {}, 'mine')],
    [
      'relabel its namespace out of pod security',
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'team', labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
      },
    ],
    ['make a cluster role', object(rbac, 'ClusterRole', undefined, { rules: [] })],
    [
      'bind itself to cluster-admin',
      object(rbac, 'ClusterRoleBinding', undefined, {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects,
      }),
    ],
    [
      'bind cluster-admin in its namespace',
      object(rbac, 'RoleBinding', 'team', {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects,
      }),
    ],
    [
      'give itself more than it has',
      object(rbac, 'Role', 'team', { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }),
    ],
    [
      'write a configuration of scope cluster',
      fluxConfig({ scope: 'cluster' }, { metadata: { name: 'escape', generation: undefined } }),
    ],
    [
      'install a webhook',
      object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', undefined, { webhooks: [] }),
    ],
    ['define a kind', object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', undefined, {}, 'xs.test.io')],
    ['make a persistent volume', object('v1', 'PersistentVolume', undefined)],
    ['raise its own quota', object('v1', 'ResourceQuota', 'team', { spec: { hard: { pods: '1000' } } })],
    [
      'have a source in another namespace',
      object('source.toolkit.fluxcd.io/v1', 'GitRepository', 'other', {
        spec: { interval: '1m', url: 'https://git.test/x' },
      }),
    ],
  ]
  for (const [what, one] of refused) {
    test(`may not ${what}`, async () => {
      await assert.rejects(apply(one), (error: unknown) => {
        assert.ok(error instanceof ApiError)
        assert.equal(error.code, 403, error.message)
        return true
      })
    })
  }

  test('may not read secrets of another namespace', async () => {
    await assert.rejects(tenant.list({ apiVersion: 'v1', kind: 'Secret' }, { namespace: 'other' }), { code: 403 })
    await assert.rejects(tenant.list({ apiVersion: 'v1', kind: 'Secret' }), { code: 403 })
  })

  test('what it deletes of its rights comes back; labels of its own making catch nothing of others', async () => {
    const { kube } = cluster
    await tenant.delete(ref('RoleBinding team/flux-applier:shop'))
    await until('the binding is back', () => kube.find(ref('RoleBinding team/flux-applier:shop')))
    await makeNamespace(kube, 'victim')
    await kube.apply(fluxConfig({}, { metadata: { namespace: 'victim', generation: undefined } }), {
      fieldManager: 'test',
    })
    await until('what it makes', () => kube.find(ref('Kustomization victim/shop-apps')))
    await apply({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: {
        name: 'shop-apps-fake',
        namespace: 'team',
        labels: {
          'clusterconfig.azure.com/is-managed': 'true',
          'clusterconfig.azure.com/name': 'shop',
          'clusterconfig.azure.com/namespace': 'victim',
        },
      },
      spec: { interval: '1m', prune: true, sourceRef: { kind: 'GitRepository', name: 'shop' } },
    })
    const { status } = await kube.get(ref('FluxConfig victim/shop'))
    assert.deepEqual((status as { lastSucceededKustomizations?: string[] }).lastSucceededKustomizations, ['shop-apps'])
    assert.ok(await kube.find(ref('Kustomization team/shop-apps-fake')))
  })
})
