import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ApiError, isConflict, isNotFound } from './api-error.ts'
import { serviceAccountUser } from './client.ts'
import { NoMatchError } from './discovery.ts'
import { configMapOf, configMapRef, startTestCluster, type TestCluster, until } from './testing/test-cluster.ts'

const KIND = { apiVersion: 'v1', kind: 'ConfigMap' }

let cluster: TestCluster
before(async () => {
  cluster = await startTestCluster()
})
after(() => cluster.close())

describe('client', () => {
  test('creates, reads, changes and deletes', async () => {
    const { client } = cluster
    const made = await client.create(configMapOf('crud', { a: '1' }))
    assert.equal(made.kind, 'ConfigMap')
    assert.equal((await client.get(configMapRef('crud'))).metadata.uid, made.metadata.uid)
    const updated = await client.update({ ...made, data: { a: '2' } })
    assert.deepEqual(updated.data, { a: '2' })
    const patched = await client.patch(configMapRef('crud'), { data: { b: '3' } })
    assert.deepEqual(patched.data, { a: '2', b: '3' })
    await client.delete(configMapRef('crud'), { uid: made.metadata.uid })
    assert.equal(await client.find(configMapRef('crud')), undefined)
    await assert.rejects(client.get(configMapRef('crud')), isNotFound)
  })

  test('knows a patch by its type', async () => {
    const { client } = cluster
    await client.create(configMapOf('patched', { a: '1' }))
    const json = await client.patch(configMapRef('patched'), [{ op: 'add', path: '/data/b', value: '2' }], 'json')
    assert.deepEqual(json.data, { a: '1', b: '2' })
    const strategic = await client.patch(configMapRef('patched'), { data: { a: null } }, 'strategic')
    assert.deepEqual(strategic.data, { b: '2' })
  })

  test('a write from an outdated state is a conflict, a wrong precondition deletes nothing', async () => {
    const { client } = cluster
    const made = await client.create(configMapOf('guarded', {}))
    await client.update({ ...made, data: { a: '1' } })
    await assert.rejects(client.update({ ...made, data: { a: '2' } }), isConflict)
    const body = { metadata: { resourceVersion: made.metadata.resourceVersion }, data: { a: '2' } }
    await assert.rejects(client.patch(configMapRef('guarded'), body), isConflict)
    await assert.rejects(client.delete(configMapRef('guarded'), { uid: 'another' }), isConflict)
  })

  test('a dry run changes nothing', async () => {
    const { client } = cluster
    await client.create(configMapOf('dry', {}), { dryRun: true })
    assert.equal(await client.find(configMapRef('dry')), undefined)
    const answer = await client.apply(configMapOf('dry', {}), { fieldManager: 'test', dryRun: true })
    assert.equal(answer.metadata.resourceVersion, undefined)
    assert.equal(await client.find(configMapRef('dry')), undefined)
  })

  test('applies under a manager, and takes fields from others only by force', async () => {
    const { client } = cluster
    await client.apply(configMapOf('applied', { a: '1' }), { fieldManager: 'one' })
    await assert.rejects(client.apply(configMapOf('applied', { a: '2' }), { fieldManager: 'two' }), isConflict)
    const taken = await client.apply(configMapOf('applied', { a: '2' }), { fieldManager: 'two', force: true })
    assert.deepEqual(taken.data, { a: '2' })
  })

  test('lists all pages, by namespace and label, with the kind that lists leave out', async () => {
    const { client } = cluster
    await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'many' } })
    const labels = { set: 'many' }
    const names = Array.from({ length: 510 }, (_, i) => `cm-${String(i).padStart(3, '0')}`)
    for (let from = 0; from < names.length; from += 30) {
      const some = names.slice(from, from + 30)
      await Promise.all(some.map(name => client.create(configMapOf(name, {}, { namespace: 'many', labels }))))
    }
    const { items, resourceVersion } = await client.list(KIND, { namespace: 'many', labelSelector: 'set=many' })
    assert.deepEqual(
      items.map(o => o.metadata.name),
      names,
    )
    assert.equal(items[0]?.kind, 'ConfigMap')
    assert.equal(items[0]?.apiVersion, 'v1')
    assert.match(resourceVersion, /^[0-9]+$/)
    const sizes: number[] = []
    for await (const page of client.pages(KIND, { namespace: 'many', labelSelector: 'set=many' })) {
      sizes.push(page.items.length)
      assert.equal(page.resourceVersion, resourceVersion)
    }
    assert.deepEqual(sizes, [500, 10])
    const one = await client.list(KIND, { namespace: 'many', fieldSelector: 'metadata.name=cm-007' })
    assert.equal(one.items.length, 1)
    assert.equal((await client.list(KIND, { namespace: 'many', labelSelector: 'set=other' })).items.length, 0)
  })

  test('watches from where a list ends', async () => {
    const { client } = cluster
    const { resourceVersion } = await client.list(KIND, { namespace: 'default' })
    await client.create(configMapOf('watched', {}))
    await client.delete(configMapRef('watched'))
    const stop = new AbortController()
    const seen: string[] = []
    const options = { namespace: 'default', resourceVersion, signal: stop.signal }
    for await (const event of client.watch(KIND, options)) {
      if (event.type === 'ERROR' || event.type === 'BOOKMARK') continue
      seen.push(`${event.type} ${event.object.metadata.name}`)
      if (event.type === 'DELETED') stop.abort()
    }
    assert.deepEqual(seen, ['ADDED watched', 'DELETED watched'])
  })

  test('acts for a service account with that account’s rights', async () => {
    const { client } = cluster
    const tenant = client.as(serviceAccountUser('default', 'tenant'))
    await assert.rejects(tenant.create(configMapOf('tenants', {})), (error: unknown) => {
      assert.ok(error instanceof ApiError)
      assert.equal(error.reason, 'Forbidden')
      assert.match(error.message, /User "system:serviceaccount:default:tenant" cannot create resource "configmaps"/)
      return true
    })
    const group = 'rbac.authorization.k8s.io'
    await client.create({
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'tenant', namespace: 'default' },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'tenant', namespace: 'default' }],
    })
    assert.equal((await tenant.create(configMapOf('tenants', {}))).metadata.name, 'tenants')
  })

  test('finds a kind again whose definition was made anew with another scope', async () => {
    const { client } = cluster
    const definition = (scope: string) => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'gadgets.example.com' },
      spec: {
        group: 'example.com',
        names: { kind: 'Gadget', plural: 'gadgets', singular: 'gadget', listKind: 'GadgetList' },
        scope,
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    })
    const crd = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: 'gadgets.example.com' }
    const gadget = { apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name: 'g', namespace: 'default' } }
    const create = async () => {
      await until(async () => {
        try {
          await client.create(gadget)
          return true
        } catch (error) {
          if (isNotFound(error) || error instanceof NoMatchError) return false
          throw error
        }
      })
    }
    await client.create(definition('Namespaced'))
    await create()
    await client.delete(crd)
    await until(async () => (await client.find(crd)) === undefined)
    await client.create(definition('Cluster'))
    await create()
    assert.equal(
      (await client.get({ apiVersion: 'example.com/v1', kind: 'Gadget', name: 'g' })).metadata.namespace,
      undefined,
    )
  })

  test('refuses a kind that is not served', async () => {
    const thing = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'x' } }
    await assert.rejects(cluster.client.create(thing), NoMatchError)
  })
})
