/**
 * Microsoft's own SDK, unchanged, as the client of the resource API: over TLS with our authority, against an agent
 * that does what it is told.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { SourceControlConfigurationClient } from '@azure/arm-kubernetesconfiguration'
import { connectTestCluster, succeeded, type TestAgent } from './testing/test-agent.ts'
import { startTestFleet, type TestFleet } from './testing/test-fleet.ts'

const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555'
const CLUSTER = ['fleet', 'Microsoft.Kubernetes', 'connectedClusters', 'one'] as const
const WAIT = { updateIntervalInMs: 20 }

describe('the Azure SDK', () => {
  let tested: TestFleet
  let agent: TestAgent
  let stream: { stop(): void }
  let client: SourceControlConfigurationClient

  before(async () => {
    tested = await startTestFleet()
    agent = await connectTestCluster(tested, 'one')
    stream = await agent.follow(async event => {
      if (event.event !== 'item') return
      const { item } = event
      const isBad = item.name === 'bad' && !item.deleting
      const failed = { ...succeeded(item), provisioningState: 'Failed' as const, errorMessage: 'no such namespace' }
      await agent.report(isBad ? failed : succeeded(item))
    })
    const credential = {
      getToken: async () => ({ token: tested.ownerToken, expiresOnTimestamp: Date.now() + 3_600_000 }),
    }
    client = new SourceControlConfigurationClient(credential, SUBSCRIPTION, {
      endpoint: tested.fleet.url,
      tlsOptions: { ca: tested.ca },
      retryOptions: { maxRetries: 0 },
    })
  })
  after(async () => {
    stream.stop()
    await tested.stop()
  })

  test('creates a configuration and waits for it', async () => {
    const made = await client.fluxConfigurations.beginCreateOrUpdateAndWait(
      ...CLUSTER,
      'site',
      {
        scope: 'cluster',
        namespace: 'site-config',
        gitRepository: { url: 'https://git.example.com/site.git', repositoryRef: { branch: 'main' }, httpsUser: 'bot' },
        kustomizations: {
          infra: { path: './infra', prune: true },
          apps: { path: './apps', dependsOn: ['infra'], postBuild: { substitute: { region: 'north' } } },
        },
        configurationProtectedSettings: { httpsKey: 'c2VjcmV0' },
      },
      WAIT,
    )
    assert.equal(made.provisioningState, 'Succeeded')
    assert.equal(made.complianceState, 'Compliant')
    assert.equal(made.type, 'Microsoft.KubernetesConfiguration/fluxConfigurations')
    assert.equal(made.sourceSyncedCommitId, 'main@sha1:0ba6f0d3')
    assert.equal(made.kustomizations?.apps?.name, 'apps')
    assert.deepEqual(made.kustomizations?.apps?.dependsOn, ['infra'])
    assert.equal(made.kustomizations?.infra?.timeoutInSeconds, 600)
    assert.equal(made.statuses?.[0]?.statusConditions?.[0]?.type, 'Ready')
    assert.equal(made.systemData?.createdBy, 'olga')
    assert.ok(made.systemData?.createdAt instanceof Date)
  })

  test('the flux extension was installed by itself, with its operation', async () => {
    const extensions = []
    for await (const one of client.extensions.list(...CLUSTER)) extensions.push(one)
    assert.equal(extensions.length, 1)
    assert.equal(extensions[0]?.name, 'flux')
    assert.equal(extensions[0]?.extensionType, 'microsoft.flux')
    assert.equal(extensions[0]?.provisioningState, 'Succeeded')
    assert.equal(extensions[0]?.currentVersion, '1.0.0')
    assert.equal(extensions[0]?.scope?.cluster?.releaseNamespace, 'flux-system')
  })

  test('gets, patches and lists it', async () => {
    const got = await client.fluxConfigurations.get(...CLUSTER, 'site')
    assert.equal(got.gitRepository?.httpsUser, 'bot')
    assert.equal(got.configurationProtectedSettings ?? null, null)
    const patched = await client.fluxConfigurations.beginUpdateAndWait(
      ...CLUSTER,
      'site',
      { suspend: true, gitRepository: { syncIntervalInSeconds: 60 }, kustomizations: { extra: { path: './extra' } } },
      WAIT,
    )
    assert.equal(patched.suspend, true)
    assert.equal(patched.gitRepository?.syncIntervalInSeconds, 60)
    assert.equal(patched.gitRepository?.url, 'https://git.example.com/site.git')
    assert.deepEqual(Object.keys(patched.kustomizations ?? {}).sort(), ['apps', 'extra', 'infra'])
    assert.equal(patched.provisioningState, 'Succeeded')
    const names = []
    for await (const one of client.fluxConfigurations.list(...CLUSTER)) names.push(one.name)
    assert.deepEqual(names, ['site'])
  })

  test('a wrong body is a RestError with code, message and details', async () => {
    const wrong = client.fluxConfigurations.beginCreateOrUpdateAndWait(...CLUSTER, 'wrong', {
      gitRepository: { url: 'ftp://git.example.com', repositoryRef: { branch: 'main', tag: 'v1' } },
      kustomizations: { a: { dependsOn: ['b'] }, b: { dependsOn: ['a'] } },
    })
    await assert.rejects(
      wrong,
      (error: { code?: string; statusCode?: number; details?: { error?: { details?: { target: string }[] } } }) => {
        assert.equal(error.code, 'ValidationFailed')
        assert.equal(error.statusCode, 400)
        return true
      },
    )
  })

  test('creates configurations from a bucket and from Azure Blob storage, whose secrets never come back', async () => {
    const kustomizations = { apps: {} }
    const bucket = await client.fluxConfigurations.beginCreateOrUpdateAndWait(
      ...CLUSTER,
      'bucket',
      {
        sourceKind: 'Bucket',
        scope: 'namespace',
        namespace: 'team',
        bucket: { url: 'https://s3.example.com', bucketName: 'manifests', accessKey: 'id', insecure: false },
        kustomizations,
        configurationProtectedSettings: { bucketSecretKey: 'c2VjcmV0' },
      },
      WAIT,
    )
    assert.equal(bucket.bucket?.accessKey, 'id')
    assert.equal(bucket.bucket?.insecure, false)
    assert.equal(bucket.scope, 'namespace')
    const blob = await client.fluxConfigurations.beginCreateOrUpdateAndWait(
      ...CLUSTER,
      'blob',
      {
        sourceKind: 'AzureBlob',
        azureBlob: { url: 'https://x.blob.example.com', containerName: 'c', accountKey: 'very secret' },
        kustomizations,
      },
      WAIT,
    )
    assert.equal(blob.azureBlob?.containerName, 'c')
    assert.equal(blob.azureBlob?.accountKey ?? null, null)
    const moved = await client.fluxConfigurations.beginUpdateAndWait(
      ...CLUSTER,
      'blob',
      {
        sourceKind: 'GitRepository',
        gitRepository: { url: 'git@git.example.com:x.git', repositoryRef: { tag: 'v1' } },
      },
      WAIT,
    )
    assert.equal(moved.azureBlob ?? null, null)
    assert.equal(moved.gitRepository?.repositoryRef?.tag, 'v1')
    for (const name of ['bucket', 'blob']) {
      await client.fluxConfigurations.beginDeleteAndWait(...CLUSTER, name, { ...WAIT, forceDelete: true })
    }
  })

  test('an operation that fails in the cluster rejects with the reason', async () => {
    const source = { gitRepository: { url: 'https://git.example.com/x.git', repositoryRef: { branch: 'main' } } }
    const wrong = client.fluxConfigurations.beginCreateOrUpdateAndWait(
      ...CLUSTER,
      'bad',
      { ...source, kustomizations: { apps: {} } },
      WAIT,
    )
    await assert.rejects(wrong, /FluxConfigurationOperationFailed.*no such namespace/)
    const got = await client.fluxConfigurations.get(...CLUSTER, 'bad')
    assert.equal(got.provisioningState, 'Failed')
    assert.equal(got.errorMessage, 'no such namespace')
    await client.fluxConfigurations.beginDeleteAndWait(...CLUSTER, 'bad', WAIT)
  })

  test('asks for operations, of the provider and of the cluster, and for configurations of Flux v1', async () => {
    const operations = []
    for await (const one of client.operations.list()) operations.push(one.name)
    assert.ok(operations.includes('Microsoft.KubernetesConfiguration/fluxConfigurations/write'))
    const legacy = []
    for await (const one of client.sourceControlConfigurations.list(...CLUSTER)) legacy.push(one)
    assert.deepEqual(legacy, [])
    await assert.rejects(client.fluxConfigOperationStatus.get(...CLUSTER, 'site', 'none'), {
      code: 'OperationNotFound',
    })
  })

  test('deletes it, and a second time finds nothing', async () => {
    await client.fluxConfigurations.beginDeleteAndWait(...CLUSTER, 'site', WAIT)
    await assert.rejects(client.fluxConfigurations.get(...CLUSTER, 'site'), {
      code: 'ResourceNotFound',
      statusCode: 404,
    })
    await client.fluxConfigurations.beginDeleteAndWait(...CLUSTER, 'site', WAIT)
    await client.fluxConfigurations.beginDeleteAndWait(...CLUSTER, 'site', { ...WAIT, forceDelete: true })
  })

  test('extensions are made, patched and deleted', async () => {
    await client.extensions.beginDeleteAndWait(...CLUSTER, 'flux', WAIT)
    const made = await client.extensions.beginCreateAndWait(
      ...CLUSTER,
      'flux',
      { extensionType: 'Microsoft.Flux', configurationSettings: { 'multiTenancy.enforce': 'false' } },
      WAIT,
    )
    assert.equal(made.provisioningState, 'Succeeded')
    const patched = await client.extensions.beginUpdateAndWait(
      ...CLUSTER,
      'flux',
      { configurationSettings: { 'image-automation-controller.enabled': 'true' } },
      WAIT,
    )
    assert.deepEqual(patched.configurationSettings, {
      'multiTenancy.enforce': 'false',
      'image-automation-controller.enabled': 'true',
    })
    const running = []
    for await (const one of client.operationStatus.list(...CLUSTER)) running.push(one)
    assert.deepEqual(running, [])
    await client.extensions.beginDeleteAndWait(...CLUSTER, 'flux', WAIT)
    const missing = client.extensions.get(...CLUSTER, 'flux')
    await assert.rejects(missing, {
      code: 'ResourceNotFound',
      message: "Extension instance with name 'flux' not found.",
    })
  })
})
