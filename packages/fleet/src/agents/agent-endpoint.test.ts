/**
 * The agents' endpoint from a cluster's side: proof of identity, the stream and its cursors, reports of old
 * generations, secrets that travel once.
 */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { DesiredEvent, DesiredItem, ObjectStatus, StatusReport } from '@sluice/api'
import { connectTestCluster, succeeded, type TestAgent, testAgent } from '../testing/test-agent.ts'
import { at, GROUP, startTestFleet, type TestFleet } from '../testing/test-fleet.ts'

const VERSION = 'api-version=2025-04-01'

function body(more: Record<string, unknown> = {}) {
  return {
    properties: {
      gitRepository: { url: 'https://git.example.com/site.git', repositoryRef: { branch: 'main' }, httpsUser: 'bot' },
      kustomizations: { apps: { path: './apps' } },
      ...more,
    },
  }
}

function items(events: DesiredEvent[]): DesiredItem[] {
  return events.flatMap(event => (event.event === 'item' ? [event.item] : []))
}

describe("the agents' endpoint", () => {
  let tested: TestFleet
  let serial = 0

  before(async () => {
    tested = await startTestFleet()
  })
  after(() => tested.stop())

  async function cluster(): Promise<{
    agent: TestAgent
    path: (name: string) => string
    put: (name: string, more?: object) => Promise<void>
  }> {
    serial += 1
    const agent = await connectTestCluster(tested, `cluster-${serial}`)
    const path = (name: string) =>
      `${agent.clusterId}/providers/Microsoft.KubernetesConfiguration/fluxConfigurations/${name}?${VERSION}`
    const put = async (name: string, more = {}) => {
      const answer = await tested.call('PUT', path(name), body(more))
      assert.ok(answer.status < 300, JSON.stringify(answer.body))
    }
    return { agent, path, put }
  }

  test('accepts RSA, P-256 and Ed25519 keys, as PEM, base64 SPKI or base64 PKCS#1', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const ed = generateKeyPairSync('ed25519')
    const registrations = [
      { key: rsa.privateKey, text: rsa.publicKey.export({ type: 'pkcs1', format: 'der' }).toString('base64') },
      { key: rsa.privateKey, text: rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString() },
      { key: ed.privateKey, text: ed.publicKey.export({ type: 'spki', format: 'der' }).toString('base64') },
    ]
    for (const [index, { key, text }] of registrations.entries()) {
      const id = `${GROUP}/providers/Microsoft.Kubernetes/connectedClusters/keys-${index}`
      const made = await tested.call('PUT', `${id}?api-version=2024-01-01`, {
        location: 'local',
        properties: { agentPublicKeyCertificate: text },
      })
      assert.equal(made.status, 201)
      const events = await testAgent(tested, id, key).poll()
      assert.deepEqual(
        events.map(event => event.event),
        ['synced'],
      )
    }
  })

  test('refuses tokens that prove nothing', async () => {
    const { agent } = await cluster()
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const now = Math.floor(Date.now() / 1000)
    const reused = await agent.token()
    assert.equal((await agent.post('status', { reports: [] }, reused)).status, 200)
    const refused: [string, string][] = [
      ['a user token', tested.ownerToken],
      ['another key', await agent.token({}, other)],
      ['another audience', await agent.token({ aud: 'elsewhere' })],
      ['expired', await agent.token({ iat: now - 900, exp: now - 600 })],
      ['too long a life', await agent.token({ exp: now + 3600 })],
      ['no jti', await agent.token({ jti: undefined })],
      ['no expiry', await agent.token({ exp: undefined })],
      ['another subject', await agent.token({ sub: `${agent.clusterId}x` })],
      ['used before', reused],
      ['no JWT', 'garbage'],
    ]
    for (const [what, token] of refused) {
      const answer = await agent.post('status', { reports: [] }, token)
      // A user's token names no cluster that is connected here.
      const expected = what === 'a user token' ? [401, 404] : [401]
      assert.ok(expected.includes(answer.status), `${what}: ${answer.status}`)
      assert.ok(at(answer.body, 'error.code'), what)
    }
    const gone = testAgent(tested, `${agent.clusterId}-gone`, other)
    const answer = await gone.post('status', { reports: [] })
    assert.equal(at(answer.body, 'error.code'), 'ClusterNotFound')
  })

  test('a poll brings the extension, the configuration and a cursor; from there nothing is new', async () => {
    const { agent, put } = await cluster()
    await put('site', { configurationProtectedSettings: { httpsKey: 'c2VjcmV0' } })
    const events = await agent.poll()
    const [extension, configuration] = items(events)
    assert.ok(extension?.type === 'extension' && configuration?.type === 'fluxConfiguration')
    assert.equal(extension.extensionType, 'microsoft.flux')
    assert.equal(configuration.namespace, 'default')
    assert.deepEqual(configuration.configurationProtectedSettings, { httpsKey: 'c2VjcmV0' })
    assert.equal(at(configuration.properties, 'gitRepository.syncIntervalInSeconds'), 600)
    assert.equal('provisioningState' in configuration.properties, false)
    const synced = events.at(-1)
    assert.ok(synced?.event === 'synced')
    assert.deepEqual(synced.ids.sort(), [configuration.id, extension.id].sort())
    const again = await agent.poll(synced.cursor)
    assert.deepEqual(
      again.map(event => event.event),
      ['synced'],
    )
    const unknown = await agent.poll('elsewhere.99')
    assert.equal(items(unknown).length, 2)
  })

  test('protected settings are gone once the cluster has them, and stay away until given anew', async () => {
    const { agent, path, put } = await cluster()
    await put('site', { configurationProtectedSettings: { httpsKey: 'c2VjcmV0' } })
    const [item] = items(await agent.poll()).filter(one => one.type === 'fluxConfiguration')
    assert.ok(item)
    await agent.report({ id: item.id, generation: 1, provisioningState: 'Updating', protectedSettingsStored: true })
    const [after] = items(await agent.poll()).filter(one => one.type === 'fluxConfiguration')
    assert.equal(after && 'configurationProtectedSettings' in after, false)
    await tested.call('PATCH', path('site'), { properties: { suspend: true } })
    const [patched] = items(await agent.poll()).filter(one => one.type === 'fluxConfiguration')
    assert.equal(patched?.generation, 2)
    assert.equal(patched && 'configurationProtectedSettings' in patched, false)
    await put('site')
    const [replaced] = items(await agent.poll()).filter(one => one.type === 'fluxConfiguration')
    assert.deepEqual(replaced?.configurationProtectedSettings, {}, 'a PUT without them drops what the cluster holds')
  })

  test('a report on an older generation says nothing; one on the present decides', async () => {
    const { agent, path, put } = await cluster()
    await put('site')
    const [first] = items(await agent.poll()).filter(one => one.type === 'fluxConfiguration')
    assert.ok(first)
    await put('site', { suspend: true })
    const stale = await agent.report(succeeded(first))
    assert.deepEqual(stale.body, { accepted: 0 })
    const pending = await tested.call('GET', path('site'))
    assert.equal(at(pending.body, 'properties.provisioningState'), 'Creating')
    assert.equal(at(pending.body, 'properties.complianceState'), 'Unknown')
    const current: StatusReport = { ...succeeded(first), generation: 2 }
    assert.deepEqual((await agent.report(current)).body, { accepted: 1 })
    const done = await tested.call('GET', path('site'))
    assert.equal(at(done.body, 'properties.provisioningState'), 'Succeeded')
    assert.equal(at(done.body, 'properties.complianceState'), 'Compliant')
    assert.equal(at(done.body, 'systemData.lastModifiedBy'), 'olga')
    await tested.call('PATCH', path('site'), { properties: { suspend: false } })
    const changed = await tested.call('GET', path('site'))
    assert.equal(at(changed.body, 'properties.complianceState'), 'Pending')
    assert.equal(at(changed.body, 'properties.sourceSyncedCommitId'), 'main@sha1:0ba6f0d3')
  })

  test('a failure is told in the resource and in its operation', async () => {
    const { agent, path } = await cluster()
    const answer = await tested.call('PUT', path('site'), body())
    const [item] = items(await agent.poll()).filter(one => one.type === 'fluxConfiguration')
    assert.ok(item)
    await agent.report({
      id: item.id,
      generation: 1,
      provisioningState: 'Failed',
      errorMessage: 'namespace is being deleted',
    })
    const got = await tested.call('GET', path('site'))
    assert.equal(at(got.body, 'properties.provisioningState'), 'Failed')
    assert.equal(at(got.body, 'properties.errorMessage'), 'namespace is being deleted')
    const monitor = new URL(String(answer.headers['azure-asyncoperation']))
    const operation = await tested.call('GET', monitor.pathname + monitor.search)
    assert.equal(operation.status, 200)
    assert.equal(at(operation.body, 'status'), 'Failed')
    assert.equal(at(operation.body, 'error.message'), 'namespace is being deleted')
  })

  test('one bad report spoils its batch, and is named', async () => {
    const { agent, path, put } = await cluster()
    await put('site')
    const [item] = items(await agent.poll()).filter(one => one.type === 'fluxConfiguration')
    assert.ok(item)
    const answer = await agent.post('status', {
      reports: [succeeded(item), { ...succeeded(item), provisioningState: 'Fine' }],
    })
    assert.equal(answer.status, 400)
    assert.equal(at(answer.body, 'error.target'), 'reports[1].provisioningState')
    const got = await tested.call('GET', path('site'))
    assert.equal(at(got.body, 'properties.provisioningState'), 'Creating')
  })

  test('a release that was never made, and one that was, are told with what there is to tell', async () => {
    const { agent, path, put } = await cluster()
    await put('site')
    const [item] = items(await agent.poll()).filter(one => one.type === 'fluxConfiguration')
    assert.ok(item)
    const report = succeeded(item)
    assert.ok(report.fluxConfiguration)
    const release: Omit<ObjectStatus, 'helmReleaseProperties'> = {
      name: 'web',
      namespace: 'site',
      kind: 'HelmRelease',
      complianceState: 'Non-Compliant',
      appliedBy: { name: 'site-apps', namespace: 'site' },
      statusConditions: [],
    }
    const counts = { failureCount: 0, installFailureCount: 0, upgradeFailureCount: 0 }
    const refused = { ...release, helmReleaseProperties: { lastRevisionApplied: null, helmChartRef: null, ...counts } }
    const made = {
      ...release,
      helmReleaseProperties: {
        lastRevisionApplied: 2,
        helmChartRef: { name: 'site-web', namespace: 'site' },
        ...counts,
      },
    }
    const fluxConfiguration = { ...report.fluxConfiguration, statuses: [refused, made] }
    assert.deepEqual((await agent.report({ ...report, fluxConfiguration })).body, { accepted: 1 })
    const { body } = await tested.call('GET', path('site'))
    const statuses = at(body, 'properties.statuses')
    assert.ok(Array.isArray(statuses))
    assert.deepEqual(
      statuses.map(status => status.helmReleaseProperties),
      [counts, made.helmReleaseProperties],
    )
  })

  test("a cluster cannot report on another cluster's configuration", async () => {
    const mine = await cluster()
    const theirs = await cluster()
    await theirs.put('site')
    const [item] = items(await theirs.agent.poll()).filter(one => one.type === 'fluxConfiguration')
    assert.ok(item)
    assert.deepEqual((await mine.agent.report(succeeded(item))).body, { accepted: 0 })
  })

  test('an open stream hears changes, deletions and forced deletions', async () => {
    const { agent, path, put } = await cluster()
    const events: DesiredEvent[] = []
    let waiting: { isMet: () => boolean; met: () => void } | undefined
    const stream = await agent.follow(event => {
      events.push(event)
      if (waiting?.isMet()) waiting.met()
    })
    function until(isMet: () => boolean): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting = { isMet, met: resolve }
      if (isMet()) resolve()
      return promise
    }
    await until(() => events.some(event => event.event === 'synced'))
    await put('site')
    await until(() => items(events).length === 2)
    await tested.call('DELETE', path('site'))
    await until(() => items(events).some(item => item.deleting))
    const deletion = items(events).find(item => item.deleting)
    assert.ok(deletion)
    assert.equal(deletion.generation, 2)
    await agent.report(succeeded(deletion))
    await until(() => events.some(event => event.event === 'removed' && event.id === deletion.id))
    assert.equal((await tested.call('GET', path('site'))).status, 404)
    await put('other')
    await tested.call('DELETE', `${path('other')}&forceDelete=true`)
    await until(() => events.filter(event => event.event === 'removed').length === 2)
    assert.equal((await tested.call('GET', path('other'))).status, 404)
    stream.stop()
    await stream.ended
  })

  test('a stream goes on from its cursor after the service was restarted', async () => {
    const { agent, put } = await cluster()
    await put('one')
    const synced = (await agent.poll()).at(-1)
    assert.ok(synced?.event === 'synced')
    await put('two')
    await tested.restart()
    const events = await agent.poll(synced.cursor)
    assert.deepEqual(
      items(events).map(item => item.name),
      ['two'],
    )
  })

  test('disconnecting a cluster ends its stream and forgets everything below it', async () => {
    const { agent, path, put } = await cluster()
    await put('site')
    const stream = await agent.follow(() => {})
    assert.equal((await tested.call('DELETE', `${agent.clusterId}?api-version=2024-01-01`)).status, 200)
    await stream.ended
    assert.equal(at((await tested.call('GET', path('site'))).body, 'error.code'), 'ParentResourceNotFound')
    assert.equal((await tested.call('DELETE', `${agent.clusterId}?api-version=2024-01-01`)).status, 204)
  })

  test('closing the service ends open streams', async () => {
    const { agent } = await cluster()
    const stream = await agent.follow(() => {})
    await tested.restart()
    await stream.ended
  })
})
