/**
 * `configMapGenerator` and `secretGenerator`: makes the objects and takes them into the set, creating, merging or replacing.
 */
import { base64 } from './base64.ts'
import { readKeyValues } from './key-values.ts'
import type { GeneratorArgs, GeneratorOptions } from './kustomization.ts'
import { KustomizeError } from './kustomize-error.ts'
import type { LayerContext } from './layer-context.ts'
import { originAnnotation } from './origin.ts'
import { type Behavior, Resource } from './resource.ts'
import { idText } from './resource-id.ts'
import type { ResourceSet } from './resource-set.ts'
import { at, fromStringMap, isMapping, type Mapping, own, put, stringMap } from './tree.ts'

export type GeneratedKind = 'ConfigMap' | 'Secret'

/** Makes the object of one generator entry. */
export function generated(
  kind: GeneratedKind,
  args: GeneratorArgs,
  shared: GeneratorOptions | undefined,
  context: LayerContext,
): Resource {
  if (!args.name) throw new KustomizeError('a configmap must have a name', { file: context.file })
  const options = withShared(args.options, shared)
  const metadata: Mapping = { name: args.name }
  if (args.namespace) metadata.namespace = args.namespace
  const object: Mapping = { apiVersion: 'v1', kind, metadata }
  const values = readKeyValues(args.name, args, context)
  if (kind === 'Secret') {
    object.type = args.type || 'Opaque'
    object.data = {}
  }
  for (const key of [...values.keys()].sort()) {
    const value = values.get(key) ?? ''
    const plainText = kind === 'ConfigMap' && typeof value === 'string'
    const field = kind === 'ConfigMap' && !plainText ? 'binaryData' : 'data'
    let target = own(object, field)
    if (!isMapping(target)) object[field] = target = {}
    if (isMapping(target)) put(target, key, plainText ? value : wrappedBase64(value))
  }
  if (Object.keys(options.labels ?? {}).length > 0) metadata.labels = sorted(options.labels)
  if (Object.keys(options.annotations ?? {}).length > 0) metadata.annotations = sorted(options.annotations)
  if (options.immutable) object.immutable = true
  const resource = new Resource(object)
  resource.needsHash = !options.disableNameSuffixHash
  resource.behavior = behaviorOf(args.behavior)
  resource.isGenerated = true
  return resource
}

function sorted(map: Readonly<Record<string, string>> | undefined): Mapping {
  return fromStringMap(new Map(Object.entries(map ?? {})))
}

export function behaviorOf(word: string | undefined): Behavior | undefined {
  return word === 'create' || word === 'merge' || word === 'replace' ? word : undefined
}

/** The entry's own options win, but a flag that is on for all cannot be switched off. */
function withShared(own: GeneratorOptions | undefined, shared: GeneratorOptions | undefined): GeneratorOptions {
  if (!shared) return own ?? {}
  return {
    labels: { ...shared.labels, ...own?.labels },
    annotations: { ...shared.annotations, ...own?.annotations },
    disableNameSuffixHash: (own?.disableNameSuffixHash ?? false) || (shared.disableNameSuffixHash ?? false),
    immutable: (own?.immutable ?? false) || (shared.immutable ?? false),
  }
}

/** Base64, broken into lines of 70 with a last break when it is longer than one. */
function wrappedBase64(value: string | Uint8Array): string {
  const text = base64(typeof value === 'string' ? new TextEncoder().encode(value) : value)
  return text.length < 70 ? text : text.replace(/.{1,70}/g, '$&\n')
}

/** Takes a generated object into the set. Gives back the object whose place it takes, if there was one. */
export function absorb(set: ResourceSet, resource: Resource): Resource | undefined {
  const id = resource.id
  const matches = set.byAnyId(id)
  const [old] = matches
  if (!old) {
    if (resource.behavior === 'merge' || resource.behavior === 'replace') {
      throw new KustomizeError(`id ${idText(id)} does not exist; cannot merge or replace`, {
        cure: `there is no ${id.kind} ${id.name} below this layer to merge into: use behavior create`,
      })
    }
    set.append(resource)
    return undefined
  }
  if (matches.length > 1) {
    throw new KustomizeError(
      `found multiple objects [${matches.map(match => match.text).join(' ')}] that could accept merge of ${idText(id)}`,
    )
  }
  if (resource.behavior !== 'merge' && resource.behavior !== 'replace') {
    throw new KustomizeError(`id ${idText(id)} exists; behavior must be merge or replace`)
  }
  takeMetadata(resource, old)
  if (resource.behavior === 'merge') {
    mergeTexts(resource, old, 'data')
    mergeTexts(resource, old, 'binaryData')
  }
  set.replace(old, resource)
  return old
}

/** Name, namespace, history and the pairs that the new object does not set itself come from the old one. */
function takeMetadata(resource: Resource, old: Resource): void {
  const metadata = resource.metadata
  for (const field of ['labels', 'annotations']) {
    const texts = stringMap(at(old.object, 'metadata', field))
    for (const [key, text] of stringMap(own(metadata, field))) texts.set(key, text)
    // A merge keeps the origin of what it merges into.
    const origin = stringMap(at(old.object, 'metadata', field)).get(originAnnotation)
    if (resource.behavior === 'merge' && origin !== undefined) texts.set(originAnnotation, origin)
    if (texts.size === 0) delete metadata[field]
    else metadata[field] = fromStringMap(texts)
  }
  metadata.name = old.name
  if (old.namespace === '') delete metadata.namespace
  else metadata.namespace = old.namespace
  const { needsHash } = resource
  resource.adopt(old)
  resource.isGenerated = true
  resource.needsHash = needsHash && old.needsHash
  resource.behavior = resource.behavior ?? old.behavior
}

function mergeTexts(resource: Resource, old: Resource, field: 'data' | 'binaryData'): void {
  const texts = stringMap(own(old.object, field))
  for (const [key, text] of stringMap(own(resource.object, field))) texts.set(key, text)
  if (texts.size === 0) delete resource.object[field]
  else resource.object[field] = fromStringMap(texts)
}
