/** Microsoft's own SDK, unchanged, as the client of the resource API: over TLS with our authority, against an agent that does what it is told. */
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
      if (event.event === 'item') await agent.report(succeeded(event.item))
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
  })
})
