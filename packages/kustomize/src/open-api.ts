/**
 * `openapi`: a schema of one's own, which tells the merge keys of custom resources.
 */
import { KustomizeError } from './kustomize-error.ts'
import { type Loader, textOfFile } from './loader.ts'
import { parseFile } from './parse-file.ts'
import { builtinSchema, type MergeSchema, type SchemaLookup } from './strategic-merge.ts'
import { at, isMapping, type Mapping, own, textOf } from './tree.ts'

/** The lookup that a kustomization's `openapi` asks for, and what tells it from others; undefined when it asks for nothing. */
export function schemaFrom(
  openapi: Readonly<Record<string, string>>,
  loader: Loader,
  addToBuiltin: boolean,
): { lookup: SchemaLookup; key: string } | undefined {
  const { version, path } = openapi
  if (version && path) throw new KustomizeError('builtin version and custom schema provided, cannot use both')
  if (version) {
    if (version === 'v1.21.2') return { lookup: builtinSchema, key: version }
    throw new KustomizeError(`the specified OpenAPI version is not built in: ${version} (only v1.21.2 is)`)
  }
  if (!path) return undefined
  const file = loader.load(path)
  const document = parseFile(textOfFile(file), file.path)
  const definitions = at(document, 'definitions')
  const custom = customSchema(isMapping(definitions) ? definitions : {})
  const lookup: SchemaLookup = addToBuiltin
    ? (apiVersion, kind) => custom(apiVersion, kind) ?? builtinSchema(apiVersion, kind)
    : custom
  return { lookup, key: file.digest?.() ?? file.path }
}

function customSchema(definitions: Mapping): SchemaLookup {
  const byKind = new Map<string, Mapping>()
  for (const definition of Object.values(definitions)) {
    if (!isMapping(definition)) continue
    const gvks = own(definition, 'x-kubernetes-group-version-kind')
    for (const gvk of Array.isArray(gvks) ? gvks : []) {
      if (!isMapping(gvk)) continue
      const group = textOf(own(gvk, 'group'))
      byKind.set(`${group ? `${group}/` : ''}${textOf(own(gvk, 'version'))} ${textOf(own(gvk, 'kind'))}`, definition)
    }
  }
  return (apiVersion, kind) => {
    const definition = byKind.get(`${apiVersion} ${kind}`)
    return definition && new DefinitionSchema(definition, definitions)
  }
}

class DefinitionSchema implements MergeSchema {
  private readonly definition: Mapping
  private readonly definitions: Mapping

  constructor(definition: Mapping, definitions: Mapping) {
    this.definition = resolved(definition, definitions)
    this.definitions = definitions
  }

  field(name: string): MergeSchema | undefined {
    const found = at(this.definition, 'properties', name) ?? own(this.definition, 'additionalProperties')
    return isMapping(found) ? new DefinitionSchema(found, this.definitions) : undefined
  }

  get listKeys(): readonly string[] | undefined {
    const strategy = textOf(own(this.definition, 'x-kubernetes-patch-strategy'))
    if (!strategy.split(',').includes('merge')) return undefined
    const keys = own(this.definition, 'x-kubernetes-list-map-keys')
    if (Array.isArray(keys)) return keys.map(textOf)
    const key = own(this.definition, 'x-kubernetes-patch-merge-key')
    return key === undefined ? [] : [textOf(key)]
  }

  get elements(): MergeSchema | undefined {
    const items = own(this.definition, 'items')
    return isMapping(items) ? new DefinitionSchema(items, this.definitions) : undefined
  }
}

/** Follows `$ref`s, a bounded number of them. */
function resolved(definition: Mapping, definitions: Mapping): Mapping {
  let current = definition
  for (let i = 0; i < 32; i++) {
    const ref = own(current, '$ref')
    if (typeof ref !== 'string') break
    const next = own(definitions, ref.replace(/^#\/definitions\//, ''))
    if (!isMapping(next)) break
    current = next
  }
  return current
}
