import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { createLog, Runtime } from '@sluice/controller'
import type { KubeClient } from '@sluice/kube'
import { type AgentTiming, fluxConfigReconciler, startAgent } from '../index.ts'
import { readyCondition, ref, setStatus, startTestCluster, type TestCluster } from '../testing/test-cluster.ts'
import { startTestService, type TestService } from '../testing/test-service.ts'
import { until } from '../testing/until.ts'

const log = createLog(process.env.TEST_LOG ?? 'silent')

let service: TestService
let cluster: TestCluster
let kube: KubeClient
let agent: { close(): Promise<void> } | undefined
let runtime: Runtime | undefined

beforeEach(async () => {
  ;[service, cluster] = await Promise.all([
    startTestService(),
    startTestCluster({ definitions: true, workloads: true }),
  ])
  kube = cluster.kube
  await kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'azure-arc' } }, { fieldManager: 'test' })
})

afterEach(async () => {
  await agent?.close()
  agent = undefined
  await runtime?.close()
  runtime = undefined
  await Promise.all([service.close(), cluster.close()])
})

async function startOurAgent(timing: Partial<AgentTiming> = {}): Promise<void> {
  agent = await startAgent({
    kube,
    log,
    namespace: 'azure-arc',
    serviceUrl: service.link.url,
    serviceCa: service.ca,
    resourceId: service.clusterId,
    privateKeyPem: service.privateKeyPem,
    version: '1.2.3',
    // Not ours, so that the dev cluster only simulates it.
    image: 'registry.test/controllers',
    timing: {
      gather: 20,
      retry: { first: 20, most: 200 },
      feed: { backoffFirst: 10, backoffMost: 100, pollEvery: 50, pollFor: 1_000, streamLives: 60_000 },
      ...timing,
    },
  })
}

async function stopOurAgent(): Promise<void> {
  await agent?.close()
  agent = undefined
}

async function startControllers(): Promise<void> {
  runtime = new Runtime({ client: kube, log })
  runtime.add(fluxConfigReconciler(runtime))
  await runtime.start()
}

const properties = (path: string, more: Record<string, unknown> = {}) => ({
  scope: 'cluster',
  namespace: 'team',
  sourceKind: 'GitRepository',
  gitRepository: { url: 'https://git.test/shop', repositoryRef: { branch: 'main' } },
  kustomizations: { apps: { path, prune: true } },
  ...more,
})

const revision = 'main@sha1:1111'

/** Says what the controllers of Flux would say when all is well. */
async function becomeReady(namespace: string, name: string, at = revision): Promise<void> {
  const source = ref(`GitRepository ${namespace}/${name}`)
  const { metadata } = await until('the source', () => kube.find(source))
  await setStatus(kube, source, {
    observedGeneration: metadata.generation,
    conditions: [readyCondition('True', 'stored artifact')],
    artifact: { url: 'http://x', path: 'x', revision: at, digest: 'sha256:00', lastUpdateTime: '2026-01-01T00:00:00Z' },
  })
  const applied = ref(`Kustomization ${namespace}/${name}-apps`)
  const object = await until('the kustomization', () => kube.find(applied))
  await setStatus(kube, applied, {
    observedGeneration: object.metadata.generation,
    conditions: [readyCondition('True', `Applied revision: ${at}`)],
    lastAppliedRevision: at,
  })
}

const shown = (resource: string, met: (properties: Record<string, unknown>) => boolean) =>
  until(`${resource} at the service`, async () => {
    const found = await service.get(resource)
    return found && met(found) ? found : undefined
  })

const gone = (resource: string) =>
  until(`no ${resource} at the service`, async () => (await service.get(resource)) === undefined)

const pathOf = async (text: string) => ((await kube.find(ref(text)))?.spec as { path?: string } | undefined)?.path

describe('a connected cluster', () => {
  test('from the first configuration to Compliant and away again: the extension comes by itself', async () => {
    await startControllers()
    await startOurAgent()
    await service.put('fluxConfigurations/shop', properties('./apps'))
    await shown('extensions/flux', p => p.provisioningState === 'Succeeded' && p.currentVersion === '1.2.3')
    await shown('fluxConfigurations/shop', p => p.provisioningState === 'Succeeded' && p.complianceState === 'Pending')
    await becomeReady('team', 'shop')
    const compliant = await shown('fluxConfigurations/shop', p => p.complianceState === 'Compliant')
    assert.equal(compliant.sourceSyncedCommitId, revision)
    assert.deepEqual(
      (compliant.statuses as { kind: string; name: string }[]).map(({ kind, name }) => `${kind} ${name}`),
      ['GitRepository shop', 'Kustomization shop-apps'],
    )
    await until('the cluster knows that the service knows', async () => {
      const { status } = await kube.get(ref('FluxConfig team/shop'))
      return (status as { dataplaneStatus?: { isSyncedWithAzure?: boolean } }).dataplaneStatus?.isSyncedWithAzure
    })
    await service.patch('fluxConfigurations/shop', { kustomizations: { apps: { path: './other' } } })
    await until('the new path', async () => (await pathOf('Kustomization team/shop-apps')) === './other')
    await service.remove('fluxConfigurations/shop')
    await gone('fluxConfigurations/shop')
    assert.equal(await kube.find(ref('FluxConfig team/shop')), undefined)
    await until('the namespace that we made goes with its last object', async () => {
      const namespace = await kube.find(ref('Namespace team'))
      return !namespace || namespace.metadata.deletionTimestamp !== undefined
    })
  })

  test('heartbeats tell of the cluster', async () => {
    await startOurAgent()
    const told = await until('the agent version', async () => {
      const found = await service.cluster()
      return found.agentVersion === '1.2.3' && found
    })
    assert.match(String(told.kubernetesVersion), /^1\.\d+/)
  })

  test('protected settings arrive once, and are forgotten by the service', async () => {
    await startControllers()
    await startOurAgent()
    const httpsKey = Buffer.from('s3cret').toString('base64')
    const gitRepository = { url: 'https://git.test/shop', repositoryRef: { branch: 'main' }, httpsUser: 'ann' }
    await service.put(
      'fluxConfigurations/shop',
      properties('./apps', { gitRepository, configurationProtectedSettings: { httpsKey } }),
    )
    await shown('fluxConfigurations/shop', p => p.provisioningState === 'Succeeded')
    const password = async () => {
      const data = (await kube.get(ref('Secret team/shop-auth'))).data as Record<string, string>
      return Buffer.from(data.password ?? '', 'base64').toString()
    }
    assert.equal(await password(), 's3cret')
    // A write without them, and a new agent that hears everything again: the cluster keeps what it has.
    await service.patch('fluxConfigurations/shop', { kustomizations: { apps: { path: './other' } } })
    await until('the new path', async () => (await pathOf('Kustomization team/shop-apps')) === './other')
    assert.equal(await password(), 's3cret')
    await stopOurAgent()
    await kube.delete(ref('ConfigMap azure-arc/sluice-agent-state'))
    await startOurAgent()
    await service.patch('fluxConfigurations/shop', { kustomizations: { apps: { path: './third' } } })
    await until('the third path', async () => (await pathOf('Kustomization team/shop-apps')) === './third')
    assert.equal(await password(), 's3cret')
  })

  test('a FluxConfig that the service did not make is left alone, also one in the way', async () => {
    await startControllers()
    const own = { gitRepository: { url: 'https://mine.test/x' }, kustomizations: [{ name: 'apps', path: './mine' }] }
    await kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } }, { fieldManager: 'test' })
    for (const name of ['mine', 'shop']) {
      await kube.apply(
        {
          apiVersion: 'clusterconfig.azure.com/v1alpha1',
          kind: 'FluxConfig',
          metadata: { name, namespace: 'team' },
          spec: own,
        },
        { fieldManager: 'somebody' },
      )
    }
    await startOurAgent()
    await service.put('fluxConfigurations/shop', properties('./apps'))
    const refused = await shown('fluxConfigurations/shop', p => p.provisioningState === 'Failed')
    assert.match(String(refused.errorMessage), /FluxConfig team\/shop exists and was not made by the service/)
    await service.remove('fluxConfigurations/shop')
    await gone('fluxConfigurations/shop')
    for (const name of ['mine', 'shop']) {
      const { spec, metadata } = await kube.get(ref(`FluxConfig team/${name}`))
      assert.equal((spec as typeof own).gitRepository.url, 'https://mine.test/x')
      assert.equal(metadata.deletionTimestamp, undefined)
    }
  })
})

describe('cut off, and back', () => {
  test('a service that is down when the agent starts', async () => {
    await startControllers()
    await service.put('fluxConfigurations/shop', properties('./apps'))
    await service.stop()
    await startOurAgent()
    await service.start()
    await shown('fluxConfigurations/shop', p => p.provisioningState === 'Succeeded')
  })

  test('the connection cut in the middle, over and over, while both sides change', async () => {
    await startControllers()
    await startOurAgent()
    for (let round = 0; round < 10; round++) {
      const name = `config-${round % 3}`
      const done = service.put(`fluxConfigurations/${name}`, properties(`./round-${round}`))
      service.link.cut()
      await done
      if (round % 2 === 1) service.link.cut()
    }
    for (const [index, round] of [9, 7, 8].entries()) {
      await until(
        `config-${index} of round ${round}`,
        async () => (await pathOf(`Kustomization team/config-${index}-apps`)) === `./round-${round}`,
      )
      await becomeReady('team', `config-${index}`)
      service.link.cut()
    }
    for (const index of [0, 1, 2]) {
      await shown(`fluxConfigurations/config-${index}`, p => p.complianceState === 'Compliant')
    }
  })

  test('offline, the cluster goes on; back again, both sides have all of it, once', async () => {
    await startControllers()
    await startOurAgent()
    for (const name of ['shop', 'old']) await service.put(`fluxConfigurations/${name}`, properties('./apps'))
    for (const name of ['shop', 'old'])
      await shown(`fluxConfigurations/${name}`, p => p.provisioningState === 'Succeeded')
    const { metadata: before } = await kube.get(ref('FluxConfig team/shop'))

    service.link.block()
    await becomeReady('team', 'shop', 'main@sha1:2222')
    await until('the cluster itself is Compliant', async () => {
      const { status } = await kube.get(ref('FluxConfig team/shop'))
      return (status as { complianceState?: string }).complianceState === 'Compliant'
    })
    await service.put('fluxConfigurations/new', properties('./new'))
    await service.remove('fluxConfigurations/old')
    assert.equal((await service.get('fluxConfigurations/shop'))?.complianceState, 'Pending')
    assert.equal(await kube.find(ref('FluxConfig team/new')), undefined)

    service.link.open()
    await shown('fluxConfigurations/shop', p => p.sourceSyncedCommitId === 'main@sha1:2222')
    await shown('fluxConfigurations/new', p => p.provisioningState === 'Succeeded')
    await gone('fluxConfigurations/old')
    assert.equal(await kube.find(ref('FluxConfig team/old')), undefined)
    const { metadata } = await kube.get(ref('FluxConfig team/shop'))
    assert.deepEqual([metadata.uid, metadata.generation], [before.uid, before.generation], 'nothing was written twice')
  })

  test('an agent that is replaced goes on where the last one was', async () => {
    await startControllers()
    await startOurAgent()
    for (const name of ['shop', 'old', 'older']) await service.put(`fluxConfigurations/${name}`, properties('./apps'))
    for (const name of ['shop', 'old', 'older'])
      await shown(`fluxConfigurations/${name}`, p => p.provisioningState === 'Succeeded')
    // The deletion of one is under way when the agent goes, and is through when the next one comes.
    const held = ref('Kustomization team/older-apps')
    await kube.patch(held, { metadata: { finalizers: ['finalizers.fluxcd.io'] } }, 'merge')
    await service.remove('fluxConfigurations/older')
    await until('it is going', async () => (await kube.get(ref('FluxConfig team/older'))).metadata.deletionTimestamp)
    await stopOurAgent()
    const state = await kube.get(ref('ConfigMap azure-arc/sluice-agent-state'))
    assert.ok((state.data as { cursor?: string }).cursor)
    await kube.patch(held, { metadata: { finalizers: null } }, 'merge')
    await until('it is gone', async () => (await kube.find(ref('FluxConfig team/older'))) === undefined)
    await service.patch('fluxConfigurations/shop', { kustomizations: { apps: { path: './other' } } })
    await service.remove('fluxConfigurations/old')
    await service.put('fluxConfigurations/new', properties('./new'))

    await startOurAgent()
    await until('the change', async () => (await pathOf('Kustomization team/shop-apps')) === './other')
    await shown('fluxConfigurations/new', p => p.provisioningState === 'Succeeded')
    await Promise.all([gone('fluxConfigurations/old'), gone('fluxConfigurations/older')])
  })

  test('a service that was restarted, and one that lost its store', async () => {
    await startControllers()
    await startOurAgent()
    await service.put('fluxConfigurations/shop', properties('./apps'))
    await service.patch('fluxConfigurations/shop', { kustomizations: { apps: { path: './second' } } })
    await service.put('fluxConfigurations/lost', properties('./lost'))
    await shown('fluxConfigurations/lost', p => p.provisioningState === 'Succeeded')
    await until('the second path', async () => (await pathOf('Kustomization team/shop-apps')) === './second')

    await service.stop()
    await service.start()
    await service.patch('fluxConfigurations/shop', { kustomizations: { apps: { path: './third' } } })
    await until('the third path', async () => (await pathOf('Kustomization team/shop-apps')) === './third')

    service.link.block()
    await service.stop()
    await service.start({ fresh: true })
    await service.put('fluxConfigurations/shop', properties('./anew'))
    service.link.open()
    await until('the path of the new service', async () => (await pathOf('Kustomization team/shop-apps')) === './anew')
    await shown('fluxConfigurations/shop', p => p.provisioningState === 'Succeeded')
    // A store that is new says nothing about what ran before: it stays, also through the agent's next start.
    await stopOurAgent()
    await startOurAgent()
    await service.put('fluxConfigurations/later', properties('./later'))
    await shown('fluxConfigurations/later', p => p.provisioningState === 'Succeeded')
    const lost = await kube.get(ref('FluxConfig team/lost'))
    assert.equal(lost.metadata.deletionTimestamp, undefined)
    // Created again it is the service's once more, and goes when it is deleted.
    await service.put('fluxConfigurations/lost', properties('./lost'))
    await shown('fluxConfigurations/lost', p => p.provisioningState === 'Succeeded')
    await service.remove('fluxConfigurations/lost')
    await until('it is gone', async () => (await kube.find(ref('FluxConfig team/lost'))) === undefined)
  })

  test('a namespace or a FluxConfig that somebody deletes comes back', async () => {
    await startControllers()
    await startOurAgent()
    await service.put('fluxConfigurations/shop', properties('./apps'))
    await shown('fluxConfigurations/shop', p => p.provisioningState === 'Succeeded')
    for (const text of ['FluxConfig team/shop', 'Namespace team']) {
      const { metadata } = await kube.get(ref(text))
      await kube.delete(ref(text))
      await until(`another ${text}`, async () => {
        const found = await kube.find(ref(text))
        return found && found.metadata.uid !== metadata.uid && !found.metadata.deletionTimestamp
      })
      await until('its kustomization', () => kube.find(ref('Kustomization team/shop-apps')))
      await shown('fluxConfigurations/shop', p => p.provisioningState === 'Succeeded')
    }
  })

  test('a forced deletion does not wait, and the cluster follows', async () => {
    await startControllers()
    await startOurAgent()
    await service.put('fluxConfigurations/shop', properties('./apps'))
    await shown('fluxConfigurations/shop', p => p.provisioningState === 'Succeeded')
    await service.remove('fluxConfigurations/shop', true)
    await gone('fluxConfigurations/shop')
    await until('the FluxConfig is gone', async () => (await kube.find(ref('FluxConfig team/shop'))) === undefined)
  })

  test('a forced deletion takes all of it away when no controller answers any more', async () => {
    await startControllers()
    await startOurAgent({ dropAfter: 100 })
    await service.put('fluxConfigurations/shop', properties('./apps'))
    await shown('fluxConfigurations/shop', p => p.provisioningState === 'Succeeded')
    const finalizers = { metadata: { finalizers: ['finalizers.fluxcd.io'] } }
    await kube.patch(ref('Kustomization team/shop-apps'), finalizers, 'merge')
    await runtime?.close()
    runtime = undefined
    await service.remove('fluxConfigurations/shop', true)
    for (const text of [
      'FluxConfig team/shop',
      'Kustomization team/shop-apps',
      'GitRepository team/shop',
      'ClusterRoleBinding flux-applier:team:shop',
      'ServiceAccount team/flux-applier',
    ]) {
      await until(`no ${text}`, async () => (await kube.find(ref(text))) === undefined)
    }
  })
})
