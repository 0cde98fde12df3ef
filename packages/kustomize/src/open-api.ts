/**
 * `openapi`: a schema of one's own, which tells the merge keys of custom resources.
 */
import { KustomizeError } from './kustomize-error.ts'
import { type Loader, textOfFile } from './loader.ts'
import { parseFile } from './parse-file.ts'
import { builtinSchema, type MergeSchema, type SchemaLookup } from './strategic-merge.ts'
import { at, isMapping, type Mapping, own, textOf } from './tree.ts'

/**
 * What becomes of the built-in schema beside a custom one. The real one forgets to take it away when it was looked at before the custom one was
 * named: `below` the custom one where a merge had asked for it, `above` where it was only wanted.
 */
export type BuiltinUse = 'none' | 'below' | 'above'

/** The lookup that a kustomization's `openapi` asks for, and what tells it from others; undefined when it asks for nothing. */
export function schemaFrom(
  openapi: Readonly<Record<string, string>>,
  loader: Loader,
  builtin: BuiltinUse,
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
  const custom = customSchema(isMapping(definitions) ? definitions : {}, builtin)
  const lookups: Record<BuiltinUse, SchemaLookup> = {
    none: custom,
    below: (apiVersion, kind) => custom(apiVersion, kind) ?? builtinSchema(apiVersion, kind),
    above: (apiVersion, kind) => builtinSchema(apiVersion, kind) ?? custom(apiVersion, kind),
  }
  return { lookup: lookups[builtin], key: `${builtin} ${file.digest?.() ?? file.path}` }
}

/** A built-in type by the name of its definition: kinds, their specs, and what is in a pod. */
function builtinDefinition(name: string): MergeSchema | undefined {
  const [, group = '', version = '', type = ''] = /^io\.k8s\.api\.([^.]+)\.([^.]+)\.([^.]+)$/.exec(name) ?? []
  if (group === 'core' && Object.hasOwn(podParts, type)) {
    const spec = builtinSchema('v1', 'Pod')?.field('spec')
    return (podParts[type] ?? []).reduce<MergeSchema | undefined>(
      (schema, field) => schema?.field(field)?.elements,
      spec,
    )
  }
  if (group === 'core' && type === 'PodTemplateSpec') return builtinSchema('v1', 'PodTemplate')?.field('template')
  const apiVersion = group === 'core' ? version : `${group}/${version}`
  if (type === 'JobTemplateSpec') return builtinSchema(apiVersion, 'CronJob')?.field('spec')?.field('jobTemplate')
  if (type.endsWith('Spec')) return builtinSchema(apiVersion, type.slice(0, -4))?.field('spec')
  return builtinSchema(apiVersion, type)
}

const podParts: Readonly<Record<string, readonly string[]>> = {
  Container: ['containers'],
  EphemeralContainer: ['ephemeralContainers'],
  Volume: ['volumes'],
  EnvVar: ['containers', 'env'],
  ContainerPort: ['containers', 'ports'],
  VolumeMount: ['containers', 'volumeMounts'],
}

function customSchema(definitions: Mapping, builtin: BuiltinUse): SchemaLookup {
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
    return definition && schemaOf(definition, definitions, builtin)
  }
}

/** Follows `$ref`s, a bounded number of them, also into the built-in schema where that counts. */
function schemaOf(definition: Mapping, definitions: Mapping, builtin: BuiltinUse): MergeSchema {
  let current = definition
  for (let i = 0; i < 32; i++) {
    const ref = own(current, '$ref')
    if (typeof ref !== 'string') break
    const name = ref.replace(/^#\/definitions\//, '')
    const next = own(definitions, name)
    const known = builtin === 'above' || (builtin === 'below' && !isMapping(next)) ? builtinDefinition(name) : undefined
    if (known) return known
    if (!isMapping(next)) break
    current = next
  }
  return new DefinitionSchema(current, definitions, builtin)
}

class DefinitionSchema implements MergeSchema {
  private readonly definition: Mapping
  private readonly definitions: Mapping
  private readonly builtin: BuiltinUse

  constructor(definition: Mapping, definitions: Mapping, builtin: BuiltinUse) {
    this.definition = definition
    this.definitions = definitions
    this.builtin = builtin
  }

  field(name: string): MergeSchema | undefined {
    const found = at(this.definition, 'properties', name) ?? own(this.definition, 'additionalProperties')
    return isMapping(found) ? schemaOf(found, this.definitions, this.builtin) : undefined
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
    return isMapping(items) ? schemaOf(items, this.definitions, this.builtin) : undefined
  }
}
