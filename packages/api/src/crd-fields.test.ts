/** The newest versions of Flux's kinds say the same as Flux's own, field by field and in both directions. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { type CrdVersion, crd } from './crd.ts'
import type { KindDefinition } from './kind.ts'
import { kinds } from './kinds.ts'
import { type FlatField, flatFields } from './schema/flat-fields.ts'

const file = new URL('../../../../shared/conformance/crd-fields.json', import.meta.url)

interface Expected {
  names: Record<string, unknown>
  scope: string
  versions: Record<string, { fields: Record<string, unknown> }>
}

/** One version of a kind in the words of the file. */
function describeVersion(version: CrdVersion) {
  const fields = flatFields(version.schema.openAPIV3Schema).filter(({ path }) => /^(spec|status)\b/.test(path))
  return {
    columns: version.additionalPrinterColumns,
    deprecated: version.deprecated ?? false,
    served: version.served,
    storage: version.storage,
    subresources: Object.keys(version.subresources ?? {}),
    fields: Object.fromEntries(fields.map(field => [field.path, describeField(field)])),
  }
}

function describeField({ node, required }: FlatField): Record<string, unknown> {
  const { description, properties, required: _, items, additionalProperties, ...facts } = node
  const { 'x-kubernetes-validations': rules, type = 'any', ...rest } = facts
  return {
    type,
    ...rest,
    ...(rules && { rules: rules.map(({ rule }) => rule) }),
    ...(required && { required }),
  }
}

function describeKind(kind: KindDefinition): Expected {
  const { spec } = crd(kind)
  const { kind: _, ...names } = spec.names
  return {
    names: { shortNames: null, ...names },
    scope: spec.scope,
    versions: Object.fromEntries(spec.versions.slice(0, 1).map(version => [version.name, describeVersion(version)])),
  }
}

describe('definitions equal those of Flux', {
  skip: existsSync(file) ? false : `${file.pathname} is not there`,
}, () => {
  const expected: Record<string, Expected> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const ours = new Map(kinds.map(kind => [`${kind.kind}.${kind.group}`, kind]))

  test('there are no other Flux kinds', () => {
    const flux = [...ours.keys()].filter(name => name.endsWith('.fluxcd.io')).sort()
    assert.deepEqual(flux, Object.keys(expected).sort())
  })

  for (const [name, theirs] of Object.entries(expected)) {
    test(name, () => {
      const kind = ours.get(name)
      assert.ok(kind, `${name} is not defined`)
      assert.deepEqual(JSON.parse(JSON.stringify(describeKind(kind))), theirs)
    })
  }
})
