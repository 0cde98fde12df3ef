import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type FluxConfig, fluxConfig as fluxConfigKind, isKind, type KubeObject } from '@sluice/api'
import { createLog, Runtime } from '@sluice/controller'
import type { KubeClient } from '@sluice/kube'
import { fluxConfigReconciler } from '../index.ts'
import { fluxConfig } from '../testing/flux-config.ts'
import {
  makeNamespace,
  readyCondition,
  ref,
  setStatus,
  startTestCluster,
  type TestCluster,
} from '../testing/test-cluster.ts'
import { until } from '../testing/until.ts'

let cluster: TestCluster
let kube: KubeClient
/** The client of the controllers, which nobody else uses. */
let controllers: KubeClient
let runtime: Runtime

before(async () => {
  cluster = await startTestCluster({ definitions: true })
  kube = cluster.kube
  controllers = cluster.connect()
  runtime = new Runtime({ client: controllers, log: createLog(process.env.TEST_LOG ?? 'silent') })
  runtime.add(fluxConfigReconciler(runtime))
  await runtime.start()
})

after(async () => {
  await runtime.close()
  await cluster.close()
})

const revision = 'main@sha1:1111'

/** A configuration in a namespace of its own. */
async function configure(namespace: string, spec: Partial<FluxConfig['spec']>, name = 'shop'): Promise<void> {
  await makeNamespace(kube, namespace)
  await kube.apply(fluxConfig(spec, { metadata: { name, namespace, generation: undefined } }), {
    fieldManager: 'test',
    force: true,
  })
}

async function configOf(namespace: string, name = 'shop'): Promise<FluxConfig> {
  const object = await kube.get(ref(`FluxConfig ${namespace}/${name}`))
  assert.ok(isKind(fluxConfigKind, object))
  return object
}

async function whenStatus(
  namespace: string,
  met: (status: NonNullable<FluxConfig['status']>) => boolean,
  name = 'shop',
): Promise<FluxConfig> {
  let last: FluxConfig | undefined
  try {
    return await until(`FluxConfig ${namespace}/${name}`, async () => {
      last = await configOf(namespace, name)
      return last.status?.observedGeneration === last.metadata.generation && met(last.status ?? {}) ? last : undefined
    })
  } catch (error) {
    throw new Error(`the status stayed ${JSON.stringify(last?.status, null, 1)}`, { cause: error })
  }
}

const exists = (text: string) => until(text, () => kube.find(ref(text)))
const gone = (text: string) => until(`no ${text}`, async () => (await kube.find(ref(text))) === undefined)

async function becomeReady(namespace: string, kustomizations: string[], message = 'Applied'): Promise<void> {
  const source = await exists(`GitRepository ${namespace}/shop`)
  await setStatus(kube, ref(`GitRepository ${namespace}/shop`), {
    observedGeneration: source.metadata.generation,
    conditions: [readyCondition('True', 'stored artifact')],
    artifact: { url: 'http://x', path: 'x', revision, digest: 'sha256:00', lastUpdateTime: '2026-01-01T00:00:00Z' },
  })
  for (const name of kustomizations) {
    const { metadata } = await exists(`Kustomization ${namespace}/${name}`)
    await setStatus(kube, ref(`Kustomization ${namespace}/${name}`), {
      observedGeneration: metadata.generation,
      conditions: [readyCondition('True', message)],
      lastAppliedRevision: revision,
    })
  }
}

describe('a FluxConfig in a cluster', () => {
  test('makes its objects, and is Compliant once they are ready', async () => {
    await configure('whole', {
      kustomizations: [
        { name: 'infra', path: './infra' },
        { name: 'apps', path: './apps', dependsOn: ['infra'] },
      ],
    })
    const made = await whenStatus('whole', status => status.provisioningState === 'Succeeded')
    assert.equal(made.status?.complianceState, 'Pending')
    assert.deepEqual(made.status?.lastSucceededKustomizations, ['shop-infra', 'shop-apps'])
    assert.ok(await kube.find(ref('ServiceAccount whole/flux-applier')))
    assert.ok(await kube.find(ref('ClusterRoleBinding flux-applier:whole:shop')))
    const apps = await exists('Kustomization whole/shop-apps')
    const stamped = apps.metadata.annotations?.['reconcile.fluxcd.io/requestedAt']
    assert.equal(stamped, made.status?.lastConfigUpdateTime)

    await becomeReady('whole', ['shop-infra', 'shop-apps'])
    const { status } = await whenStatus('whole', status => status.complianceState === 'Compliant')
    assert.equal(status?.lastSyncedCommit, revision)
    assert.equal(status?.lastSourceSyncedTime, '2026-01-01T00:00:00Z')
    assert.equal(status?.conditions?.find(c => c.type === 'Ready')?.message, `Applied revision: ${revision}`)
    assert.deepEqual(Object.keys(status?.managedStatuses?.kustomizations ?? {}), [
      'whole/shop-infra',
      'whole/shop-apps',
    ])
  })

  test('a look at what is as it shall be costs nothing but the status that changed', async () => {
    await configure('steady', {})
    await becomeReady('steady', ['shop-apps'])
    await whenStatus('steady', status => status.complianceState === 'Compliant')
    const requests: string[] = []
    // Events are posted behind the controller's back, about what was before.
    const off = controllers.transport.onAnswer(method => void (method === 'POST' || requests.push(method)))
    for (const message of ['one', 'two', 'three']) {
      await setStatus(kube, ref('GitRepository steady/shop'), { conditions: [readyCondition('True', message)] })
      await whenStatus('steady', status => status.managedStatuses?.gitRepository?.conditions?.[0]?.message === message)
    }
    await until('the last answer', () => requests.length >= 3)
    off()
    // The write that made it compliant was seen in the cluster, perhaps before its answer was counted here.
    assert.deepEqual(requests.slice(-3), ['PATCH', 'PATCH', 'PATCH'])
    assert.ok(requests.length <= 4 && requests[0] === 'PATCH', requests.join(', '))
  })

  test('a request to reconcile goes on to source and kustomizations', async () => {
    await configure('asked', {})
    await whenStatus('asked', status => status.provisioningState === 'Succeeded')
    const annotations = { 'reconcile.fluxcd.io/requestedAt': 'now' }
    await kube.patch(ref('FluxConfig asked/shop'), { metadata: { annotations } }, 'merge')
    await whenStatus('asked', status => status.lastHandledReconcileAt === 'now')
    for (const text of ['GitRepository asked/shop', 'Kustomization asked/shop-apps']) {
      const { metadata } = await kube.get(ref(text))
      assert.equal(metadata.annotations?.['reconcile.fluxcd.io/requestedAt'], 'now', text)
    }
  })

  test('says which object fails, in its own words', async () => {
    await configure('failing', {})
    await becomeReady('failing', ['shop-apps'])
    await setStatus(kube, ref('Kustomization failing/shop-apps'), {
      conditions: [readyCondition('False', 'apps/web.yaml:7: no such kind')],
    })
    const { status } = await whenStatus('failing', s => s.complianceState === 'Non-Compliant')
    assert.match(status?.conditions?.[0]?.message ?? '', /Kustomization failing\/shop-apps: apps\/web\.yaml:7/)
    assert.equal(status?.provisioningState, 'Succeeded')
  })

  test('brings back what somebody deletes or changes', async () => {
    await configure('drift', {})
    const before = await exists('GitRepository drift/shop')
    await kube.delete(ref('GitRepository drift/shop'))
    await until('another GitRepository', async () => {
      const found = await kube.find(ref('GitRepository drift/shop'))
      return found && found.metadata.uid !== before.metadata.uid
    })
    await kube.patch(ref('Kustomization drift/shop-apps'), { spec: { path: './elsewhere' } }, 'merge')
    await until('the path is back', async () => {
      const found = await kube.get(ref('Kustomization drift/shop-apps'))
      return (found.spec as { path: string }).path === './apps'
    })
    await kube.delete(ref('ClusterRoleBinding flux-applier:drift:shop'))
    await exists('ClusterRoleBinding flux-applier:drift:shop')
  })

  test('a kustomization that leaves is deleted, and its pruning awaited', async () => {
    await configure('leaving', { kustomizations: [{ name: 'apps' }, { name: 'old', prune: true }] })
    await exists('Kustomization leaving/shop-old')
    await kube.patch(
      ref('Kustomization leaving/shop-old'),
      { metadata: { finalizers: ['finalizers.fluxcd.io'] } },
      'merge',
    )
    await configure('leaving', { kustomizations: [{ name: 'apps' }] })
    const waiting = await whenStatus('leaving', status => status.provisioningState === 'Updating')
    assert.match(
      waiting.status?.conditions?.[0]?.message ?? '',
      /Waiting for the deletion of Kustomization leaving\/shop-old/,
    )
    await kube.patch(ref('Kustomization leaving/shop-old'), { metadata: { finalizers: null } }, 'merge')
    await whenStatus('leaving', status => status.provisioningState === 'Succeeded')
    await gone('Kustomization leaving/shop-old')
  })

  test('suspends source and kustomizations, and wakes them again', async () => {
    await configure('asleep', {})
    await exists('Kustomization asleep/shop-apps')
    const suspended = async (kind: string) =>
      (
        (await kube.get(ref(`${kind} asleep/shop${kind === 'Kustomization' ? '-apps' : ''}`))).spec as {
          suspend?: boolean
        }
      ).suspend
    await configure('asleep', { suspend: true })
    await whenStatus('asleep', status => status.complianceState === 'Suspended')
    assert.deepEqual([await suspended('GitRepository'), await suspended('Kustomization')], [true, true])
    await configure('asleep', { suspend: false })
    await whenStatus('asleep', status => status.complianceState === 'Pending')
    assert.deepEqual([await suspended('GitRepository'), await suspended('Kustomization')], [undefined, undefined])
  })

  test('an SSH address without a key: a key pair that stays the same, its public half in the status', async () => {
    const url = 'ssh://git@git.test/shop'
    await configure('ssh', { gitRepository: { url } })
    const first = await whenStatus('ssh', status => Boolean(status.repositoryPublicKey))
    const publicKey = first.status?.repositoryPublicKey ?? ''
    assert.match(publicKey, /^ssh-ed25519 /)
    const secret = await exists('Secret ssh/shop-auth')
    const identity = (secret.data as Record<string, string>)['identity.pub'] ?? ''
    assert.equal(Buffer.from(identity, 'base64').toString(), publicKey)
    await configure('ssh', { gitRepository: { url: 'https://git.test/shop' } })
    await whenStatus(
      'ssh',
      status => status.repositoryPublicKey === undefined && status.provisioningState === 'Succeeded',
    )
    await gone('Secret ssh/shop-auth')
    await configure('ssh', { gitRepository: { url } })
    const again = await whenStatus('ssh', status => Boolean(status.repositoryPublicKey))
    assert.equal(again.status?.repositoryPublicKey, publicKey)
  })

  test('protected settings become the secret of the source, and follow their changes', async () => {
    const settings = (key: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'shop-protected-parameters',
        namespace: 'secrets',
        labels: {
          'clusterconfig.azure.com/is-managed': 'true',
          'clusterconfig.azure.com/name': 'shop',
          'clusterconfig.azure.com/namespace': 'secrets',
        },
      },
      data: { httpsKey: Buffer.from(Buffer.from(key).toString('base64')).toString('base64') },
    })
    const spec = {
      gitRepository: { url: 'https://git.test/shop', httpsUser: 'ann' },
      protectedParametersSecretRef: { name: 'shop-protected-parameters' },
    }
    await configure('secrets', spec)
    const missing = await whenStatus('secrets', status => status.provisioningState === 'Failed')
    assert.match(missing.status?.errorMessage ?? '', /Secret secrets\/shop-protected-parameters.*does not exist/)
    await kube.apply(settings('one'), { fieldManager: 'test', force: true })
    const password = async () => {
      const data = (await kube.get(ref('Secret secrets/shop-auth'))).data as Record<string, string>
      return Buffer.from(data.password ?? '', 'base64').toString()
    }
    await until('the first password', async () => (await password()) === 'one')
    await whenStatus('secrets', status => status.provisioningState === 'Succeeded')
    await kube.apply(settings('two'), { fieldManager: 'test', force: true })
    await until('the second password', async () => (await password()) === 'two')
  })

  test("takes over nobody's object, and says so", async () => {
    await makeNamespace(kube, 'taken')
    await kube.apply(
      {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'GitRepository',
        metadata: { name: 'shop', namespace: 'taken' },
        spec: { url: 'https://mine.test/x', interval: '1m' },
      },
      { fieldManager: 'somebody' },
    )
    await configure('taken', {})
    const { status } = await whenStatus('taken', s => s.provisioningState === 'Failed')
    assert.match(status?.errorMessage ?? '', /GitRepository taken\/shop exists and is not of this configuration/)
    assert.equal(((await kube.get(ref('GitRepository taken/shop'))).spec as { url: string }).url, 'https://mine.test/x')
    await kube.delete(ref('FluxConfig taken/shop'))
    await gone('FluxConfig taken/shop')
    assert.ok(await kube.find(ref('GitRepository taken/shop')))
  })

  test('deletion: dependents first, then the rest, and the shared account with the last configuration', async () => {
    await configure('ending', { kustomizations: [{ name: 'infra' }, { name: 'apps', dependsOn: ['infra'] }] })
    await configure('ending', { kustomizations: [{ name: 'x' }] }, 'other')
    await whenStatus('ending', status => status.provisioningState === 'Succeeded')
    await whenStatus('ending', status => status.provisioningState === 'Succeeded', 'other')
    for (const name of ['shop-infra', 'shop-apps']) {
      await kube.patch(
        ref(`Kustomization ending/${name}`),
        { metadata: { finalizers: ['finalizers.fluxcd.io'] } },
        'merge',
      )
    }
    await kube.delete(ref('FluxConfig ending/shop'))
    const going = await until('the dependent is going', async () => {
      const { metadata } = await kube.get(ref('Kustomization ending/shop-apps'))
      return metadata.deletionTimestamp !== undefined
    })
    assert.ok(going)
    assert.equal((await kube.get(ref('Kustomization ending/shop-infra'))).metadata.deletionTimestamp, undefined)
    await kube.patch(ref('Kustomization ending/shop-apps'), { metadata: { finalizers: null } }, 'merge')
    await until(
      'what it depended on follows',
      async () => (await kube.get(ref('Kustomization ending/shop-infra'))).metadata.deletionTimestamp,
    )
    assert.ok(await kube.find(ref('GitRepository ending/shop')), 'pruning still needs the source')
    await kube.patch(ref('Kustomization ending/shop-infra'), { metadata: { finalizers: null } }, 'merge')
    await gone('FluxConfig ending/shop')
    for (const text of ['GitRepository ending/shop', 'ClusterRoleBinding flux-applier:ending:shop']) {
      assert.equal(await kube.find(ref(text)), undefined, text)
    }
    assert.ok(await kube.find(ref('ServiceAccount ending/flux-applier')))
    await kube.delete(ref('FluxConfig ending/other'))
    await gone('FluxConfig ending/other')
    assert.equal(await kube.find(ref('ServiceAccount ending/flux-applier')), undefined)
    assert.ok(await kube.find(ref('Namespace ending')))
  })
})
