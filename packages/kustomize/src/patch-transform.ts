/**
 * `patches`, `patchesStrategicMerge` and `patchesJson6902`: finds out what kind of patch a text is, finds its objects, applies it.
 */
import { goFloatText, SourceScalar, stringify } from '@sluice/yaml'
import { applyJsonPatch, type JsonPatchOperation, parseJsonPatch } from './json-patch.ts'
import type { Patch, Selector } from './kustomization.ts'
import { KustomizeError, located, within } from './kustomize-error.ts'
import type { LayerContext } from './layer-context.ts'
import { namingFile, readObjects } from './read-objects.ts'
import { Resource } from './resource.ts'
import type { ResourceSet } from './resource-set.ts'
import { select } from './select.ts'
import { type SchemaLookup, strategicMerge } from './strategic-merge.ts'
import {
  at,
  clone,
  fromStringMap,
  isMapping,
  isQuoted,
  type Mapping,
  own,
  plain,
  put,
  stringMap,
  textOf,
} from './tree.ts'

/** One item of `patches`. Says when it was a strategic merge. */
export function applyPatch(set: ResourceSet, patch: Patch, context: LayerContext): 'merged' | undefined {
  const inline = (patch.patch ?? '').trim()
  if (inline === '' && !patch.path) {
    const config = { ...patch, patch: undefined, path: undefined }
    const message = `must specify one of patch and path in\n${stringify(config)}`
    within(
      () => configuring('PatchTransformer', config),
      () => {
        throw new KustomizeError(message, { file: context.file })
      },
    )
  }
  if (inline !== '' && patch.path) {
    throw new KustomizeError("patch and path can't be set at the same time", { file: context.file })
  }
  const file = patch.path
    ? within(
        () => configuring('PatchTransformer', patch),
        () => within(`failed to get the patch file from path(${patch.path})`, () => context.read(patch.path ?? '')),
      )
    : undefined
  const text = file ? file.text : inline
  const source = file ? `[path: "${patch.path}"]` : `[patch: ${JSON.stringify(inline)}]`
  const place = file?.path ?? context.file
  if (text.trim() === '') {
    if (context.version !== '5.7' || patch.target) return undefined
    throw new KustomizeError(`must specify a target for JSON patch ${source}`, {
      file: place,
      cure: 'the patch is empty',
    })
  }

  const operations = looksLikeList(text) ? parseJsonPatch(text) : undefined
  const merges = operations
    ? undefined
    : within(
        () => configuring('PatchTransformer', patch),
        () => readPatches(text, place, source, context),
      )
  if (operations && operations.length > 0) {
    if (!patch.target) throw new KustomizeError(`must specify a target for JSON patch ${source}`, { file: place })
    for (const resource of select(set.resources, patch.target, context.limits)) {
      resource.rememberId()
      applyOperations(set, resource, operations, place)
    }
    return undefined
  }
  if (!merges) return undefined
  for (const merge of merges) {
    merge.allowNameChange = patch.options?.allowNameChange ?? false
    merge.allowKindChange = patch.options?.allowKindChange ?? false
  }
  if (!patch.target) {
    for (const merge of merges) {
      const target = located(
        { file: place, cure: 'the patch must name an object of this layer by kind, name and namespace' },
        () => within(`no resource matches strategic merge patch "${merge.text}"`, () => set.forPatch(merge.id)),
      )
      mergeInto(set, target, merge, context.schema, place)
    }
    return merges.length > 0 ? 'merged' : undefined
  }
  const [merge, second] = merges
  if (second) {
    throw new KustomizeError(
      `Multiple Strategic-Merge Patches in one \`patches\` entry is not allowed to set \`patches.target\` field: ${source}`,
      { file: place },
    )
  }
  if (!merge) return undefined
  writePairsAsTexts(merge)
  const written = own(merge.object, 'apiVersion')
  for (const resource of select(set.resources, patch.target, context.limits)) {
    const before = own(resource.object, 'apiVersion')
    const version = before === undefined ? versionOfNone(written) : before
    put(merge.object, 'apiVersion', resource.apiVersion)
    mergeInto(set, resource, merge, context.schema, place)
    if (!resource.isGone) put(resource.object, 'apiVersion', version)
  }
  set.dropGone()
  set.checkUnique()
  return 'merged'
}

/** What an object without a version gets from a patch with a target: nothing, in the quotes of the patch if it has any. */
function versionOfNone(written: unknown): unknown {
  return isQuoted(written) ? '' : new SourceScalar(null, '')
}

/** With a target, and in `patchesStrategicMerge`, the real one writes the labels and annotations of a patch anew as texts: a null becomes the text. */
function writePairsAsTexts(patch: Resource): void {
  const metadata = own(patch.object, 'metadata')
  if (!isMapping(metadata)) return
  for (const field of ['labels', 'annotations']) {
    if (!Object.hasOwn(metadata, field)) continue
    const texts = stringMap(metadata[field])
    if (texts.size === 0) delete metadata[field]
    else put(metadata, field, fromStringMap(texts))
  }
}

function configuring(plugin: string, config: object): string {
  return `trouble configuring builtin ${plugin} with config: \`\n${stringify(config)}\``
}

/** Items of `patchesStrategicMerge`: each is a patch, or else the path of one. Patches of `text` come after. */
export function applyStrategicMerges(
  set: ResourceSet,
  items: readonly string[],
  context: LayerContext,
  text = '',
): void {
  const patches = items.flatMap(item => {
    const inline = tryInline(item, context)
    if (inline) return inline
    const file = within(
      () => configuring('PatchStrategicMergeTransformer', { paths: items }),
      () => context.read(item),
    )
    return namingFile(item, () => readObjects(file.text, file.path, { ...context.limits, duplicateKeys: 'first' })).map(
      ({ object }) => ({
        patch: new Resource(object),
        place: file.path,
      }),
    )
  })
  if (text !== '') patches.push(...inlinePatches(text, context))
  if (patches.length === 0) {
    throw new KustomizeError(`patch appears to be empty; files=[${items.join(' ')}], Patch=${text}`, {
      file: context.file,
    })
  }
  for (const { patch, place } of patches) {
    const target = located({ file: place }, () => set.forPatch(patch.id))
    writePairsAsTexts(patch)
    mergeInto(set, target, patch, context.schema, place)
    set.dropGone()
    set.checkUnique()
  }
}

interface PlacedPatch {
  patch: Resource
  place: string
}

function inlinePatches(text: string, context: LayerContext): PlacedPatch[] {
  return readObjects(text, context.file, { ...context.limits, duplicateKeys: 'first' }).map(({ object }) => ({
    patch: new Resource(object),
    place: context.file,
  }))
}

function tryInline(item: string, context: LayerContext): PlacedPatch[] | undefined {
  if (!item.includes(':')) return undefined
  try {
    return inlinePatches(item, context)
  } catch (error) {
    if (error instanceof KustomizeError && !item.includes('\n')) return undefined
    throw error
  }
}

/** One item of `patchesJson6902`. */
export function applyJson6902(set: ResourceSet, patch: Patch, context: LayerContext): void {
  const { operations, target, place } = json6902(patch, context)
  for (const resource of select(set.resources, target, context.limits))
    applyOperations(set, resource, operations, place)
}

function json6902(
  patch: Patch,
  context: LayerContext,
): { operations: JsonPatchOperation[]; target: Selector; place: string } {
  const fail = (message: string): never => {
    throw new KustomizeError(message, { file: context.file })
  }
  if (!patch.target?.name) return fail('must specify the target name')
  if (!patch.path && !patch.patch) return fail('empty file path and empty jsonOp')
  if (patch.path && patch.patch) return fail('must specify a file path or jsonOp, not both')
  const file = patch.path ? context.read(patch.path) : undefined
  if (file?.text === '') return fail(`patch file '${patch.path}' empty seems to be empty`)
  const text = file?.text ?? patch.patch ?? ''
  const operations = parseJsonPatch(text)
  if (!operations) return fail(`decoding ${text.slice(0, 200)}: no list of JSON patch operations`)
  if (operations.length === 0) return fail(`patch appears to be empty; file=${patch.path ?? ''}, JsonOp=${text}`)
  return { operations, target: patch.target, place: file?.path ?? context.file }
}

function looksLikeList(text: string): boolean {
  const first = /^(?:\s|#.*$|---.*$)*(\S)/m.exec(text)?.[1]
  return first === '-' || first === '['
}

function readPatches(text: string, place: string, source: string, context: LayerContext): Resource[] {
  try {
    return readObjects(text, place, { ...context.limits, duplicateKeys: 'first' }).map(
      ({ object }) => new Resource(object),
    )
  } catch (error) {
    if (!(error instanceof KustomizeError)) throw error
    throw new KustomizeError(`unable to parse SM or JSON patch from ${source}`, {
      file: error.file ?? place,
      line: error.line,
      cure: error.message,
    })
  }
}

function applyOperations(
  set: ResourceSet,
  resource: Resource,
  operations: readonly JsonPatchOperation[],
  place: string,
): void {
  const key = resource.key
  const before = plain(resource.object)
  if (isMapping(before) && resource.hasNotes) addNote(before)
  const after = located({ file: place, object: resource.text }, () => asGoDecodes(applyJsonPatch(before, operations)))
  if (!isMapping(after)) {
    throw new KustomizeError('the JSON patch leaves no object', { file: place, object: resource.text })
  }
  takeNote(after)
  resource.object = after
  resource.shared.forget()
  const annotations = at(after, 'metadata', 'annotations')
  if (annotations !== undefined) {
    const texts = stringMap(annotations)
    if (texts.size === 0) delete resource.metadata.annotations
    else put(resource.metadata, 'annotations', fromStringMap(texts))
  }
  if (resource.key !== key) set.changed()
}

const note = 'internal.config.kubernetes.io/previousNames'

/** kustomize keeps its notes in annotations, where patches see them: their mapping exists, and can be taken away. This stands for all notes. */
function addNote(object: Mapping): void {
  const metadata = own(object, 'metadata')
  if (!isMapping(metadata)) return
  const annotations = own(metadata, 'annotations')
  if (isMapping(annotations)) put(annotations, note, '')
  else metadata.annotations = { [note]: '' }
}

/** Removes the note; false when it is gone. */
function takeNote(object: Mapping): boolean {
  const metadata = own(object, 'metadata')
  const annotations = isMapping(metadata) ? own(metadata, 'annotations') : undefined
  if (!isMapping(metadata) || !isMapping(annotations) || !Object.hasOwn(annotations, note)) return false
  delete annotations[note]
  if (Object.keys(annotations).length === 0) delete metadata.annotations
  return true
}

/** Numbers as they are written after Go has passed them through a float: from a million on with an exponent. */
function asGoDecodes(value: unknown): unknown {
  if (typeof value === 'number') {
    const text = goFloatText(value)
    return text === String(value) ? value : new SourceScalar(value, text)
  }
  if (Array.isArray(value)) return value.map(asGoDecodes)
  if (!isMapping(value)) return value
  for (const key of Object.keys(value)) put(value, key, asGoDecodes(value[key]))
  return value
}

/** Merges a patch into one object; what must not change is put back afterwards. */
export function mergeInto(
  set: ResourceSet,
  target: Resource,
  patch: Resource,
  schema: SchemaLookup,
  place: string,
): void {
  const { namespace, key } = target
  // As they stand there: a name that is written as a number stays one.
  const kind = own(target.object, 'kind')
  const name = own(target.metadata, 'name')
  const namespaceNode = own(target.metadata, 'namespace')
  if (patch.allowNameChange || patch.allowKindChange) target.rememberId()
  // The real one makes a new object of the patch and drops it: the target stays as it is.
  if (textOf(own(patch.object, '$patch')) === 'replace') return
  const { hasNotes } = target
  if (hasNotes) addNote(target.object)
  const merged = located({ file: place, object: target.text }, () =>
    strategicMerge(target.object, clone(patch.object), schema),
  )
  if (hasNotes && isMapping(merged) && !takeNote(merged)) target.loseNotes()
  if (!isMapping(merged) || Object.keys(merged).length === 0) {
    target.object = {}
    set.changed()
    return
  }
  target.object = merged
  target.shared.settle()
  if (!patch.allowKindChange) put(merged, 'kind', kind)
  const metadata = target.metadata
  if (!patch.allowNameChange) put(metadata, 'name', name)
  if (namespace === '') delete metadata.namespace
  else put(metadata, 'namespace', namespaceNode)
  if (target.key !== key) set.changed()
}
