/**
 * `configurations` (more fields for the transformers) and `crds` (the same, told by OpenAPI definitions).
 */
import { emptyConfig, mergeConfigs, mergeSpecs } from './config-merge.ts'
import { list, string, struct } from './decoder.ts'
import { defaultConfig, type TransformerConfig } from './default-specs.ts'
import type { FieldSpec } from './field-spec.ts'
import { fieldSpec } from './kustomization.ts'
import { KustomizeError, prefixed } from './kustomize-error.ts'
import type { LayerContext } from './layer-context.ts'
import { parseFile } from './parse-file.ts'
import { isMapping, isMissing, type Mapping, own, plain } from './tree.ts'

const specs = list(fieldSpec, '[]types.FieldSpec')

const configuration = struct('TransformerConfig', {
  namePrefix: specs,
  nameSuffix: specs,
  namespace: specs,
  commonLabels: specs,
  labels: specs,
  templateLabels: specs,
  volumeClaimTemplateLabels: specs,
  commonAnnotations: specs,
  nameReference: list(
    struct('NameBackReferences', { group: string, version: string, kind: string, fieldSpecs: specs }),
  ),
  varReference: specs,
  images: specs,
  replicas: specs,
})

/** The default configuration with that of the named files. */
export function readConfiguration(context: LayerContext, paths: readonly string[]): TransformerConfig {
  let config = defaultConfig()
  for (const path of paths) {
    const file = context.read(path)
    const { nameReference = [], ...read } = decoded(file.text, file.path)
    const more: TransformerConfig = { ...emptyConfig() }
    for (const key of Object.keys(more) as (keyof TransformerConfig)[]) {
      if (key !== 'nameReference') more[key] = (read[key] ?? []).map(withPath)
    }
    more.nameReference = nameReference.map(({ fieldSpecs = [], ...gvk }) => ({
      ...gvk,
      fieldSpecs: fieldSpecs.map(withPath),
    }))
    config = mergeConfigs(config, more)
  }
  return config
}

function withPath(spec: Partial<FieldSpec>): FieldSpec {
  return { ...spec, path: spec.path ?? '' }
}

function decoded(text: string, file: string): ReturnType<typeof configuration> {
  try {
    return configuration(parseFile(text, file, true) ?? {}, 'TransformerConfig')
  } catch (error) {
    throw prefixed(error, `error unmarshaling JSON: while decoding JSON of ${file}`)
  }
}

/** Fields that OpenAPI definitions of custom types mark for kustomize. */
export function crdConfig(context: LayerContext, paths: readonly string[]): TransformerConfig {
  let config = emptyConfig()
  for (const path of paths) {
    const file = context.read(path)
    if (file.text.startsWith('{')) checkJson(file.text, path, file.path)
    const definitions = parseFile(file.text, file.path)
    if (isMissing(definitions)) continue
    if (!isMapping(definitions)) {
      const kind = Array.isArray(definitions) ? 'array' : typeof plain(definitions)
      throw new KustomizeError(
        `loading CRDs [${path}]: unable to parse open API definition from '${path}': json: cannot unmarshal ${kind} into a map`,
        { file: file.path, cure: 'it must hold a mapping of type names to their schemas' },
      )
    }
    for (const name of Object.keys(definitions)) {
      const properties = propertiesOf(definitions, name)
      if (!properties || !['kind', 'apiVersion', 'metadata'].every(field => Object.hasOwn(properties, field))) continue
      config = mergeConfigs(config, marked(definitions, name, name.slice(name.lastIndexOf('.') + 1), [], new Set()))
    }
  }
  return paths.length === 0 ? defaultConfig() : config
}

/** A file that looks like JSON must be JSON. */
function checkJson(text: string, path: string, file: string): void {
  try {
    JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new KustomizeError(`loading CRDs [${path}]: unable to parse open API definition from '${path}': ${why}`, {
      file,
    })
  }
}

function propertiesOf(definitions: Mapping, name: string): Mapping | undefined {
  const definition = own(definitions, name)
  const schema = isMapping(definition) ? (own(definition, 'Schema') ?? own(definition, 'schema')) : undefined
  const properties = isMapping(schema) ? own(schema, 'properties') : undefined
  return isMapping(properties) ? properties : undefined
}

function marked(
  definitions: Mapping,
  name: string,
  kind: string,
  path: readonly string[],
  visited: ReadonlySet<string>,
): TransformerConfig {
  let config = emptyConfig()
  const properties = propertiesOf(definitions, name)
  if (!properties || visited.has(name)) return config
  for (const [field, property] of Object.entries(properties)) {
    if (!isMapping(property)) continue
    const here = [...path, field]
    const spec: FieldSpec = { kind, path: here.join('/') }
    const has = (extension: string) => typeof own(property, extension) === 'string'
    if (has('x-kubernetes-annotation')) config.commonAnnotations = mergeSpecs(config.commonAnnotations, [spec])
    if (has('x-kubernetes-label-selector')) config.commonLabels = mergeSpecs(config.commonLabels, [spec])
    if (has('x-kubernetes-identity')) config.namePrefix = mergeSpecs(config.namePrefix, [spec])
    const version = own(property, 'x-kubernetes-object-ref-api-version')
    const target = own(property, 'x-kubernetes-object-ref-kind')
    if (typeof version === 'string' && typeof target === 'string') {
      const key = own(property, 'x-kubernetes-object-ref-name-key')
      const reference = { kind, path: [...here, typeof key === 'string' ? key : 'name'].join('/') }
      config = mergeConfigs(config, {
        ...emptyConfig(),
        nameReference: [{ kind: target, version, fieldSpecs: [reference] }],
      })
    }
    const ref = own(property, '$ref')
    if (typeof ref === 'string') {
      config = mergeConfigs(config, marked(definitions, ref, kind, here, new Set([...visited, name])))
    }
  }
  return config
}
