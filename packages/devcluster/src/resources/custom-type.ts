/** A resource out of a CustomResourceDefinition: names, versions, schemas, conversion and what its strategy follows from. */
import type { KubeObject } from '@sluice/api'
import { compareVersions } from '../discovery/groups.ts'
import { child, items, type Json, strings, text } from '../kinds/record.ts'
import type { KindStrategy } from '../kinds/strategy.ts'
import { copied, sameJson } from '../requests/request.ts'
import { applyDefaults, prune, schemaFromCrd } from '../schema/index.ts'
import type { PrinterColumn, ResourceType, ScalePaths, ServedVersion, SubresourceType } from './resource-type.ts'

const allVerbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']
const subresourceVerbs = ['get', 'patch', 'update']

/** Everything but metadata, and but the status when that is a subresource. */
function contentChanged(withStatus: boolean) {
  const content = (object: KubeObject): Json => {
    const { metadata: _m, status, ...rest } = object
    return withStatus ? rest : { ...rest, status }
  }
  return (next: KubeObject, live: KubeObject) => !sameJson(content(next), content(live))
}

function columnsOf(version: Json): PrinterColumn[] {
  return items(version, 'additionalPrinterColumns').map(c => ({
    name: text(c.name),
    type: text(c.type),
    jsonPath: text(c.jsonPath),
    ...(typeof c.format === 'string' ? { format: c.format } : {}),
    ...(typeof c.description === 'string' ? { description: c.description } : {}),
    ...(typeof c.priority === 'number' ? { priority: c.priority } : {}),
  }))
}

function scaleOf(version: Json): ScalePaths | undefined {
  const scale = child(child(version, 'subresources'), 'scale')
  if (!scale) return undefined
  const labelSelectorPath = text(scale.labelSelectorPath)
  return {
    specReplicasPath: text(scale.specReplicasPath),
    statusReplicasPath: text(scale.statusReplicasPath),
    ...(labelSelectorPath ? { labelSelectorPath } : {}),
  }
}

function deprecationOf(version: Json, group: string, kind: string): string | undefined {
  if (version.deprecated !== true) return undefined
  return text(version.deprecationWarning) || `${group}/${text(version.name)} ${kind} is deprecated`
}

/** Throws what `schemaFromCrd` throws for a schema it cannot use. */
export function customType(definition: KubeObject): ResourceType {
  const spec = child(definition, 'spec') ?? {}
  const names = child(child(definition, 'status'), 'acceptedNames') ?? child(spec, 'names') ?? {}
  const group = text(spec.group)
  const kind = text(names.kind)
  const declared = items(spec, 'versions')
  const versions: ServedVersion[] = []
  let storage: ServedVersion | undefined
  // The strategy is shared by all versions; a definition rarely has the status subresource in some versions only.
  const strategy: KindStrategy = {
    needsResourceVersion: true,
    generation: contentChanged(declared.some(v => child(child(v, 'subresources'), 'status') !== undefined)),
  }
  const type: ResourceType = {
    group,
    resource: text(names.plural),
    kind,
    listKind: text(names.listKind) || `${kind}List`,
    singular: text(names.singular),
    shortNames: strings(names.shortNames),
    categories: strings(names.categories),
    namespaced: spec.scope === 'Namespaced',
    versions,
    get storage() {
      if (!storage) throw new Error(`the definition of ${text(names.plural)}.${group} has no storage version`)
      return storage
    },
    custom: true,
    terminating: definition.metadata.deletionTimestamp !== undefined,
    virtual: false,
    collection: `${group}/${text(names.plural)}`,
    strategy,
  }
  for (const version of declared) {
    const served = servedVersion(type, version, group, kind)
    if (version.storage === true) storage = served
    if (version.served === true) versions.push(served)
  }
  versions.sort((a, b) => compareVersions(a.version, b.version))
  return type
}

function servedVersion(type: ResourceType, version: Json, group: string, kind: string): ServedVersion {
  const name = text(version.name)
  const apiVersion = `${group}/${name}`
  const raw = child(child(version, 'schema'), 'openAPIV3Schema')
  const schema = raw ? schemaFromCrd(raw) : undefined
  const subresources = new Map<string, SubresourceType>()
  const declared = child(version, 'subresources')
  if (child(declared, 'status')) {
    subresources.set('status', { name: 'status', group, version: name, kind, verbs: subresourceVerbs })
  }
  const scale = scaleOf(version)
  if (scale) {
    subresources.set('scale', {
      name: 'scale',
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: subresourceVerbs,
    })
  }
  const deprecation = deprecationOf(version, group, kind)
  const fields = items(version, 'selectableFields').map(f => text(f.jsonPath).replace(/^\./, ''))
  return {
    type,
    version: name,
    apiVersion,
    kind,
    schema,
    ...(raw ? { openApiSchema: raw } : {}),
    verbs: allVerbs,
    subresources,
    columns: columnsOf(version),
    ...(scale ? { scale } : {}),
    ...(fields.length ? { selectableFields: fields } : {}),
    ...(deprecation ? { deprecation } : {}),
    convert: {
      fromStored(object) {
        const shown: KubeObject = copied(object)
        shown.apiVersion = apiVersion
        if (schema) {
          const { kind: _k, apiVersion: _a, metadata: _m, ...content } = shown
          prune(schema, content)
          applyDefaults(schema, content)
          const next: KubeObject = { kind: shown.kind, apiVersion, metadata: shown.metadata, ...content }
          return sameJson(next, object) ? object : next
        }
        return object.apiVersion === apiVersion ? object : shown
      },
      toStored(object) {
        const { storage } = type
        if (object.apiVersion === storage.apiVersion) return object
        // Strategy None: the same fields under another version, less those that the stored version does not know.
        const { kind: _k, apiVersion: _a, metadata, ...content } = object
        const kept: typeof content = storage.schema ? copied(content) : content
        if (storage.schema) prune(storage.schema, kept)
        return { kind: object.kind, apiVersion: storage.apiVersion, metadata, ...kept }
      },
    },
  }
}
