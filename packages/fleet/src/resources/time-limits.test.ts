/**
 * What time does: secrets go within 48 hours, changes nobody took expire, waits end, silence makes a cluster offline.
 * The clock is the test's.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { connectTestCluster, succeeded, type TestAgent } from '../testing/test-agent.ts'
import { type Answer, at, startTestFleet, type TestFleet } from '../testing/test-fleet.ts'

const VERSION = 'api-version=2025-04-01'
const HOUR = 3_600_000

interface Scene {
  tested: TestFleet
  agent: TestAgent
  path: string
  put(more?: object): Promise<string>
  patch(properties: object): Promise<Answer>
  get(): Promise<unknown>
  pass(ms: number): Promise<void>
  operation(url: string): Promise<unknown>
}

/** Time passes for the service alone: the agent's tokens are stamped with the service's time. */
async function scene(t: TestContext): Promise<Scene> {
  let offset = 0
  const now = () => new Date(Date.now() + offset)
  const tested = await startTestFleet({ now })
  t.after(() => tested.stop())
  let user = tested.ownerToken
  const call: TestFleet['call'] = (method, path, body, more) =>
    tested.call(method, path, body, { token: user, ...more })
  const agent = await connectTestCluster(tested, 'one', now)
  const path = `${agent.clusterId}/providers/Microsoft.KubernetesConfiguration/fluxConfigurations/site?${VERSION}`
  return {
    tested,
    agent,
    path,
    async put(more = {}) {
      const answer = await call('PUT', path, {
        properties: {
          gitRepository: { url: 'https://git.example.com/a.git', repositoryRef: { branch: 'main' }, httpsUser: 'bot' },
          kustomizations: { apps: {} },
          configurationProtectedSettings: { httpsKey: 'a2V5' },
          ...more,
        },
      })
      assert.ok(answer.status < 300, JSON.stringify(answer.body))
      return String(answer.headers['azure-asyncoperation'])
    },
    patch: properties => call('PATCH', path, { properties }),
    async get() {
      return (await call('GET', path)).body
    },
    async pass(ms) {
      offset += ms
      user = await tested.fleet.issueToken('olga')
      await tested.fleet.sweep()
    },
    async operation(url) {
      const { pathname, search } = new URL(url)
      return (await call('GET', pathname + search)).body
    },
  }
}

async function items(agent: TestAgent) {
  return (await agent.poll()).flatMap(event =>
    event.event === 'item' && event.item.name === 'site' ? [event.item] : [],
  )
}

test('protected settings that no cluster stored are gone before 48 hours are over', async t => {
  const { agent, put, pass } = await scene(t)
  await put()
  await pass(47 * HOUR)
  const [before] = await items(agent)
  assert.ok(before)
  assert.deepEqual(before.configurationProtectedSettings, { httpsKey: 'a2V5' })
  await agent.report({ id: before.id, generation: 1, provisioningState: 'Updating' })
  await pass(HOUR - 60_000)
  const [item] = await items(agent)
  assert.ok(item)
  assert.equal('configurationProtectedSettings' in item, false)
})

test('a change that its cluster did not take in 48 hours expires, says so, and is not delivered', async t => {
  const { agent, put, patch, get, pass, operation } = await scene(t)
  const monitor = await put()
  await pass(48 * HOUR + 1000)
  const expired = await get()
  assert.equal(at(expired, 'properties.provisioningState'), 'Failed')
  assert.match(String(at(expired, 'properties.errorMessage')), /apply the change again/)
  assert.equal(at(await operation(monitor), 'error.code'), 'ChangeExpired')
  const events = await agent.poll()
  assert.deepEqual(await items(agent), [])
  const synced = events.at(-1)
  assert.ok(synced?.event === 'synced' && synced.ids.length === 2, 'it still exists')
  assert.equal((await patch({ suspend: true })).status, 409, 'its secrets are gone: it must be sent as a whole')
  await put()
  const [item] = await items(agent)
  assert.equal(item?.generation, 2)
  assert.equal(at(await get(), 'properties.provisioningState'), 'Creating')
})

test('a report that comes after the expiry counts', async t => {
  const { agent, put, get, pass } = await scene(t)
  await put()
  const [item] = await items(agent)
  assert.ok(item)
  await pass(49 * HOUR)
  await agent.report(succeeded(item))
  assert.equal(at(await get(), 'properties.provisioningState'), 'Succeeded')
  assert.equal((await items(agent)).length, 1)
})

test('a configuration that waits for reconciliation is done when compliant', async t => {
  const { agent, put, get, operation } = await scene(t)
  const monitor = await put({ waitForReconciliation: true, reconciliationWaitDuration: 'PT30M' })
  const [item] = await items(agent)
  assert.ok(item)
  const report = succeeded(item)
  assert.ok(report.fluxConfiguration)
  await agent.report({
    ...report,
    fluxConfiguration: { ...report.fluxConfiguration, complianceState: 'Non-Compliant' },
  })
  assert.equal(at(await get(), 'properties.provisioningState'), 'Creating')
  assert.equal(at(await get(), 'properties.complianceState'), 'Non-Compliant')
  assert.equal(at(await operation(monitor), 'status'), 'Creating')
  await agent.report(report)
  assert.equal(at(await operation(monitor), 'status'), 'Succeeded')
})

test('and fails when its wait is over', async t => {
  const { agent, put, get, pass, operation } = await scene(t)
  const monitor = await put({ waitForReconciliation: true, reconciliationWaitDuration: 'PT30M' })
  const [item] = await items(agent)
  assert.ok(item)
  const report = succeeded(item)
  assert.ok(report.fluxConfiguration)
  await agent.report({ ...report, fluxConfiguration: { ...report.fluxConfiguration, complianceState: 'Pending' } })
  await pass(29 * 60_000)
  assert.equal(at(await get(), 'properties.provisioningState'), 'Creating')
  await pass(2 * 60_000)
  assert.equal(at(await get(), 'properties.provisioningState'), 'Failed')
  assert.equal(at(await operation(monitor), 'error.code'), 'ReconciliationTimedOut')
  assert.equal((await items(agent)).length, 1, 'it is still wanted')
})

test('a cluster that is silent for 15 minutes is offline', async t => {
  const { tested, agent, pass } = await scene(t)
  const heartbeat = {
    agentVersion: '1',
    kubernetesVersion: '1.35',
    totalNodeCount: 1,
    totalCoreCount: 1,
    distribution: 'x',
  }
  await agent.post('heartbeat', heartbeat)
  await pass(14 * 60_000)
  const state = async () => {
    const token = await tested.fleet.issueToken('olga')
    const { body } = await tested.call('GET', `${agent.clusterId}?api-version=2024-01-01`, undefined, { token })
    return at(body, 'properties.connectivityStatus')
  }
  assert.equal(await state(), 'Connected')
  await pass(2 * 60_000)
  assert.equal(await state(), 'Offline')
})
