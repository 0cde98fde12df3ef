/** The definitions are such that an API server accepts them: structural schemas, consistent extensions, one storage version. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { crd } from './crd.ts'
import { kinds } from './kinds.ts'
import { flatFields } from './schema/flat-fields.ts'
import type { SchemaNode } from './schema/schema.ts'

/** What is wrong with one node, in the terms of the structural schema rules. */
function defects(path: string, node: SchemaNode): string[] {
  const found: string[] = []
  const say = (text: string) => found.push(`${path}: ${text}`)
  if (!node.type && !node['x-kubernetes-preserve-unknown-fields']) say('has no type')
  if (node.properties && node.additionalProperties) say('has both properties and additionalProperties')
  if ((node.type === 'array') !== (node.items !== undefined)) say('items do not go with the type')
  if ((node.properties || node.additionalProperties) && node.type !== 'object') say('properties need type object')
  if (node['x-kubernetes-list-type'] && node.type !== 'array') say('x-kubernetes-list-type needs type array')
  if (node['x-kubernetes-map-type'] && node.type !== 'object') say('x-kubernetes-map-type needs type object')
  for (const name of node.required ?? []) if (!node.properties?.[name]) say(`requires ${name}, which does not exist`)
  const keys = node['x-kubernetes-list-map-keys']
  if ((node['x-kubernetes-list-type'] === 'map') !== (keys !== undefined))
    say('list map keys do not go with the list type')
  for (const key of keys ?? []) {
    const field = node.items?.properties?.[key]
    if (!field) say(`map key ${key} does not exist`)
    else if (!node.items?.required?.includes(key) && field.default === undefined) say(`map key ${key} is optional`)
  }
  if (node.pattern !== undefined && !isRegExp(node.pattern)) say('pattern does not compile')
  const { default: byDefault } = node
  if (node.enum && byDefault !== undefined && !node.enum.includes(String(byDefault))) say('default is not in the enum')
  for (const { rule, message } of node['x-kubernetes-validations'] ?? []) {
    if (!rule.includes('self')) say(`rule does not look at the value: ${rule}`)
    if (!message || message.includes('\n')) say(`rule has no one-line message: ${rule}`)
  }
  if (path !== 'metadata' && !node.description) say('has no description')
  return found
}

function isRegExp(pattern: string): boolean {
  try {
    new RegExp(pattern)
    return true
  } catch {
    return false
  }
}

describe('every definition is one that an API server accepts', () => {
  for (const kind of kinds) {
    test(`${kind.kind}.${kind.group}`, () => {
      const { metadata, spec } = crd(kind)
      assert.equal(metadata.name, `${spec.names.plural}.${spec.group}`)
      assert.equal(spec.names.plural, spec.names.plural.toLowerCase())
      assert.equal(spec.names.singular, spec.names.kind.toLowerCase())
      assert.deepEqual(
        spec.versions.filter(version => version.storage).map(version => version.name),
        [kind.versions[0].name],
        'the first version, and only it, is the storage version',
      )
      for (const version of spec.versions) {
        const schema = version.schema.openAPIV3Schema
        const found = [
          ...defects('(root)', schema),
          ...flatFields(schema).flatMap(({ path, node }) => defects(path, node)),
        ]
        assert.deepEqual(found, [])
        for (const { jsonPath } of version.additionalPrinterColumns) {
          const path = jsonPath.slice(1).replace(/\[\?\([^)]*\)\]/, '[]')
          const known = path.startsWith('metadata.') || flatFields(schema).some(field => field.path === path)
          assert.ok(known, `column over ${jsonPath}, which does not exist`)
        }
      }
    })
  }

  test('names are unique', () => {
    const names = kinds.flatMap(kind => [kind.plural, kind.singular, ...kind.shortNames])
    assert.deepEqual(names.length, new Set(names).size)
  })

  test('definitions are fresh objects, so that a caller may change one', () => {
    for (const kind of kinds) {
      const first = crd(kind)
      const before = JSON.stringify(first)
      const second = crd(kind)
      freeze(first)
      assert.equal(JSON.stringify(second), before)
      assert.ok(!Object.isFrozen(second.spec.versions[0]?.schema.openAPIV3Schema.properties?.spec))
      assert.deepEqual(frozenWithin(second), [])
    }
  })
})

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  Object.freeze(value)
  for (const child of Object.values(value)) freeze(child)
}

function frozenWithin(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  const here = Object.isFrozen(value) && Object.keys(value).length > 0 ? [path] : []
  return [...here, ...Object.entries(value).flatMap(([key, child]) => frozenWithin(child, `${path}.${key}`))]
}
