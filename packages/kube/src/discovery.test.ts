import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { Discovery, NoMatchError, resourcePath, sameGroupKind } from './discovery.ts'
import { type ScriptedServer, scriptedServer } from './testing/scripted-server.ts'

let server: ScriptedServer

beforeEach(async () => {
  server = await scriptedServer()
})
afterEach(() => server.close())

describe('discovery', () => {
  test('finds the resource of a kind, and says which kind the server does not serve', async () => {
    const { discovery } = server.client
    const found = await discovery.resourceFor('v1', 'ConfigMap')
    assert.deepEqual([found.resource, found.namespaced, found.verbs], ['configmaps', true, ['list', 'watch', 'get']])
    await assert.rejects(discovery.resourceFor('v1', 'Confmap'), (error: unknown) => {
      assert.ok(error instanceof NoMatchError)
      assert.equal(error.message, 'no matches for kind "Confmap" in version "v1"')
      return true
    })
  })

  test('asked anew while an answer is under way, does not settle for that older answer', async () => {
    const { discovery } = server.client
    server.serves = false
    const older = discovery.refresh()
    const newer = [discovery.refresh(), discovery.refresh()]
    await older
    server.serves = true
    await Promise.all(newer)
    assert.equal((await discovery.resourceFor('v1', 'ConfigMap')).kind, 'ConfigMap')
    assert.equal(server.discoveries, 2)
  })

  test('tells when the server serves something else, and is sent its documents only then', async () => {
    const { discovery } = server.client
    let told = 0
    const off = discovery.onChange(() => told++)
    await discovery.refresh()
    await discovery.refresh()
    assert.deepEqual([told, server.discoveries, server.discoveriesSent], [1, 2, 1])
    server.serves = false
    await discovery.refresh()
    assert.deepEqual([told, server.discoveries, server.discoveriesSent], [2, 3, 2])
    await assert.rejects(discovery.resourceFor('v1', 'ConfigMap'), NoMatchError)
    off()
    server.serves = true
    await discovery.refresh()
    assert.equal(told, 2)
    assert.equal((await discovery.resourceFor('v1', 'ConfigMap')).kind, 'ConfigMap')
  })

  test('what came of an answer that failed in part is asked for again', async () => {
    const { discovery } = server.client
    server.serves = false
    await discovery.refresh()
    server.serves = true
    server.failsGroups = true
    await assert.rejects(discovery.refresh(), { code: 500 })
    server.failsGroups = false
    await discovery.refresh()
    assert.equal((await discovery.resourceFor('v1', 'ConfigMap')).kind, 'ConfigMap')
  })

  test('a doubted resource is looked up again', async () => {
    const { discovery } = server.client
    const info = await discovery.resourceFor('v1', 'ConfigMap')
    server.serves = false
    discovery.doubt(info)
    // Not twice within half a second.
    await assert.rejects(discovery.resourceFor('v1', 'ConfigMap'), NoMatchError)
    await discovery.refresh()
    await assert.rejects(discovery.resourceFor('v1', 'ConfigMap'), NoMatchError)
    server.serves = true
    await discovery.refresh()
    discovery.doubt(info)
    assert.equal((await discovery.resourceFor('v1', 'ConfigMap')).kind, 'ConfigMap')
  })

  test('does not ask for a resource that the caller knows, until it is doubted', async () => {
    const info = await server.client.discovery.resourceFor('v1', 'ConfigMap')
    const discovery = new Discovery(server.client.transport)
    discovery.assume(info)
    assert.equal(await discovery.resourceFor('v1', 'ConfigMap'), info)
    assert.equal(server.discoveries, 1)
    discovery.doubt(info)
    assert.equal((await discovery.resourceFor('v1', 'ConfigMap')).kind, 'ConfigMap')
    assert.equal(server.discoveries, 2)
  })

  test('understands what people call a resource', async () => {
    const { discovery } = server.client
    for (const word of ['configmaps', 'ConfigMap', 'configmaps.']) {
      assert.equal((await discovery.lookup(word))?.kind, 'ConfigMap', word)
    }
    assert.equal(await discovery.lookup('configmaps.apps'), undefined)
  })

  test('knows the path of a collection, an object and a part of it', async () => {
    const info = await server.client.discovery.resourceFor('v1', 'ConfigMap')
    assert.equal(resourcePath(info), '/api/v1/configmaps')
    assert.equal(resourcePath(info, 'apps', 'a'), '/api/v1/namespaces/apps/configmaps/a')
    const role = { ...info, group: 'rbac.authorization.k8s.io', resource: 'clusterroles', namespaced: false }
    assert.equal(
      resourcePath(role, 'ignored', 'system:node/x', 'status'),
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode%2Fx/status',
    )
  })

  test('takes kinds for the same whatever their version', () => {
    const at = (apiVersion: string, kind = 'Deployment') => ({ apiVersion, kind })
    assert.equal(sameGroupKind(at('apps/v1'), at('apps/v1beta1')), true)
    assert.equal(sameGroupKind(at('apps/v1'), at('extensions/v1')), false)
    assert.equal(sameGroupKind(at('v1', 'Pod'), at('v1', 'Service')), false)
  })
})
