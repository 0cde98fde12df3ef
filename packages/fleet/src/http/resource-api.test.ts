/** The resource API's manners: api-versions, errors, access, casing, etags, paging, operations, clusters and groups. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { connectTestCluster, succeeded, type TestAgent } from '../testing/test-agent.ts'
import { at, GROUP, startTestFleet, type TestFleet } from '../testing/test-fleet.ts'

const FLUX = 'api-version=2025-04-01'
const EXTENSION = 'api-version=2025-03-01'
const CLUSTER = 'api-version=2024-01-01'
const RESOURCES = 'api-version=2021-04-01'

const BODY = {
  properties: {
    gitRepository: { url: 'https://git.example.com/site.git', repositoryRef: { branch: 'main' } },
    kustomizations: { apps: { path: './apps' } },
  },
}

describe('the resource API', () => {
  let tested: TestFleet
  let agent: TestAgent
  let base: string

  before(async () => {
    tested = await startTestFleet()
    agent = await connectTestCluster(tested, 'North')
    base = `${agent.clusterId}/providers/Microsoft.KubernetesConfiguration`
  })
  after(() => tested.stop())

  const code = (answer: { body: unknown }) => at(answer.body, 'error.code')
  async function obey(): Promise<void> {
    for (const event of await agent.poll()) if (event.event === 'item') await agent.report(succeeded(event.item))
  }

  test('wants an api-version it knows, and lists those', async () => {
    const path = `${base}/fluxConfigurations`
    assert.equal(code(await tested.call('GET', path)), 'MissingApiVersionParameter')
    assert.equal(code(await tested.call('GET', `${path}?api-version=latest`)), 'InvalidApiVersionParameter')
    const unknown = await tested.call('GET', `${path}?api-version=2019-01-01`)
    assert.equal(unknown.status, 400)
    assert.equal(code(unknown), 'NoRegisteredProviderFound')
    assert.match(String(at(unknown.body, 'error.message')), /2025-04-01/)
    assert.equal((await tested.call('GET', `${path}?API-VERSION=2025-04-01`)).status, 200)
  })

  test('answers 401 without a token, with a wrong or an ended one, 403 to a reader who writes', async () => {
    const path = `${base}/fluxConfigurations/site?${FLUX}`
    const none = await tested.call('GET', path, undefined, { token: '' })
    assert.equal(none.status, 401)
    assert.equal(code(none), 'AuthenticationFailed')
    assert.match(String(none.headers['www-authenticate']), /^Bearer authorization_uri="https:.*\/oauth2\/token"$/)
    const wrong = await tested.call('GET', path, undefined, { token: 'x.y.z' })
    assert.equal(code(wrong), 'InvalidAuthenticationToken')
    assert.match(String(wrong.headers['www-authenticate']), /error="invalid_token"/)
    const agents = await tested.call('GET', path, undefined, { token: await agent.token() })
    assert.equal(agents.status, 401)
    const list = await tested.call('GET', `${base}/fluxConfigurations?${FLUX}`, undefined, {
      token: tested.readerToken,
    })
    assert.equal(list.status, 200)
    for (const [method, body] of [
      ['PUT', BODY],
      ['PATCH', {}],
      ['DELETE', undefined],
    ] as const) {
      const refused = await tested.call(method, path, body, { token: tested.readerToken })
      assert.equal(refused.status, 403)
      assert.equal(code(refused), 'AuthorizationFailed')
      assert.match(
        String(at(refused.body, 'error.message')),
        /Microsoft\.KubernetesConfiguration\/fluxConfigurations\//,
      )
    }
  })

  test('a role that changes counts at once', async () => {
    await tested.fleet.createUser('tom', 'Owner', 'secret-of-tom')
    const token = await tested.fleet.issueToken('tom')
    const group = `${GROUP}-tom?${RESOURCES}`
    assert.equal((await tested.call('PUT', group, { location: 'local' }, { token })).status, 201)
    await tested.fleet.createUser('tom', 'Reader', 'secret-of-tom')
    assert.equal((await tested.call('PUT', group, { location: 'local' }, { token })).status, 403)
  })

  test('gives tokens for a name and a secret, and slows guessing down', async () => {
    const grant = (fields: Record<string, string>) =>
      tested.call('POST', '/oauth2/token', new URLSearchParams(fields).toString(), {
        token: '',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
    const good = await grant({ grant_type: 'password', username: 'rita', password: 'reader-secret' })
    assert.equal(good.status, 200)
    const token = String(at(good.body, 'access_token'))
    assert.equal((await tested.call('GET', `/subscriptions?${RESOURCES}`, undefined, { token })).status, 200)
    const client = await grant({ grant_type: 'client_credentials', client_id: 'rita', client_secret: 'reader-secret' })
    assert.equal(client.status, 200)
    assert.equal((await grant({ grant_type: 'magic' })).status, 400)
    const wrong = { grant_type: 'password', username: 'mallory', password: 'guess' }
    for (let attempt = 0; attempt < 5; attempt++) assert.equal((await grant(wrong)).status, 401)
    assert.equal((await grant(wrong)).status, 429)
    assert.equal((await grant({ ...wrong, username: 'rita', password: 'reader-secret' })).status, 200)
  })

  test('unknown paths, malformed JSON and unfit bodies have ARM errors', async () => {
    assert.equal(code(await tested.call('GET', '/nothing/here')), 'InvalidResourceType')
    const malformed = await tested.call('PUT', `${base}/fluxConfigurations/site?${FLUX}`, '{"properties": ')
    assert.equal(malformed.status, 400)
    assert.equal(code(malformed), 'InvalidRequestContent')
    const proto = await tested.call('PUT', `${base}/fluxConfigurations/site?${FLUX}`, '{"__proto__": {"a": 1}}')
    assert.equal(code(proto), 'InvalidRequestContent')
    const text = await tested.call('PUT', `${base}/fluxConfigurations/site?${FLUX}`, 'x', {
      headers: { 'content-type': 'text/plain' },
    })
    assert.equal(text.status, 415)
    assert.equal(code(text), 'UnsupportedMediaType')
    const large = await tested.call('PUT', `${base}/fluxConfigurations/site?${FLUX}`, {
      properties: { x: 'x'.repeat(5_000_000) },
    })
    assert.equal(large.status, 413)
    assert.equal(code(large), 'RequestEntityTooLarge')
  })

  test('parents must exist, and cluster types be known', async () => {
    const other = base.replace('North', 'South')
    const missing = await tested.call('PUT', `${other}/fluxConfigurations/site?${FLUX}`, BODY)
    assert.equal(missing.status, 404)
    assert.equal(code(missing), 'ParentResourceNotFound')
    assert.equal(code(await tested.call('GET', `${other}/extensions?${EXTENSION}`)), 'ParentResourceNotFound')
    const type = base.replace('Microsoft.Kubernetes/connectedClusters', 'Microsoft.Kubernetes/pods')
    assert.equal(code(await tested.call('GET', `${type}/extensions?${EXTENSION}`)), 'InvalidResourceType')
    const group = await tested.call('GET', `${GROUP}-none/providers/Microsoft.Kubernetes/connectedClusters?${CLUSTER}`)
    assert.equal(code(group), 'ResourceGroupNotFound')
  })

  test('a configuration from creation to deletion, in ARM statuses, headers and bodies', async () => {
    const path = `${base}/fluxConfigurations/site?${FLUX}`
    const created = await tested.call('PUT', path, BODY, {
      headers: { 'x-ms-client-request-id': 'abc', 'x-ms-return-client-request-id': 'true' },
    })
    assert.equal(created.status, 201)
    assert.equal(created.headers['x-ms-client-request-id'], 'abc')
    assert.ok(created.headers['x-ms-request-id'])
    assert.match(String(created.headers['retry-after']), /^\d+$/)
    assert.equal(created.headers['operation-location'], undefined)
    assert.equal(at(created.body, 'id'), `${base}/fluxConfigurations/site`)
    assert.equal(at(created.body, 'properties.provisioningState'), 'Creating')
    assert.equal(at(created.body, 'properties.complianceState'), 'Unknown')
    assert.deepEqual(at(created.body, 'properties.statuses'), [])
    assert.deepEqual(at(created.body, 'properties.gitRepository.repositoryRef'), {
      branch: 'main',
      tag: null,
      semver: null,
      commit: null,
    })

    const monitor = new URL(String(created.headers['azure-asyncoperation']))
    assert.equal(monitor.protocol, 'https:')
    assert.equal(monitor.searchParams.get('api-version'), '2025-04-01')
    const running = await tested.call('GET', `${monitor.pathname}${monitor.search}&forceDelete=true`, undefined, {
      headers: { 'content-type': 'application/json' },
    })
    assert.equal(running.status, 200)
    assert.equal(at(running.body, 'status'), 'Creating')
    const inProgress = await tested.call('GET', `${base}/operations?${EXTENSION}`)
    assert.equal(Object(at(inProgress.body, 'value')).length, 2, 'the configuration and the extension it needs')

    await obey()
    assert.equal(at((await tested.call('GET', monitor.pathname + monitor.search)).body, 'status'), 'Succeeded')
    const got = await tested.call('GET', path)
    assert.equal(at(got.body, 'properties.provisioningState'), 'Succeeded')

    const patched = await tested.call('PATCH', path, { properties: { suspend: true } })
    assert.equal(patched.status, 202)
    assert.equal(at(patched.body, 'properties.provisioningState'), 'Updating')
    assert.equal(at(patched.body, 'systemData.createdAt'), at(created.body, 'systemData.createdAt'))
    const replaced = await tested.call('PUT', path, BODY)
    assert.equal(replaced.status, 200)
    const overtaken = new URL(String(patched.headers['azure-asyncoperation']))
    assert.equal(at((await tested.call('GET', overtaken.pathname + overtaken.search)).body, 'status'), 'Canceled')
    const moved = await tested.call('PUT', path, { properties: { ...BODY.properties, namespace: 'elsewhere' } })
    assert.equal(at(moved.body, 'error.target'), 'properties.namespace')

    const deleted = await tested.call('DELETE', path)
    assert.equal(deleted.status, 202)
    assert.equal(deleted.body, undefined)
    assert.equal(at((await tested.call('GET', path)).body, 'properties.provisioningState'), 'Deleting')
    const conflicting = await tested.call('PUT', path, BODY)
    assert.equal(conflicting.status, 409)
    assert.equal(code(conflicting), 'Conflict')
    const deletion = new URL(String(deleted.headers['azure-asyncoperation']))
    const twice = await tested.call('DELETE', path)
    assert.equal(twice.headers['azure-asyncoperation'], deletion.href, 'a repeated deletion is the same operation')
    await obey()
    assert.equal(at((await tested.call('GET', deletion.pathname + deletion.search)).body, 'status'), 'Succeeded')
    assert.equal(code(await tested.call('GET', path)), 'ResourceNotFound')
    assert.equal((await tested.call('DELETE', path)).status, 204)
    assert.equal(code(await tested.call('PATCH', path, {})), 'ResourceNotFound')
  })

  test('a forced deletion does not wait for the cluster', async () => {
    const path = `${base}/fluxConfigurations/stuck?${FLUX}`
    await tested.call('PUT', path, BODY)
    await tested.call('DELETE', path)
    const forced = await tested.call('DELETE', `${path}&forceDelete=true`)
    assert.equal(forced.status, 202)
    const monitor = new URL(String(forced.headers['azure-asyncoperation']))
    assert.equal(at((await tested.call('GET', monitor.pathname + monitor.search)).body, 'status'), 'Succeeded')
    assert.equal((await tested.call('GET', path)).status, 404)
    assert.equal(code(await tested.call('DELETE', `${path}&forceDelete=maybe`)), 'InvalidQueryParameter')
  })

  test('the flux extension cannot go while configurations need it, nor be there twice', async () => {
    const path = `${base}/fluxConfigurations/user?${FLUX}`
    await tested.call('PUT', path, BODY)
    const refused = await tested.call('DELETE', `${base}/extensions/flux?${EXTENSION}`)
    assert.equal(refused.status, 409)
    assert.match(String(at(refused.body, 'error.message')), /'user'/)
    const second = await tested.call('PUT', `${base}/extensions/flux2?${EXTENSION}`, {
      properties: { extensionType: 'microsoft.flux' },
    })
    assert.equal(second.status, 409)
    await tested.call('DELETE', `${path}&forceDelete=true`)
    assert.equal((await tested.call('DELETE', `${base}/extensions/flux?${EXTENSION}&forceDelete=true`)).status, 202)
  })

  test('paths are compared without regard to case', async () => {
    await tested.call('PUT', `${base}/fluxConfigurations/cased?${FLUX}`, BODY)
    const shouted = `${base.toUpperCase()}/FLUXCONFIGURATIONS/CASED?${FLUX}`
    const got = await tested.call('GET', shouted)
    assert.equal(got.status, 200)
    assert.equal(at(got.body, 'id'), `${base}/fluxConfigurations/cased`)
    const lower = agent.clusterId.replace('/resourceGroups/', '/resourcegroups/').toLowerCase()
    const cluster = await tested.call('GET', `${lower}?${CLUSTER}`)
    assert.equal(at(cluster.body, 'id'), agent.clusterId)
    await tested.call('DELETE', `${shouted}&forceDelete=true`)
    assert.equal((await tested.call('GET', shouted)).status, 404)
  })

  test('etags guard against lost updates', async () => {
    const path = `${base}/fluxConfigurations/tagged?${FLUX}`
    const ifMatch = (value: string) => ({ headers: { 'if-match': value } })
    const ifNoneMatch = { headers: { 'if-none-match': '*' } }
    assert.equal((await tested.call('PUT', path, BODY, ifMatch('*'))).status, 412)
    const created = await tested.call('PUT', path, BODY, ifNoneMatch)
    assert.equal(created.status, 201)
    assert.equal(created.headers.etag, at(created.body, 'etag'))
    assert.equal(code(await tested.call('PUT', path, BODY, ifNoneMatch)), 'PreconditionFailed')
    const etag = String(created.headers.etag)
    await obey()
    assert.equal((await tested.call('GET', path)).headers.etag, etag, "a cluster's report changes no etag")
    const changed = await tested.call('PATCH', path, { properties: { suspend: true } }, ifMatch(etag))
    assert.equal(changed.status, 202)
    assert.equal((await tested.call('PATCH', path, { properties: { suspend: false } }, ifMatch(etag))).status, 412)
    assert.equal((await tested.call('DELETE', path, undefined, ifMatch(etag))).status, 412)
    assert.equal(
      (await tested.call('DELETE', `${path}&forceDelete=true`, undefined, ifMatch(String(changed.headers.etag))))
        .status,
      202,
    )
  })

  test('lists come in pages, with links that can be followed as they are', async () => {
    for (const name of ['p1', 'p2', 'p3', 'p4', 'p5'])
      await tested.call('PUT', `${base}/fluxConfigurations/${name}?${FLUX}`, BODY)
    const names: unknown[] = []
    let next: string | undefined = `${base}/fluxConfigurations?${FLUX}&$top=2`
    let pages = 0
    while (next !== undefined) {
      const page = await tested.call('GET', next)
      assert.equal(page.status, 200)
      names.push(...Object(at(page.body, 'value')).map((one: unknown) => at(one, 'name')))
      pages += 1
      const link = at(page.body, 'nextLink')
      const url: URL | undefined = link === undefined ? undefined : new URL(String(link))
      assert.ok(url === undefined || url.protocol === 'https:')
      next = url && url.pathname + url.search
    }
    assert.deepEqual(names, ['p1', 'p2', 'p3', 'p4', 'p5'])
    assert.equal(pages, 3)
    assert.equal(code(await tested.call('GET', `${base}/fluxConfigurations?${FLUX}&$top=0`)), 'InvalidQueryParameter')
    for (const name of names)
      await tested.call('DELETE', `${base}/fluxConfigurations/${String(name)}?${FLUX}&forceDelete=true`)
  })

  test('a managed cluster carries configurations as a connected one does', async () => {
    const id = `${GROUP}/providers/Microsoft.ContainerService/managedClusters/aks`
    const { body } = await tested.call('GET', `${agent.clusterId}?${CLUSTER}`)
    const key = at(body, 'properties.agentPublicKeyCertificate')
    const version = 'api-version=2026-04-01'
    const made = await tested.call('PUT', `${id}?${version}`, {
      location: 'local',
      properties: { agentPublicKeyCertificate: key },
    })
    assert.equal(made.status, 201)
    assert.equal(at(made.body, 'type'), 'Microsoft.ContainerService/managedClusters')
    const path = `${id}/providers/Microsoft.KubernetesConfiguration/fluxConfigurations/site?${FLUX}`
    assert.equal((await tested.call('PUT', path, BODY)).status, 201)
  })

  test('clusters: what is required, heartbeats, lists of a group and a subscription', async () => {
    const id = `${GROUP}/providers/Microsoft.Kubernetes/connectedClusters/bad`
    const bad = await tested.call('PUT', `${id}?${CLUSTER}`, {
      properties: { agentPublicKeyCertificate: 'bm90IGEga2V5' },
    })
    const targets = Object(at(bad.body, 'error.details')).map((one: unknown) => at(one, 'target'))
    assert.deepEqual(targets, ['location', 'properties.agentPublicKeyCertificate'])
    const connecting = await tested.call('GET', `${agent.clusterId}?${CLUSTER}`)
    assert.equal(at(connecting.body, 'properties.connectivityStatus'), 'Connecting')
    assert.equal(at(connecting.body, 'properties.agentVersion'), null)
    const heartbeat = {
      agentVersion: '1.2.3',
      kubernetesVersion: '1.35.0',
      totalNodeCount: 3,
      totalCoreCount: 12,
      distribution: 'k3s',
    }
    assert.equal((await agent.post('heartbeat', heartbeat)).status, 200)
    const connected = await tested.call('GET', `${agent.clusterId}?${CLUSTER}`)
    assert.equal(at(connected.body, 'properties.connectivityStatus'), 'Connected')
    assert.equal(at(connected.body, 'properties.kubernetesVersion'), '1.35.0')
    assert.equal(at(connected.body, 'properties.totalCoreCount'), 12)
    assert.ok(at(connected.body, 'properties.lastConnectivityTime'))
    const subscription = GROUP.split('/').slice(0, 3).join('/')
    for (const scope of [GROUP, subscription]) {
      const list = await tested.call('GET', `${scope}/providers/Microsoft.Kubernetes/connectedClusters?${CLUSTER}`)
      assert.deepEqual(
        Object(at(list.body, 'value')).map((one: unknown) => at(one, 'name')),
        ['North'],
      )
    }
    const tagged = await tested.call('PATCH', `${agent.clusterId}?${CLUSTER}`, { tags: { ring: 'one' } })
    assert.deepEqual(at(tagged.body, 'tags'), { ring: 'one' })
    assert.equal(at(tagged.body, 'identity.principalId'), at(connected.body, 'identity.principalId'))
    const fixed = await tested.call('PATCH', `${agent.clusterId}?${CLUSTER}`, {
      properties: { agentPublicKeyCertificate: 'x' },
    })
    assert.equal(fixed.status, 400)
  })

  test('groups and subscriptions', async () => {
    const group = `${GROUP}-two`
    assert.equal((await tested.call('HEAD', `${group}?${RESOURCES}`)).status, 404)
    assert.equal((await tested.call('PUT', `${group}?${RESOURCES}`, {})).status, 400)
    assert.equal((await tested.call('PUT', `${group}?${RESOURCES}`, { location: 'local' })).status, 201)
    assert.equal((await tested.call('PUT', `${group}?${RESOURCES}`, { location: 'local' })).status, 200)
    assert.equal((await tested.call('HEAD', `${group}?${RESOURCES}`)).status, 204)
    assert.equal((await tested.call('DELETE', `${group}?${RESOURCES}`)).status, 200)
    const holding = await tested.call('DELETE', `${GROUP}?${RESOURCES}`)
    assert.equal(holding.status, 409)
    const subscriptions = await tested.call('GET', `/subscriptions?${RESOURCES}`)
    assert.equal(Object(at(subscriptions.body, 'value')).length, 1)
    const provider = await tested.call(
      'GET',
      `${GROUP.split('/').slice(0, 3).join('/')}/providers/microsoft.kubernetesconfiguration?${RESOURCES}`,
    )
    assert.equal(at(provider.body, 'registrationState'), 'Registered')
    const operations = await tested.call('GET', `/providers/Microsoft.KubernetesConfiguration/operations?${FLUX}`)
    assert.ok(Object(at(operations.body, 'value')).length > 5)
  })

  test('owners make, change and remove users; the last owner stays', async () => {
    const path = '/access/v1/users'
    const made = await tested.call('PUT', `${path}/rob`, { role: 'Reader' })
    assert.equal(made.status, 201)
    const secret = String(at(made.body, 'secret'))
    const grant = { grant_type: 'password', username: 'rob', password: secret }
    const token = String(at((await tested.call('POST', '/oauth2/token', grant, { token: '' })).body, 'access_token'))
    assert.equal((await tested.call('PUT', `${path}/rob`, { role: 'Owner' }, { token })).status, 403)
    assert.equal((await tested.call('PUT', `${path}/rob`, { role: 'Admin' })).status, 400)
    assert.equal((await tested.call('PUT', `${path}/rob`, { role: 'Reader', secret: 'short' })).status, 400)
    const kept = await tested.call('PUT', `${path}/rob`, { role: 'Owner' })
    assert.deepEqual(kept.body, { name: 'rob', role: 'Owner' })
    assert.equal((await tested.call('GET', path, undefined, { token })).status, 200)
    assert.equal((await tested.call('DELETE', `${path}/rob`)).status, 200)
    assert.equal((await tested.call('GET', path, undefined, { token })).status, 401, 'its token ended with it')
    assert.equal((await tested.call('DELETE', `${path}/rob`)).status, 404)
    const list = Object(at((await tested.call('GET', path)).body, 'value'))
    assert.ok(list.every((user: unknown) => at(user, 'secret_hash') === undefined))
    assert.equal((await tested.call('DELETE', `${path}/olga`)).status, 409)
    assert.equal((await tested.call('PUT', `${path}/olga`, { role: 'Reader' })).status, 409)
  })

  test('is healthy', async () => {
    const health = await tested.call('GET', '/healthz', undefined, { token: '' })
    assert.deepEqual(health.body, { status: 'ok' })
  })
})
