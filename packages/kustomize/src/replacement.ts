/**
 * `replacements`: copies a field of one object, or a fixed value, into fields of others.
 */
import { parseFirst, SourceScalar, stringify, YamlError } from '@sluice/yaml'
import { goJson } from './content-hash.ts'
import { anchored } from './go-regexp.ts'
import {
  type FieldOptions,
  type Kustomization,
  type Replacement,
  replacement as replacementDecoder,
  type Selector,
} from './kustomization.ts'
import { KustomizeError, located, prefixed, within } from './kustomize-error.ts'
import { labelSelector } from './label-selector.ts'
import type { KustomizeVersion, LayerContext } from './layer-context.ts'
import type { BuildLimits } from './limits.ts'
import { parseFile } from './parse-file.ts'
import { createdScalar, type Leaf, lookup, mappingSlot, places, type Slot, splitPath } from './replacement-path.ts'
import type { Resource } from './resource.ts'
import { effectiveNamespace, isSelected, type ResourceId } from './resource-id.ts'
import type { ResourceSet } from './resource-set.ts'
import { at, clone, isEmpty, isMapping, isNull, kindOf, plain, stringMap, textOf, untyped } from './tree.ts'

type Target = NonNullable<Replacement['targets']>[number]

export function replace(
  set: ResourceSet,
  items: NonNullable<Kustomization['replacements']>,
  context: LayerContext,
): void {
  for (const item of items) {
    for (const replacement of item.path ? fromFile(item, context) : [item]) applyOne(set, replacement, context)
  }
  set.changed()
}

function fromFile(item: Replacement & { path?: string }, context: LayerContext): Replacement[] {
  if (item.source || item.targets) throw new KustomizeError('cannot specify both path and inline replacement')
  const file = context.read(item.path ?? '')
  try {
    const value = parseFile(file.text, file.path)
    return (Array.isArray(value) ? value : [value]).map(one => replacementDecoder(one, 'Replacement'))
  } catch (error) {
    throw prefixed(error, `unsupported replacement in ${file.path}`)
  }
}

function applyOne(set: ResourceSet, replacement: Replacement, context: LayerContext): void {
  const { source, sourceValue, targets } = replacement
  if ((!source && sourceValue === undefined) || !targets) {
    throw new KustomizeError('replacements must specify a source and at least one target')
  }
  if (source && sourceValue !== undefined)
    throw new KustomizeError('value and resource selectors are mutually exclusive')
  const value = source ? sourceOf(set, source) : untyped(sourceValue ?? '')
  for (const target of targets) applyTo(set, target, value, context)
}

function sourceOf(set: ResourceSet, source: NonNullable<Replacement['source']>): unknown {
  const wanted: ResourceId = {
    group: source.group ?? '',
    version: source.version ?? '',
    kind: source.kind ?? '',
    name: source.name ?? '',
    namespace: source.namespace ?? '',
  }
  const shownSelector = `${[wanted.kind, wanted.version, wanted.group].filter(Boolean).join('.') || '(any kind)'}/${wanted.name || '(any name)'}${wanted.namespace ? ` in ${wanted.namespace}` : ''}`
  const matches = set.resources.filter(resource =>
    resource.ids.some(
      id =>
        (!wanted.name || id.name === wanted.name) &&
        (!wanted.namespace || effectiveNamespace(id) === wanted.namespace) &&
        isSelected(id, wanted),
    ),
  )
  if (matches.length > 1) {
    throw new KustomizeError(
      `multiple matches for selector ${shownSelector}: ${matches.map(match => match.text).join(', ')}`,
    )
  }
  const [match] = matches
  if (!match) throw new KustomizeError(`nothing selected by ${shownSelector}`)
  const path = source.fieldPath || 'metadata.name'
  const value = within('error looking up replacement source', () => lookup(match.object, splitPath(path)))
  if (value === undefined || isNull(value) || (value !== '' && isEmpty(value))) {
    throw new KustomizeError(`fieldPath \`${path}\` is missing for replacement source ${shownSelector}`)
  }
  return refined(value, source.options)
}

function refined(value: unknown, options: FieldOptions | undefined): unknown {
  if (!options?.delimiter) return value
  if (kindOf(value) !== 'ScalarNode') throw new KustomizeError('delimiter option can only be used with scalar nodes')
  const parts = textOf(value).split(options.delimiter)
  const index = options.index ?? 0
  const part = parts[index]
  if (index < 0 || part === undefined) {
    throw new KustomizeError(`options.index ${index} is out of bounds for value ${textOf(value)}`)
  }
  return part
}

function applyTo(set: ResourceSet, target: Target, value: unknown, { version, limits }: LayerContext): void {
  if (!target.select) throw new KustomizeError('target must specify resources to select')
  const matcher = version === '5.7' ? exactMatcher : idMatcher
  const selects = matcher(target.select, limits)
  const wanted = pairMatcher(target.select)
  const rejects = (target.reject ?? []).map(reject => ({
    ids: hasIdPart(reject) ? matcher(reject, limits) : undefined,
    pairs: reject.labelSelector || reject.annotationSelector ? pairMatcher(reject) : undefined,
  }))
  for (const resource of set.resources) {
    if (!wanted(resource)) continue
    if (rejects.some(({ pairs }) => pairs?.(resource))) continue
    const ids = resource.ids
    if (rejects.some(reject => reject.ids && ids.some(reject.ids))) continue
    if (!ids.some(selects)) continue
    for (const path of target.fieldPaths?.length ? target.fieldPaths : ['metadata.name']) {
      located({ object: resource.text }, () => copyTo(resource, path, value, target.options, version))
    }
    resource.shared.settle()
  }
}

function hasIdPart(selector: Selector): boolean {
  return Boolean(selector.group || selector.version || selector.kind || selector.name || selector.namespace)
}

/** Until 5.7 the parts of a target were exact texts. An object without namespace is in none that could be named. */
function exactMatcher(selector: Selector): (id: ResourceId) => boolean {
  return id =>
    isSelected(id, selector) &&
    (!selector.name || selector.name === id.name) &&
    (!selector.namespace || effectiveNamespace(id) === selector.namespace)
}

/** Since 5.8 they are regular expressions. */
function idMatcher(selector: Selector, { maxPatternSize }: BuildLimits): (id: ResourceId) => boolean {
  const group = anchored(selector.group ?? '', maxPatternSize)
  const version = anchored(selector.version ?? '', maxPatternSize)
  const kind = anchored(selector.kind ?? '', maxPatternSize)
  const name = anchored(selector.name ?? '', maxPatternSize)
  const namespace = anchored(selector.namespace ?? '', maxPatternSize)
  return id =>
    group(id.group) &&
    version(id.version) &&
    kind(id.kind) &&
    name(id.name) &&
    (!selector.namespace || namespace(id.namespace) || namespace(effectiveNamespace(id)))
}

function pairMatcher(selector: Selector): (resource: Resource) => boolean {
  const labels = labelSelector(selector.labelSelector ?? '')
  const annotations = labelSelector(selector.annotationSelector ?? '')
  return resource =>
    (!selector.labelSelector || labels(stringMap(at(resource.object, 'metadata', 'labels')))) &&
    (!selector.annotationSelector || annotations(stringMap(at(resource.object, 'metadata', 'annotations'))))
}

function copyTo(
  resource: Resource,
  path: string,
  value: unknown,
  options: FieldOptions | undefined,
  version: KustomizeVersion,
): void {
  const parts = splitPath(path)
  const kind = kindOf(value)
  const leaf: Leaf | undefined = !options?.create
    ? undefined
    : kind === 'MappingNode'
      ? 'mapping'
      : kind === 'SequenceNode'
        ? 'sequence'
        : 'scalar'
  if (version !== '5.7' && intoText(resource, parts, value, leaf)) return
  const root: Slot = {
    get: () => resource.object,
    set: next => {
      if (isMapping(next)) resource.object = next
    },
  }
  const missing = options?.create
    ? `unable to find or create field "${path}" in replacement target`
    : `unable to find field "${path}" in replacement target`
  const found = within(missing, () => places(root, parts, leaf))
  if (found.length === 0) throw new KustomizeError(missing)
  for (const slot of found) setField(slot, value, options)
}

function setField(slot: Slot, value: unknown, options: FieldOptions | undefined): void {
  const old = slot.get()
  let next = value
  if (options?.delimiter) {
    if (old !== createdScalar && kindOf(old) !== 'ScalarNode') {
      throw new KustomizeError('delimiter option can only be used with scalar nodes')
    }
    const parts = (old === createdScalar ? '' : textOf(old)).split(options.delimiter)
    const index = options.index ?? 0
    const text = textOf(value)
    if (index < 0) parts.unshift(text)
    else if (index >= parts.length) parts.push(text)
    else parts[index] = text
    next = parts.join(options.delimiter)
  }
  slot.set(assigned(old, next))
}

/** The new value of a field: a scalar keeps the type it had, a new one gets the type its text looks like. */
function assigned(old: unknown, next: unknown): unknown {
  if (old === createdScalar) return kindOf(next) === 'ScalarNode' ? untyped(textOf(next)) : ''
  if (kindOf(old) !== 'ScalarNode') return clone(next)
  const text = kindOf(next) === 'ScalarNode' ? textOf(next) : ''
  const was = old instanceof SourceScalar ? old.value : old
  if (typeof was === 'string') return text
  const typed = untyped(text)
  if (was === null && !isNull(typed)) {
    throw new KustomizeError(
      `cannot put '${text}' where the target holds null; write "" in its place, or leave the field out and set options.create`,
    )
  }
  const type = typeof (typed instanceof SourceScalar ? typed.value : typed)
  if (was !== null && type !== typeof was && !(type === 'number' && typeof was === 'bigint')) {
    throw new KustomizeError(
      `cannot put '${text}' where the target holds the ${typeof was} ${textOf(old)}; quote the target's value to make it a text`,
    )
  }
  return typed
}

/** Sets a value inside the YAML or JSON that a text of the object holds, such as `data.config\.json.a.b`. False when the path leads to no such text. */
function intoText(resource: Resource, parts: readonly string[], value: unknown, leaf: Leaf | undefined): boolean {
  for (let i = 1; i < parts.length; i++) {
    const holder = tryLookup(resource.object, parts.slice(0, i))
    if (holder === undefined) return false
    if (kindOf(holder) !== 'ScalarNode') continue
    const text = textOf(holder)
    const parsed = tryParse(text)
    if (!isMapping(parsed) && !Array.isArray(parsed)) return false
    const root = { value: parsed as unknown }
    try {
      const found = places(mappingSlot(root, 'value'), parts.slice(i), leaf)
      if (found.length === 0) return false
      for (const slot of found) slot.set(assigned(slot.get(), value))
    } catch (error) {
      if (error instanceof KustomizeError) return false
      throw error
    }
    for (const slot of places({ get: () => resource.object, set: () => undefined }, parts.slice(0, i), undefined)) {
      slot.set(serialized(root.value, text))
    }
    return true
  }
  return false
}

function tryLookup(object: unknown, parts: readonly string[]): unknown {
  try {
    return lookup(object, parts)
  } catch (error) {
    if (error instanceof KustomizeError) return undefined
    throw error
  }
}

function tryParse(text: string): unknown {
  try {
    return parseFirst(text, { dialect: '1.2', keepSource: true })
  } catch (error) {
    if (error instanceof YamlError) return undefined
    throw error
  }
}

/** Text in the form the old one had: JSON pretty or compact with sorted keys, else YAML. */
function serialized(value: unknown, old: string): string {
  if (!/^\s*[{[]/.test(old)) return stringify(value, { keys: 'kept' }).trim()
  const compact = goJson(plain(value))
  return old.includes('\n') && old.includes('  ') ? JSON.stringify(JSON.parse(compact), null, 2) : compact
}
