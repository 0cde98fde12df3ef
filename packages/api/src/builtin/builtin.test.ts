import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import {
  bootstrapObjects,
  builtinResources,
  openapiV2,
  openapiV3,
  schemaNamed,
  schemaOf,
  tableColumns,
} from './index.ts'

const facts = new URL('../../../../../shared/data/kubernetes-1.35/', import.meta.url)
const skip = existsSync(facts) ? false : 'the facts dumped from a real server are not beside this repository'
const read = (name: string) => JSON.parse(readFileSync(new URL(name, facts), 'utf8'))

/** Key order does not matter, nor how many wrappers a reference without a default has. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}

describe('built-in kinds', () => {
  test('a schema carries list keys and patch strategies', () => {
    const containers = schemaOf('apps/v1', 'Deployment')?.properties?.spec?.properties?.template?.properties?.spec
      ?.properties?.containers
    assert.equal(containers?.listType, 'map')
    assert.deepEqual(containers?.listMapKeys, ['name'])
    assert.equal(containers?.patchMergeKey, 'name')
    const ports = containers?.items?.properties?.ports
    assert.deepEqual(ports?.listMapKeys, ['containerPort', 'protocol'])
    assert.equal(ports?.items?.properties?.protocol?.default, 'TCP')
    const volumes = schemaOf('v1', 'Pod')?.properties?.spec?.properties?.volumes
    assert.equal(volumes?.patchStrategy, 'merge,retainKeys')
  })

  test('a reference with siblings keeps both', () => {
    const strategy = schemaOf('apps/v1', 'Deployment')?.properties?.spec?.properties?.strategy
    assert.equal(strategy?.patchStrategy, 'retainKeys')
    assert.equal(strategy?.properties?.type?.type, 'string')
  })

  test('a recursive type can be walked as deep as the value goes', () => {
    let schema = schemaNamed('io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps')
    for (let depth = 0; depth < 50; depth++) {
      const inner = schema?.properties?.properties?.additionalProperties
      assert.ok(inner !== undefined && typeof inner === 'object')
      schema = inner
    }
  })

  test('unknown kinds are undefined', () => {
    assert.equal(schemaOf('apps/v1', 'Nope'), undefined)
    assert.equal(tableColumns('apps', 'v1', 'nopes'), undefined)
    assert.equal(openapiV3('nope', 'v1'), undefined)
  })

  test('resources know their names, verbs and subresources', () => {
    const deployments = builtinResources().find(r => r.group === 'apps' && r.resource === 'deployments')
    assert.deepEqual(deployments?.shortNames, ['deploy'])
    assert.deepEqual(deployments?.categories, ['all'])
    const scale = deployments?.subresources.find(sub => sub.name === 'scale')
    assert.deepEqual(
      { ...scale, verbs: 0 },
      { name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: 0 },
    )
  })

  test('columns come with type and priority', () => {
    assert.deepEqual(tableColumns('apps', 'v1', 'deployments')?.at(-1), {
      name: 'Selector',
      type: 'string',
      format: '',
      priority: 1,
    })
  })

  test('a v3 document lets a client ask for field validation', () => {
    const document = openapiV3('apps', 'v1')
    const text = JSON.stringify(document)
    const { paths } = JSON.parse(text)
    const patch = paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'].patch
    assert.ok(patch.parameters.some((parameter: { name: string }) => parameter.name === 'fieldValidation'))
    assert.deepEqual(patch['x-kubernetes-group-version-kind'], { group: 'apps', kind: 'Deployment', version: 'v1' })
    assert.ok(patch.requestBody.content['application/strategic-merge-patch+json'])
  })
})

describe('the tables equal the real server', { skip }, () => {
  test('v3 components', () => {
    const real = read('openapi-v3-schemas.json')
    const seen = new Set<string>()
    for (const { group, version } of builtinResources()) {
      const document = openapiV3(group, version) as { components: { schemas: Record<string, unknown> } }
      for (const [name, schema] of Object.entries(document.components.schemas)) {
        if (seen.has(name)) continue
        seen.add(name)
        assert.deepEqual(sorted(schema), sorted(real[name]), name)
      }
    }
    assert.ok(seen.size > 500, `only ${seen.size} components`)
  })

  test('v2 definitions', () => {
    const real = read('openapi-v2-definitions.json')
    const document = openapiV2() as { definitions: Record<string, unknown> }
    for (const [name, schema] of Object.entries(document.definitions)) {
      assert.deepEqual(sorted(schema), sorted(real[name]), name)
    }
  })

  test('bootstrap objects', () => {
    const real = read('bootstrap-objects.json')
    const kinds: Record<string, string> = {
      ClusterRole: 'clusterroles',
      ClusterRoleBinding: 'clusterrolebindings',
      Role: 'roles',
      RoleBinding: 'rolebindings',
      PriorityClass: 'priorityclasses',
    }
    const byResource: Record<string, unknown[]> = {}
    for (const { apiVersion, kind, ...rest } of bootstrapObjects()) {
      const resource = kinds[kind] ?? ''
      const list = byResource[resource] ?? []
      byResource[resource] = list
      list.push(sorted(rest))
    }
    for (const [resource, list] of Object.entries(byResource)) assert.deepEqual(list, sorted(real[resource]))
  })

  test('columns', () => {
    for (const [path, columns] of Object.entries<object[]>(read('table-columns.json'))) {
      const parts = path.replace(/^\/api\//, '/apis//').split('/')
      const got = tableColumns(parts[2] ?? '', parts[3] ?? '', parts[4] ?? '')
      assert.deepEqual(
        got,
        columns.map(column => ({ format: '', ...column })),
        path,
      )
    }
  })
})
