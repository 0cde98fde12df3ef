/** The API server from outside, over HTTPS, behaviour by behaviour. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { configMap, patchTypes, startTestServer, type TestServer } from './testing/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

const maps = '/api/v1/namespaces/default/configmaps'
const post = (path: string, body: unknown, token?: string) =>
  server.call('POST', path, { body, ...(token === undefined ? {} : { token }) })

async function namespace(name: string): Promise<string> {
  const { status } = await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  assert.equal(status, 201)
  return name
}

describe('objects', () => {
  test('are created, read, replaced and deleted', async () => {
    const created = await post(maps, configMap('crud', { a: '1' }))
    assert.equal(created.status, 201)
    assert.match(created.json.metadata.uid, /^[0-9a-f-]{36}$/)
    const again = await post(maps, configMap('crud'))
    assert.equal(again.status, 409)
    assert.equal(again.json.message, 'configmaps "crud" already exists')
    const replaced = await server.call('PUT', `${maps}/crud`, { body: { ...created.json, data: { a: '2' } } })
    assert.equal(replaced.json.data.a, '2')
    const stale = await server.call('PUT', `${maps}/crud`, { body: { ...created.json, data: { a: '3' } } })
    assert.equal(stale.json.reason, 'Conflict')
    assert.equal((await server.call('DELETE', `${maps}/crud`)).json.details.uid, created.json.metadata.uid)
    assert.equal((await server.call('GET', `${maps}/crud`)).json.message, 'configmaps "crud" not found')
  })

  test('keep their version when nothing changes', async () => {
    const { json } = await post(maps, configMap('still', { a: '1' }))
    const same = await server.call('PUT', `${maps}/still`, { body: json })
    assert.equal(same.json.metadata.resourceVersion, json.metadata.resourceVersion)
    const patched = await server.call('PATCH', `${maps}/still`, { body: { data: { a: '1' } }, type: patchTypes.merge })
    assert.equal(patched.json.metadata.resourceVersion, json.metadata.resourceVersion)
  })

  test('of a dry run leave no trace', async () => {
    const { status, json } = await post(`${maps}?dryRun=All`, configMap('dry'))
    assert.equal(status, 201)
    assert.equal(json.metadata.resourceVersion, undefined)
    assert.equal((await server.call('GET', `${maps}/dry`)).status, 404)
  })

  test('with unknown or doubled fields are refused, or warned of', async () => {
    const body = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"f"},"nope":1,"data":{"a":"1","a":"2"}}'
    const strict = await server.call('POST', `${maps}?fieldValidation=Strict&dryRun=All`, { body })
    assert.equal(strict.status, 400)
    assert.match(strict.json.message, /strict decoding error: duplicate field "data.a", unknown field "nope"/)
    const warned = await server.call('POST', `${maps}?dryRun=All`, { body })
    assert.equal(warned.status, 201)
    assert.match(String(warned.headers.warning), /299 - "unknown field \\"nope\\""/)
  })

  test('held by a finalizer go when it is taken away', async () => {
    const held = { ...configMap('held'), metadata: { name: 'held', finalizers: ['example.com/x'] } }
    await post(maps, held)
    assert.ok((await server.call('DELETE', `${maps}/held`)).json.metadata.deletionTimestamp)
    assert.equal((await server.call('GET', `${maps}/held`)).status, 200)
    const body = { metadata: { finalizers: null } }
    assert.equal((await server.call('PATCH', `${maps}/held`, { body, type: patchTypes.merge })).status, 200)
    assert.equal((await server.call('GET', `${maps}/held`)).status, 404)
  })

  test('are read as YAML and answered as YAML', async () => {
    const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  a: "1"\n'
    const { status, text } = await server.call('POST', maps, {
      body,
      type: 'application/yaml',
      headers: { accept: 'application/yaml' },
    })
    assert.equal(status, 201)
    assert.match(text, /^kind: ConfigMap$/m)
  })
})

describe('lists', () => {
  test('come in pages of one snapshot', async () => {
    const ns = await namespace('pages')
    const path = `/api/v1/namespaces/${ns}/configmaps`
    for (const name of ['a', 'b', 'c'])
      await post(path, { ...configMap(name), metadata: { name, labels: { page: 'y' } } })
    const first = await server.call('GET', `${path}?limit=2&labelSelector=page`)
    assert.deepEqual(
      first.json.items.map((i: { metadata: { name: string } }) => i.metadata.name),
      ['a', 'b'],
    )
    await server.call('DELETE', `${path}/c`)
    const token = encodeURIComponent(first.json.metadata.continue)
    const second = await server.call('GET', `${path}?limit=2&labelSelector=page&continue=${token}`)
    assert.deepEqual(
      second.json.items.map((i: { metadata: { name: string } }) => i.metadata.name),
      ['c'],
    )
    assert.equal(second.json.metadata.resourceVersion, first.json.metadata.resourceVersion)
    assert.equal(second.json.metadata.continue, undefined)
  })

  test('of built-in kinds leave out what every item has in common', async () => {
    const { json } = await server.call('GET', '/api/v1/namespaces?limit=1')
    assert.equal(json.kind, 'NamespaceList')
    assert.equal(json.items[0].kind, undefined)
  })
})

describe('watches', () => {
  test('go on where a list ended, and miss nothing', async () => {
    const ns = await namespace('watching')
    const path = `/api/v1/namespaces/${ns}/configmaps`
    const { json } = await server.call('GET', path)
    const { resourceVersion } = json.metadata
    await post(path, { ...configMap('one'), metadata: { name: 'one', labels: { w: '1' } } })
    const from = `${path}?watch=1&labelSelector=w%3D1&resourceVersion=${resourceVersion}`
    const events = server.watch(from, seen => seen.length === 3)
    await server.call('PATCH', `${path}/one`, { body: { data: { a: '1' } }, type: patchTypes.merge })
    await server.call('PATCH', `${path}/one`, { body: { metadata: { labels: { w: '2' } } }, type: patchTypes.merge })
    assert.deepEqual(
      (await events).map(e => e.type),
      ['ADDED', 'MODIFIED', 'DELETED'],
    )
  })

  test('that begin too early say so', async () => {
    const [event] = await server.watch(`${maps}?watch=1&resourceVersion=1`, () => false)
    assert.equal(event.object.reason, 'Expired')
  })

  test('send the initial events and a bookmark when asked to', async () => {
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
    const events = await server.watch(`/api/v1/namespaces?${query}`, seen => seen.at(-1)?.type === 'BOOKMARK')
    assert.ok(events.length > 4)
    assert.equal(events.at(-1).object.metadata.annotations['k8s.io/initial-events-end'], 'true')
  })

  test('end after the time they were given', async () => {
    assert.deepEqual(await server.watch(`${maps}?watch=1&timeoutSeconds=1&labelSelector=none`, () => false), [])
  })
})

describe('server-side apply', () => {
  const apply = (manager: string, data: Record<string, string>, force = false) =>
    server.call('PATCH', `${maps}/applied?fieldManager=${manager}${force ? '&force=true' : ''}`, {
      body: configMap('applied', data),
      type: patchTypes.apply,
    })

  test('creates, keeps still, conflicts, and is forced', async () => {
    assert.equal((await apply('one', { a: '1' })).status, 201)
    const { json } = await apply('one', { a: '1' })
    assert.equal((await apply('one', { a: '1' })).json.metadata.resourceVersion, json.metadata.resourceVersion)
    const conflict = await apply('two', { a: '2' })
    assert.equal(conflict.status, 409)
    assert.equal(conflict.json.message, 'Apply failed with 1 conflict: conflict with "one": .data.a')
    assert.equal((await apply('two', { a: '2' }, true)).json.data.a, '2')
    assert.deepEqual((await apply('one', { b: '1' })).json.data, { a: '2', b: '1' })
  })
})

const widgets = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
        additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  size: { type: 'integer', minimum: 1, default: 3 },
                  replicas: { type: 'integer', default: 1 },
                },
                'x-kubernetes-validations': [{ rule: 'self.size < 100', message: 'too big' }],
              },
              status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
      {
        name: 'v2',
        served: true,
        storage: false,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}

describe('a custom definition', () => {
  const path = '/apis/example.com/v1/namespaces/default/widgets'
  const widget = (name: string, spec: object, status?: object) => ({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name },
    spec,
    ...(status ? { status } : {}),
  })
  before(async () => {
    assert.equal((await post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', widgets)).status, 201)
    await server.until('/apis/example.com/v1', reply => reply.status === 200)
  })

  test('makes a resource with defaults, pruning, validation and rules', async () => {
    const { json } = await post(path, widget('w', { nope: 1 }, { dropped: true }))
    assert.deepEqual(json.spec, { size: 3, replicas: 1 })
    assert.equal(json.status, undefined)
    assert.equal(json.metadata.generation, 1)
    const small = await post(path, widget('x', { size: 0 }))
    assert.match(small.json.message, /spec.size in body should be greater than or equal to 1/)
    assert.match((await post(path, widget('x', { size: 100 }))).json.message, /spec: Invalid value: .*too big/)
  })

  test('counts generations by the spec, and not by the status', async () => {
    await post(path, widget('g', { size: 1 }))
    const status = { body: { status: { ready: true } }, type: patchTypes.merge }
    assert.equal((await server.call('PATCH', `${path}/g/status`, status)).json.metadata.generation, 1)
    const spec = { body: { spec: { size: 2 } }, type: patchTypes.merge }
    assert.equal((await server.call('PATCH', `${path}/g`, spec)).json.metadata.generation, 2)
  })

  test('serves its other version, a scale, and a table', async () => {
    await post(path, widget('v', { size: 7 }))
    const other = await server.call('GET', '/apis/example.com/v2/namespaces/default/widgets/v')
    assert.equal(other.json.apiVersion, 'example.com/v2')
    const scaled = await server.call('PATCH', `${path}/v/scale`, {
      body: { spec: { replicas: 5 } },
      type: patchTypes.merge,
    })
    assert.equal(scaled.json.spec.replicas, 5)
    assert.equal((await server.call('GET', `${path}/v`)).json.spec.replicas, 5)
    const table = await server.call('GET', `${path}/v`, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    })
    assert.deepEqual(table.json.rows[0].cells, ['v', 7])
  })

  test('takes its instances along when it is deleted', async () => {
    const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com'
    await server.call('DELETE', definition)
    await server.until(definition, reply => reply.status === 404)
    assert.equal((await server.call('GET', path)).status, 404)
    const { json } = await server.call('GET', '/apis')
    assert.ok(!json.groups.some((g: { name: string }) => g.name === 'example.com'))
  })
})

describe('access', () => {
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  const role = (rules: object[]) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'r' },
    rules,
  })
  const binding = (subject: object) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'b' },
    roleRef: { kind: 'Role', name: 'r' },
    subjects: [subject],
  })

  test('is refused without credentials and with bad ones', async () => {
    assert.equal((await server.call('GET', maps, { token: '' })).status, 403)
    assert.equal((await server.call('GET', '/version', { token: '' })).status, 200)
    assert.equal((await server.call('GET', maps, { token: 'x.y.z' })).status, 401)
  })

  test('of a service account is what its roles say, by token and by impersonation', async () => {
    const ns = await namespace('tenant')
    const inside = `/api/v1/namespaces/${ns}`
    await server.until(`${inside}/serviceaccounts/default`, reply => reply.status === 200)
    await post(
      `${rbac}/namespaces/${ns}/roles`,
      role([{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'create'] }]),
    )
    await post(
      `${rbac}/namespaces/${ns}/rolebindings`,
      binding({ kind: 'ServiceAccount', name: 'default', namespace: ns }),
    )
    const issued = await post(`${inside}/serviceaccounts/default/token`, { spec: {} })
    const { token } = issued.json.status
    assert.equal((await post(`${inside}/configmaps`, configMap('mine'), token)).status, 201)
    assert.equal((await server.call('DELETE', `${inside}/configmaps/mine`, { token })).status, 403)
    const headers = { 'impersonate-user': `system:serviceaccount:${ns}:default` }
    assert.equal((await server.call('GET', `${inside}/configmaps/mine`, { headers })).status, 200)
    const denied = await server.call('GET', `${inside}/secrets`, { headers })
    assert.equal(
      denied.json.message,
      `secrets is forbidden: User "system:serviceaccount:${ns}:default" cannot list resource "secrets" in API group "" in the namespace "${ns}"`,
    )
    await server.call('DELETE', `${inside}/serviceaccounts/default`)
    assert.equal((await server.call('GET', `${inside}/configmaps/mine`, { token })).status, 401)
  })

  test('cannot be raised by those who may write roles', async () => {
    const ns = await namespace('climber')
    await post(
      `${rbac}/namespaces/${ns}/roles`,
      role([{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['create'] }]),
    )
    await post(`${rbac}/namespaces/${ns}/rolebindings`, binding({ kind: 'User', name: 'eve' }))
    const headers = { 'impersonate-user': 'eve' }
    const greedy = {
      ...role([{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]),
      metadata: { name: 'greedy' },
    }
    const { status, json } = await server.call('POST', `${rbac}/namespaces/${ns}/roles`, { body: greedy, headers })
    assert.equal(status, 403)
    assert.match(json.message, /is attempting to grant RBAC permissions not currently held/)
  })
})

describe('namespaces and owners', () => {
  test('a namespace has an account and the authority, and takes its content along', async () => {
    const ns = await namespace('going')
    const inside = `/api/v1/namespaces/${ns}`
    await server.until(`${inside}/configmaps/kube-root-ca.crt`, reply => reply.status === 200)
    await post(`${inside}/configmaps`, configMap('content'))
    const { json } = await server.call('DELETE', inside)
    assert.equal(json.status.phase, 'Terminating')
    const late = await post(`${inside}/configmaps`, configMap('late'))
    assert.ok(late.status === 403 || late.status === 404)
    await server.until(inside, reply => reply.status === 404)
    assert.equal((await server.call('GET', `${inside}/configmaps`)).json.items.length, 0)
  })

  const owned = (name: string, uid: string) => ({
    ...configMap(name),
    metadata: {
      name,
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid, blockOwnerDeletion: true }],
    },
  })

  for (const [policy, survives] of [
    ['Background', false],
    ['Foreground', false],
    ['Orphan', true],
  ] as const) {
    test(`deletion with policy ${policy} ${survives ? 'spares' : 'takes'} dependents`, async () => {
      const ns = await namespace(`gc-${policy.toLowerCase()}`)
      const path = `/api/v1/namespaces/${ns}/configmaps`
      const { json } = await post(path, configMap('owner'))
      await post(path, owned('child', json.metadata.uid))
      await server.call('DELETE', `${path}/owner?propagationPolicy=${policy}`)
      await server.until(`${path}/owner`, reply => reply.status === 404)
      if (survives) {
        const child = await server.call('GET', `${path}/child`)
        assert.equal(child.json.metadata.ownerReferences, undefined)
      } else await server.until(`${path}/child`, reply => reply.status === 404)
    })
  }
})

describe('discovery', () => {
  test('comes in the old form, in the new form, and not at all when nothing changed', async () => {
    const { json } = await server.call('GET', '/apis/apps/v1')
    assert.ok(json.resources.some((r: { name: string }) => r.name === 'deployments/scale'))
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    const aggregated = await server.call('GET', '/apis', { headers: { accept } })
    assert.equal(aggregated.json.kind, 'APIGroupDiscoveryList')
    const etag = String(aggregated.headers.etag)
    assert.equal((await server.call('GET', '/apis', { headers: { accept, 'if-none-match': etag } })).status, 304)
  })

  test('counts requests', async () => {
    await server.call('GET', `${maps}/counted`)
    const { text } = await server.call('GET', '/metrics')
    assert.match(text, /apiserver_request_total\{code="404".*resource="configmaps".*verb="GET".*\} \d+/)
  })
})

describe('admission', () => {
  test('by the pod security level of the namespace', async () => {
    const ns = await namespace('secured')
    const label = (level: string) => ({ metadata: { labels: { 'pod-security.kubernetes.io/enforce': level } } })
    const path = `/api/v1/namespaces/${ns}`
    const patched = (level: string) => server.call('PATCH', path, { body: label(level), type: patchTypes.merge })
    assert.equal((await patched('odd')).status, 422)
    assert.equal((await patched('baseline')).status, 200)
    const pod = (spec: object) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
    })
    const refused = await post(`${path}/pods`, pod({ hostPID: true }))
    assert.equal(refused.status, 403)
    assert.match(refused.json.message, /violates PodSecurity "baseline:latest": host namespaces \(hostPID=true\)/)
    assert.equal((await post(`${path}/pods?dryRun=All`, pod({}))).status, 201)
  })

  const group = '/apis/admissionregistration.k8s.io/v1'
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }
  const namespaceSelector = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } })

  test('by policies', async () => {
    const ns = await namespace('policed')
    const apiVersion = 'admissionregistration.k8s.io/v1'
    const metadata = { name: ns }
    await post(`${group}/validatingadmissionpolicies`, {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        matchConstraints: { resourceRules: [rule], namespaceSelector: namespaceSelector(ns) },
        validations: [{ expression: "!('bad' in object.data)", messageExpression: "'not ' + object.data.bad" }],
      },
    })
    await post(`${group}/validatingadmissionpolicybindings`, {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: ns, validationActions: ['Deny'] },
    })
    const path = `/api/v1/namespaces/${ns}/configmaps`
    const refused = await post(path, configMap('a', { bad: 'this' }))
    assert.equal(refused.status, 422)
    assert.match(
      refused.json.message,
      /ValidatingAdmissionPolicy 'policed' with binding 'policed' denied request: not this/,
    )
    assert.equal((await post(path, configMap('a', { good: '1' }))).status, 201)
  })

  test('by webhooks, which may be out of reach', async () => {
    const ns = await namespace('hooked')
    const hook = (failurePolicy: string) => ({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: ns },
      webhooks: [
        {
          name: 'a.example.com',
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          clientConfig: { url: 'https://127.0.0.1:1/x' },
          failurePolicy,
          rules: [rule],
          namespaceSelector: namespaceSelector(ns),
        },
      ],
    })
    const configurations = `${group}/validatingwebhookconfigurations`
    const path = `/api/v1/namespaces/${ns}/configmaps`
    await post(configurations, hook('Fail'))
    const refused = await post(path, configMap('a'))
    assert.equal(refused.status, 500)
    assert.match(refused.json.message, /failed calling webhook "a.example.com": .*connection refused/)
    await server.call('DELETE', `${configurations}/${ns}`)
    await post(configurations, hook('Ignore'))
    assert.equal((await post(path, configMap('a'))).status, 201)
    await server.call('DELETE', `${configurations}/${ns}`)
  })

  test('by quotas and limits', async () => {
    const ns = await namespace('limited')
    const path = `/api/v1/namespaces/${ns}`
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard: { secrets: '1' } } }
    await post(`${path}/resourcequotas`, quota)
    const secret = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name } })
    assert.equal((await post(`${path}/secrets`, secret('a'))).status, 201)
    assert.match((await post(`${path}/secrets`, secret('b'))).json.message, /exceeded quota: q/)
    const limits = [{ type: 'Container', default: { cpu: '500m' } }]
    await post(`${path}/limitranges`, {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'l' },
      spec: { limits },
    })
    const spec = { containers: [{ name: 'c', image: 'i' }] }
    const pod = await post(`${path}/pods`, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec })
    assert.equal(pod.json.spec.containers[0].resources.limits.cpu, '500m')
  })
})
