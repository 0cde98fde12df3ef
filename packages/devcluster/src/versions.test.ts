/** A custom resource in several versions with conversion strategy None: written, read, watched and applied in any of them. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { patchTypes, startTestServer, type TestServer } from './testing/test-server.ts'

const fields = (names: string[]) => Object.fromEntries(names.map(name => [name, { type: 'string' }]))
const schema = (names: string[], more: object = {}) => ({
  openAPIV3Schema: {
    type: 'object',
    properties: {
      spec: { type: 'object', properties: { ...fields(names), ...more } },
      status: { type: 'object', properties: fields(['state']) },
    },
  },
})
const version = (name: string, storage: boolean, names: string[], more?: object) => ({
  name,
  served: true,
  storage,
  subresources: { status: {} },
  schema: schema(names, more),
  ...(storage ? {} : { deprecated: true, deprecationWarning: `${name} Gadget is deprecated, upgrade to v1` }),
})
const gadgets = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'gadgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'gadgets', kind: 'Gadget' },
    versions: [
      version('v1', true, ['both', 'fresh']),
      version('v1beta1', false, ['both', 'gone'], { mode: { type: 'string', default: 'plain' } }),
    ],
  },
}
const path = (apiVersion: string, name = '') => `/apis/example.com/${apiVersion}/namespaces/default/gadgets/${name}`
const gadget = (apiVersion: string, name: string, spec: object) => ({
  apiVersion: `example.com/${apiVersion}`,
  kind: 'Gadget',
  metadata: { name },
  spec,
})

describe('versions of one resource', () => {
  let server: TestServer
  before(async () => {
    server = await startTestServer()
    const made = await server.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: gadgets })
    assert.equal(made.status, 201)
    await server.until('/apis/example.com/v1beta1', reply => reply.status === 200)
  })
  after(() => server.close())

  const create = (apiVersion: string, name: string, spec: object, query = '') =>
    server.call('POST', `${path(apiVersion)}${query}`, { body: gadget(apiVersion, name, spec) })
  const apply = (apiVersion: string, name: string, spec: object, query = '') =>
    server.call('PATCH', `${path(apiVersion, name)}?fieldManager=one${query}`, {
      body: gadget(apiVersion, name, spec),
      type: patchTypes.apply,
    })
  const specAt = async (apiVersion: string, name: string) =>
    (await server.call('GET', path(apiVersion, name))).json.spec

  test('the newest is preferred, and older ones warn', async () => {
    const { json } = await server.call('GET', '/apis/example.com')
    assert.equal(json.preferredVersion.version, 'v1')
    const { headers } = await server.call('GET', path('v1beta1'))
    assert.match(String(headers.warning), /v1beta1 Gadget is deprecated, upgrade to v1/)
  })

  test('what only one version has is lost in the other, and defaults are those of the version that is read', async () => {
    const made = await create('v1beta1', 'old', { both: 'b', gone: 'g' }, '?fieldValidation=Strict')
    assert.equal(made.status, 201)
    assert.deepEqual(made.json.spec, { both: 'b', mode: 'plain' }, 'the answer is what was stored')
    assert.deepEqual(await specAt('v1', 'old'), { both: 'b' })
    assert.deepEqual(await specAt('v1beta1', 'old'), { both: 'b', mode: 'plain' })
    assert.equal((await create('v1', 'new', { fresh: 'f', both: 'b' })).status, 201)
    assert.deepEqual(await specAt('v1beta1', 'new'), { both: 'b', mode: 'plain' })
    const refused = await create('v1', 'bad', { gone: 'g' }, '?fieldValidation=Strict')
    assert.match(refused.json.message, /unknown field "spec.gone"/)
  })

  test('a dry run answers what would be stored', async () => {
    const tried = await create('v1beta1', 'tried', { gone: 'g', both: 'b' }, '?dryRun=All')
    assert.deepEqual(tried.json.spec, { both: 'b', mode: 'plain' })
    await create('v1beta1', 'tried', { both: 'b' })
    const again = await apply('v1beta1', 'tried', { gone: 'g', both: 'c' }, '&force=true&dryRun=All')
    assert.deepEqual(again.json.spec, { both: 'c', mode: 'plain' })
    assert.deepEqual(await specAt('v1', 'tried'), { both: 'b' })
  })

  test('an older version writes what the newer reads, and the status stays', async () => {
    await create('v1', 'status', { both: 'b' })
    const status = { body: { status: { state: 'fine' } }, type: patchTypes.merge }
    assert.equal((await server.call('PATCH', `${path('v1beta1', 'status')}/status`, status)).status, 200)
    const changed = { body: { spec: { both: 'c' } }, type: patchTypes.merge }
    assert.equal((await server.call('PATCH', path('v1beta1', 'status'), changed)).status, 200)
    const { json } = await server.call('GET', path('v1', 'status'))
    assert.deepEqual([json.spec, json.status, json.metadata.generation], [{ both: 'c' }, { state: 'fine' }, 2])
  })

  test('a manager that applies in another version goes on, and its entry follows', async () => {
    await apply('v1beta1', 'applied', { both: 'b' })
    const { json } = await apply('v1', 'applied', { fresh: 'f' })
    assert.deepEqual(json.spec, { fresh: 'f' }, 'what it no longer applies goes, though applied in the older version')
    assert.deepEqual(
      json.metadata.managedFields.map((entry: { apiVersion: string; manager: string }) => [
        entry.manager,
        entry.apiVersion,
      ]),
      [['one', 'example.com/v1']],
    )
    const conflict = await server.call('PATCH', `${path('v1beta1', 'applied')}?fieldManager=two`, {
      body: gadget('v1beta1', 'applied', { both: 'x' }),
      type: patchTypes.apply,
    })
    assert.equal(conflict.status, 200)
    await apply('v1', 'applied', { both: 'y' }, '&force=true')
    const lost = await server.call('PATCH', `${path('v1beta1', 'applied')}?fieldManager=two`, {
      body: gadget('v1beta1', 'applied', { both: 'x' }),
      type: patchTypes.apply,
    })
    assert.equal(lost.status, 409)
    assert.match(lost.json.message, /conflict with "one": \.spec\.both/)
  })

  test('a watch shows every write in the version it was opened in', async () => {
    const events = server.watch(
      `${path('v1beta1')}?watch=true&fieldSelector=metadata.name%3Dwatched`,
      seen => seen.length > 1,
    )
    await create('v1', 'watched', { both: 'b', fresh: 'f' })
    await apply('v1beta1', 'watched', { both: 'c' }, '&force=true')
    const shown = (await events).map(({ type, object }) => [type, object.apiVersion, object.spec])
    assert.deepEqual(shown, [
      ['ADDED', 'example.com/v1beta1', { both: 'b', mode: 'plain' }],
      ['MODIFIED', 'example.com/v1beta1', { both: 'c', mode: 'plain' }],
    ])
  })
})
