import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { createLog, Runtime } from '@sluice/controller'
import type { KubeClient } from '@sluice/kube'
import { fluxConfigReconciler, startAgent } from '../index.ts'
import { fluxConfig } from '../testing/flux-config.ts'
import { ref, startTestCluster, type TestCluster } from '../testing/test-cluster.ts'
import { startTestService, type TestService } from '../testing/test-service.ts'
import { until } from '../testing/until.ts'

const log = createLog(process.env.TEST_LOG ?? 'silent')

let service: TestService
let cluster: TestCluster
let kube: KubeClient
let agent: { close(): Promise<void> }
let runtime: Runtime | undefined
const image = 'registry.test/controllers'

beforeEach(async () => {
  ;[service, cluster] = await Promise.all([
    startTestService(),
    startTestCluster({ definitions: false, workloads: true }),
  ])
  kube = cluster.kube
  await kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'azure-arc' } }, { fieldManager: 'test' })
})

afterEach(async () => {
  await agent.close()
  await runtime?.close()
  runtime = undefined
  await Promise.all([service.close(), cluster.close()])
})

async function startOurAgent(extensionTimeout = 60_000): Promise<void> {
  agent = await startAgent({
    kube,
    log,
    namespace: 'azure-arc',
    serviceUrl: service.link.url,
    serviceCa: service.ca,
    resourceId: service.clusterId,
    privateKeyPem: service.privateKeyPem,
    version: '1.2.3',
    image,
    timing: { gather: 20, retry: { first: 20, most: 200 }, extensionTimeout },
  })
}

interface Shown {
  provisioningState: string
  currentVersion: string | null
  errorInfo: { message: string } | null
  statuses: { code: string; message: string }[]
}

async function shown(met: (properties: Shown) => boolean): Promise<Shown> {
  let last: unknown
  try {
    return await until('the extension', async () => {
      last = await service.get('extensions/flux')
      return last !== undefined && met(last as Shown) ? (last as Shown) : undefined
    })
  } catch (error) {
    throw new Error(`the extension stayed ${JSON.stringify(last)}`, { cause: error })
  }
}

const extension = (settings: Record<string, string> = {}) => ({
  extensionType: 'microsoft.flux',
  autoUpgradeMinorVersion: true,
  scope: { cluster: { releaseNamespace: 'flux-system' } },
  configurationSettings: settings,
})

async function argumentsOf(): Promise<string[]> {
  const deployment = await kube.get(ref('Deployment flux-system/flux-controllers'))
  const { template } = deployment.spec as { template: { spec: { containers: { args: string[] }[] } } }
  return template.spec.containers[0]?.args ?? []
}

describe('the extension microsoft.flux on a bare cluster', () => {
  test('is installed by hand, follows its settings, and is removed without a trace', async () => {
    await startOurAgent()
    await service.put('extensions/flux', extension())
    const { currentVersion } = await shown(p => p.provisioningState === 'Succeeded')
    assert.equal(currentVersion, '1.2.3')
    assert.ok((await argumentsOf()).includes('--no-cross-namespace-refs'))
    assert.ok(await kube.find(ref('CustomResourceDefinition fluxconfigs.clusterconfig.azure.com')))

    await service.patch('extensions/flux', { configurationSettings: { 'multiTenancy.enforce': 'false' } })
    await until('tenancy is off', async () => !(await argumentsOf()).includes('--no-cross-namespace-refs'))
    await shown(p => p.provisioningState === 'Succeeded')

    // Objects of users, with finalizers that nobody will serve any more, must not keep the definitions alive.
    await kube.apply(
      {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'GitRepository',
        metadata: { name: 'mine', namespace: 'default', finalizers: ['finalizers.fluxcd.io'] },
        spec: { url: 'https://git.test/x', interval: '1m' },
      },
      { fieldManager: 'test' },
    )
    await service.remove('extensions/flux')
    await until(
      'the extension is gone from the service',
      async () => (await service.get('extensions/flux')) === undefined,
    )
    for (const text of [
      'Deployment flux-system/flux-controllers',
      'ClusterRoleBinding cluster-reconciler-flux-system',
      'CustomResourceDefinition fluxconfigs.clusterconfig.azure.com',
      'CustomResourceDefinition gitrepositories.source.toolkit.fluxcd.io',
      'Secret azure-arc/extension-flux',
    ]) {
      assert.equal(await kube.find(ref(text)), undefined, text)
    }
    await until('its namespace goes too', async () => {
      const namespace = await kube.find(ref('Namespace flux-system'))
      return !namespace || namespace.metadata.deletionTimestamp !== undefined
    })
  })

  test('a setting that this build cannot meet is named; put right, it succeeds', async () => {
    await startOurAgent()
    await service.put('extensions/flux', extension({ 'notification-controller.enabled': 'true', nonsense: 'x' }))
    const failed = await shown(p => p.provisioningState === 'Failed')
    assert.match(
      failed.errorInfo?.message ?? '',
      /notification-controller\.enabled.*this build has no notification-controller/,
    )
    assert.match(failed.errorInfo?.message ?? '', /nonsense is not known/)
    assert.equal(failed.statuses[0]?.code, 'InstallationFailed')
    await service.put('extensions/flux', extension({ 'helm-controller.enabled': 'false' }))
    await shown(p => p.provisioningState === 'Succeeded')
  })

  test('a version that this build has not is refused', async () => {
    await startOurAgent()
    await service.put('extensions/flux', { ...extension(), autoUpgradeMinorVersion: false, version: '9.9.9' })
    const failed = await shown(p => p.provisioningState === 'Failed')
    assert.match(failed.errorInfo?.message ?? '', /version 9\.9\.9 cannot be installed: this build has 1\.2\.3/)
  })

  test('controllers that do not come up are a failure with the reason', async () => {
    await startOurAgent(300)
    // A node that takes no pods.
    for (const node of (await kube.list({ apiVersion: 'v1', kind: 'Node' })).items) {
      await kube.patch(
        { apiVersion: 'v1', kind: 'Node', name: node.metadata.name },
        { spec: { unschedulable: true } },
        'merge',
      )
    }
    await service.put('extensions/flux', extension())
    const failed = await shown(p => p.provisioningState === 'Failed')
    assert.match(failed.errorInfo?.message ?? '', /the controllers did not become available/)
  })

  test('is not removed while configurations live, and says so; then it follows them', async () => {
    await startOurAgent()
    await service.put('extensions/flux', extension())
    await shown(p => p.provisioningState === 'Succeeded')
    runtime = new Runtime({ client: kube, log })
    runtime.add(fluxConfigReconciler(runtime))
    await runtime.start()
    // One of the user's own: the service knows nothing of it, and cannot refuse.
    await kube.apply(fluxConfig({}, { metadata: { namespace: 'default', generation: undefined } }), {
      fieldManager: 'test',
    })
    await until('what it makes', () => kube.find(ref('Kustomization default/shop-apps')))
    await service.remove('extensions/flux')
    const refused = await shown(p => p.provisioningState === 'Failed')
    assert.match(
      refused.errorInfo?.message ?? '',
      /flux configurations still exist on the cluster: default\/shop\. Delete them first/,
    )
    assert.ok(await kube.find(ref('Deployment flux-system/flux-controllers')))
    await kube.delete(ref('FluxConfig default/shop'))
    await until(
      'the extension is gone from the service',
      async () => (await service.get('extensions/flux')) === undefined,
    )
    assert.equal(await kube.find(ref('CustomResourceDefinition fluxconfigs.clusterconfig.azure.com')), undefined)
  })
})
