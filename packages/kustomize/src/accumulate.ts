/**
 * The pipeline of one kustomization, and its recursion into bases and components: resources, configuration, generators, components, transformers,
 * validators, vars. The steps come in the order of the real tool and each is a function of its own.
 */

import type { BuildTrace } from './build-trace.ts'
import { emptyConfig, mergeConfigs } from './config-merge.ts'
import { crdConfig, readConfiguration } from './configuration.ts'
import type { TransformerConfig } from './default-specs.ts'
import { joined } from './file-tree.ts'
import { absorb, generated } from './generate.ts'
import { checkGeneratorPlugin, runGeneratorPlugin } from './generator-plugin.ts'
import type { HelmEngine } from './helm-engine.ts'
import { inflateChart } from './helm-inflation.ts'
import { setImages } from './image-transform.ts'
import { type Kustomization, readKustomization } from './kustomization.ts'
import { kustomizationFileNames } from './kustomization-file-names.ts'
import { KustomizeError, located, prefixed, within } from './kustomize-error.ts'
import { labelSpecs, setPairs } from './label-transform.ts'
import type { LayerCache } from './layer-cache.ts'
import { type KustomizeVersion, LayerContext } from './layer-context.ts'
import type { BuildLimits } from './limits.ts'
import { isFileUrl, type Loader, saysRepository, textOfFile } from './loader.ts'
import { addAffix, setNamespace } from './name-transform.ts'
import type { ObservedTree } from './observed-tree.ts'
import { type BuiltinUse, schemaFrom } from './open-api.ts'
import { addTransformation, type Origin, originPath, setOrigin } from './origin.ts'
import { type ParseCache, parsedObjects } from './parse-cache.ts'
import { applyJson6902, applyPatch, applyStrategicMerges } from './patch-transform.ts'
import { namingFile } from './read-objects.ts'
import { replace } from './replacement.ts'
import { setReplicas } from './replica-transform.ts'
import { isRemote } from './repository-url.ts'
import { Resource } from './resource.ts'
import { ResourceSet } from './resource-set.ts'
import { builtinSchema, type SchemaLookup } from './strategic-merge.ts'
import { runTransformerPlugin } from './transformer-plugin.ts'
import { clone, isMapping, own, textOf } from './tree.ts'
import { registerVars, type VarRegistry } from './variable.ts'

/** What one build shares among its layers. */
export interface BuildState {
  /** The tree of the kustomization that is built; fetched repositories have others. */
  tree: ObservedTree
  limits: BuildLimits
  warnings: string[]
  warn(line: string): void
  /** Throws when the build was cancelled; lets others run now and then. */
  checkpoint(): Promise<void>
  cache: ParseCache
  layers: LayerCache | undefined
  /** All options that change what a layer comes to. */
  optionsKey: string
  schema: SchemaLookup
  /** Tells the schema from others; empty until a kustomization of the tree has chosen one. */
  schemaKey: string
  /** Keep the built-in schema beside a custom one, as Flux does. */
  addToBuiltinSchema: boolean
  tracksOrigin: boolean
  /** Told after every step, when the build is to explain itself. */
  trace: BuildTrace | undefined
  version: KustomizeVersion
  /** Layers that are being accumulated, outermost first. */
  open: Accumulator[]
  /** Whether a strategic merge has asked for a schema. */
  hasMerged: boolean
  /** Whether what is named by URL may be there. */
  hasRemote: boolean
  /** Without it a kustomization with charts is refused. */
  helm: HelmEngine | undefined
}

export interface Accumulator {
  set: ResourceSet
  config: TransformerConfig
  vars: VarRegistry
}

export function newAccumulator(): Accumulator {
  return { set: new ResourceSet(), config: emptyConfig(), vars: new Map() }
}

export interface Target {
  kustomization: Kustomization
  loader: Loader
  file: string
  fileName: string
  origin: Origin
  /** What the layers above call the namespace; for charts only. */
  namespaceAbove: string
}

/** Finds and reads the kustomization of a directory. */
export function loadTarget(loader: Loader, state: BuildState, origin: Origin): Target {
  const found = kustomizationFileNames.flatMap(name => {
    const file = loader.tryRead(joined(loader.root, name))
    return file ? [{ name, file }] : []
  })
  const [first, second] = found
  if (!first) {
    throw new KustomizeError(
      `unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${loader.root}'`,
      { file: loader.root, cure: 'add a kustomization.yaml that lists the files of the directory' },
    )
  }
  if (second)
    throw new KustomizeError(`Found multiple kustomization files under: ${loader.root}\n`, { file: second.file.path })
  const kustomization = readKustomization(textOfFile(first.file), first.file.path, loader.root, state.warn)
  return { kustomization, loader, file: first.file.path, fileName: first.name, origin, namespaceAbove: '' }
}

/** Runs a target's pipeline on top of what `accumulator` holds (nothing, unless the target is a component). */
export async function accumulate(target: Target, accumulator: Accumulator, state: BuildState): Promise<Accumulator> {
  const { kustomization: k, loader } = target
  await state.checkpoint()
  state.open.push(accumulator)
  await named('accumulating resources', () => addResources(target, k.resources ?? [], accumulator, state))
  const context = new LayerContext(loader, target.file, state, accumulator.config)
  accumulator.config = mergeConfigs(accumulator.config, readConfiguration(context, k.configurations ?? []))
  accumulator.config = mergeConfigs(accumulator.config, crdConfig(context, k.crds ?? []))
  await runGenerators(target, context, accumulator, state)
  await addComponents(target, k.components ?? [], accumulator, state)
  context.config = accumulator.config
  context.schema = state.schema
  await runTransformers(target, context, accumulator, state)
  await runValidators(target, context, accumulator, state)
  registerVars(accumulator.vars, accumulator.set, k.vars ?? [])
  state.open.pop()
  return accumulator
}

async function named<T>(prefix: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw prefixed(error, prefix)
  }
}

async function addResources(
  target: Target,
  paths: readonly string[],
  accumulator: Accumulator,
  state: BuildState,
): Promise<void> {
  for (const path of paths) {
    await state.checkpoint()
    try {
      await addResource(target, path, accumulator, state)
    } catch (error) {
      located({ file: target.file }, () => {
        throw error
      })
    }
  }
}

/**
 * One item of `resources`: a file of objects, or else a directory or repository with a kustomization. The real one tries it as both, and when both
 * fail it tells both troubles.
 */
async function addResource(target: Target, path: string, accumulator: Accumulator, state: BuildState): Promise<void> {
  const fileError = addFile(target, path, accumulator, state)
  if (!fileError) return
  // Where nothing is fetched, or the server's answer says it all, there is but one trouble.
  const isAnswer = state.hasRemote
    ? !isRemote(path) || /HTTP Error|: Get "| was not fetched before the build/.test(fileError.message)
    : !saysRepository(path)
  if (isFileUrl(path) && isAnswer) throw fileError
  const both = (error: unknown) => {
    if (!(error instanceof KustomizeError) || (!state.hasRemote && isRemote(path))) return error
    // Where the path is a file, the first trouble is the one that matters.
    const place = fileError.line !== undefined || fileError.cure !== undefined ? fileError : error
    return new KustomizeError(`accumulation err='${fileError.message}': ${error.message}`, {
      file: place.file,
      line: place.line,
      object: place.object,
      cure: place.cure,
      cause: error,
    })
  }
  let loader: Loader
  try {
    loader = target.loader.enter(path)
  } catch (error) {
    // No directory and no YAML: most likely a file. After a timeout it may be a repository as well.
    const isTimeout = error instanceof KustomizeError && error.message.includes(' timeout running ')
    throw fileError.message.includes('MalformedYAMLError') && !isTimeout ? fileError : both(error)
  }
  try {
    await addDirectory(target, path, loader, accumulator, state, false)
  } catch (error) {
    throw both(error)
  }
}

/** Adds the objects of a file; gives back what went wrong. */
function addFile(
  target: Target,
  path: string,
  accumulator: Accumulator,
  state: BuildState,
): KustomizeError | undefined {
  try {
    const resources = within(`accumulating resources from '${path}'`, () => {
      const file = target.loader.load(path)
      return namingFile(path, () => parsedObjects(file, state.cache, state.limits)).map(({ object }) => {
        const resource = new Resource(object)
        if (state.tracksOrigin) setOrigin(resource, { ...target.origin, path: joined(target.origin.path ?? '', path) })
        return resource
      })
    })
    within(`merging resources from '${path}'`, () => accumulator.set.appendAll(resources))
    checkCount(accumulator, target, state)
    state.trace?.note(resources, { ...target.origin, path: joined(target.origin.path ?? '', path) })
    return undefined
  } catch (error) {
    if (error instanceof KustomizeError) return error
    throw error
  }
}

async function addComponents(
  target: Target,
  paths: readonly string[],
  accumulator: Accumulator,
  state: BuildState,
): Promise<void> {
  for (const path of paths) {
    const fails = (step: string, error: unknown) => {
      if (!(error instanceof KustomizeError)) return error
      const { message, file, line, object, cure } = error
      const text = `accumulating components: ${step} ${JSON.stringify(message)}`
      return new KustomizeError(text, { file: file ?? target.file, line, object, cure, cause: error })
    }
    let loader: Loader
    try {
      loader = target.loader.enter(path)
    } catch (error) {
      throw fails('loader.New', error)
    }
    try {
      await addDirectory(target, path, loader, accumulator, state, true)
    } catch (error) {
      throw fails('accumulateDirectory:', error)
    }
  }
}

async function addDirectory(
  target: Target,
  path: string,
  loader: Loader,
  accumulator: Accumulator,
  state: BuildState,
  isComponent: boolean,
): Promise<void> {
  const origin: Origin =
    isRemote(path) && loader.origin ? loader.origin : { ...target.origin, path: joined(target.origin.path ?? '', path) }
  const child = within(`couldn't make target for path '${loader.root}'`, () => loadTarget(loader, state, origin))
  child.namespaceAbove = target.kustomization.namespace || target.namespaceAbove
  chooseSchema(child, state)
  const kind = child.kustomization.kind
  if (isComponent && kind !== 'Component') {
    throw new KustomizeError(`expected kind 'Component' for path '${loader.root}' but got '${kind}'`, {
      file: child.file,
    })
  }
  if (!isComponent && kind === 'Component') {
    throw new KustomizeError(`expected kind != 'Component' for path '${loader.root}'`, {
      cure: "list it under 'components'",
      file: child.file,
    })
  }
  let inner: Accumulator
  try {
    inner = isComponent
      ? await accumulate(child, accumulator, state)
      : await (state.layers?.layer(child, state, () => accumulate(child, newAccumulator(), state)) ??
          accumulate(child, newAccumulator(), state))
  } catch (error) {
    throw prefixed(error, `recursed accumulation of path '${loader.root}'`)
  }
  within(`recursed merging from path '${loader.root}'`, () =>
    located({ file: child.file }, () => {
      if (isComponent) {
        accumulator.set.checkUnique()
        return
      }
      accumulator.set.appendAll(inner.set.resources)
      checkCount(accumulator, target, state)
      accumulator.config = mergeConfigs(accumulator.config, inner.config)
      for (const [name, variable] of inner.vars) {
        if (accumulator.vars.has(name)) throw new KustomizeError(`var '${name}' already encountered`)
        accumulator.vars.set(name, variable)
      }
    }),
  )
}

/** Layers that each name others twice would double from one to the next: the limit holds on the way. */
function checkCount({ set }: Accumulator, { file }: Target, { limits }: BuildState): void {
  const { length } = set.resources
  if (limits.maxObjects === undefined || length <= limits.maxObjects) return
  throw new KustomizeError(`the build makes ${length} objects, more than the limit of ${limits.maxObjects}`, { file })
}

function builtinUse(state: BuildState): BuiltinUse {
  if (state.addToBuiltinSchema || state.hasMerged) return 'below'
  const isForeign = ({ apiVersion, kind }: Resource) => builtinSchema(apiVersion, kind) === undefined
  return state.open.some(({ set }) => set.resources.some(isForeign)) ? 'above' : 'none'
}

/** The first kustomization that names a schema decides for all that follow. */
export function chooseSchema(target: Target, state: BuildState): void {
  const openapi = target.kustomization.openapi
  if (!openapi || state.schemaKey !== '') return
  // What was built before it decides, too.
  if (state.open.length > 0) target.loader.leaveTree()
  const schema = schemaFrom(openapi, target.loader, builtinUse(state))
  if (!schema) return
  state.schema = schema.lookup
  state.schemaKey = schema.key
}

async function runGenerators(
  target: Target,
  context: LayerContext,
  accumulator: Accumulator,
  state: BuildState,
): Promise<void> {
  const { kustomization: k } = target
  for (const [kind, list] of [
    ['ConfigMap', k.configMapGenerator],
    ['Secret', k.secretGenerator],
  ] as const) {
    for (const args of list ?? []) {
      const resource = located({ file: target.file, object: `${kind} ${args.name ?? ''}` }, () =>
        generated(kind, args, k.generatorOptions, context),
      )
      if (state.tracksOrigin) setOrigin(resource, builtinOrigin(target, `${kind}Generator`))
      const old = within(`merging from generator of ${kind} ${args.name ?? ''}`, () =>
        located({ file: target.file, object: resource.text }, () => absorb(accumulator.set, resource)),
      )
      state.trace?.note([resource], builtinOrigin(target, `${kind}Generator`), old)
    }
  }
  for (const chart of k.helmCharts ?? []) {
    const { namespaceAbove } = target
    // 5.7 leaves the namespace to the transformer that comes later.
    const namespace = chart.namespace || (context.version === '5.7' ? '' : k.namespace || namespaceAbove)
    const args = { ...k.helmGlobals, ...chart, namespace }
    const origin = builtinOrigin(target, 'HelmChartInflationGenerator')
    for (const resource of await inflateChart(args, context, state.helm, state.warn)) {
      if (state.tracksOrigin) setOrigin(resource, origin)
      const old = within(`merging from generator of HelmChart ${chart.name}`, () =>
        located({ file: target.file, object: resource.text }, () => absorb(accumulator.set, resource)),
      )
      state.trace?.note([resource], origin, old)
    }
  }
  const plugins = await named('loading generator plugins', async () => {
    const configs = await pluginObjects(target, k.generators ?? [], state)
    for (const config of configs) {
      within('failed to load generator', () => located({ file: target.file }, () => checkGeneratorPlugin(config)))
    }
    return configs
  })
  for (const config of plugins) {
    const resources = await runGeneratorPlugin(config, context, state).catch(error =>
      located({ file: target.file, object: config.text }, () => {
        throw error
      }),
    )
    for (const resource of resources) {
      if (state.tracksOrigin) setOrigin(resource, pluginOrigin(target, config))
      const old = within(`merging from generator ${config.text}`, () => absorb(accumulator.set, resource))
      state.trace?.note([resource], pluginOrigin(target, config), old)
    }
  }
}

function builtinOrigin(target: Target, kind: string): Origin {
  return {
    ...(target.origin.repo && { repo: target.origin.repo }),
    ...(target.origin.ref && { ref: target.origin.ref }),
    configuredIn: joined(target.origin.path ?? '', target.fileName),
    configuredBy: { apiVersion: 'builtin', kind },
  }
}

function pluginOrigin(target: Target, config: Resource): Origin {
  return {
    ...(target.origin.repo && { repo: target.origin.repo }),
    ...(target.origin.ref && { ref: target.origin.ref }),
    configuredIn: originPath(config) ?? joined(target.origin.path ?? '', target.fileName),
    configuredBy: { apiVersion: config.apiVersion, kind: config.kind, name: config.name, namespace: config.namespace },
  }
}

/** Configurations of plugins: objects written in place, or paths of files and directories with them. */
async function pluginObjects(target: Target, items: readonly string[], state: BuildState): Promise<Resource[]> {
  const accumulator = newAccumulator()
  const paths: string[] = []
  for (const item of items) {
    const inline = inlineObjects(item, target, state)
    if (inline) accumulator.set.appendAll(inline)
    else paths.push(item)
  }
  await addResources(target, paths, accumulator, state)
  return accumulator.set.resources
}

function inlineObjects(item: string, target: Target, state: BuildState): Resource[] | undefined {
  if (!item.includes(':')) return undefined
  try {
    const bytes = new TextEncoder().encode(item)
    return parsedObjects({ path: target.file, bytes }, state.cache, state.limits).map(({ object }) => {
      const resource = new Resource(object)
      if (state.tracksOrigin) setOrigin(resource, { path: joined(target.origin.path ?? '', target.fileName) })
      return resource
    })
  } catch (error) {
    if (error instanceof KustomizeError && !item.includes('\n')) return undefined
    throw error
  }
}

async function runTransformers(
  target: Target,
  context: LayerContext,
  accumulator: Accumulator,
  state: BuildState,
): Promise<void> {
  const { kustomization: k } = target
  const { set, config } = accumulator
  const step = (kind: string, run: () => void): void => {
    located({ file: target.file }, run)
    set.dropGone()
    if (state.tracksOrigin) recordTransformation(set, builtinOrigin(target, kind))
    state.trace?.note(set.resources, builtinOrigin(target, kind))
  }
  if (k.patchesStrategicMerge?.length) {
    const items = k.patchesStrategicMerge
    state.hasMerged = true
    step('PatchStrategicMergeTransformer', () => applyStrategicMerges(set, items, context))
  }
  for (const patch of k.patches ?? []) {
    await state.checkpoint()
    step('PatchTransformer', () => {
      if (applyPatch(set, patch, context) === 'merged') state.hasMerged = true
    })
  }
  if (k.namespace) {
    const namespace = k.namespace
    step('NamespaceTransformer', () => setNamespace(set, namespace, config.namespace))
  }
  if (k.namePrefix) {
    const prefix = k.namePrefix
    step('PrefixTransformer', () => addAffix(set, 'prefix', prefix, config.namePrefix))
  }
  if (k.nameSuffix) {
    const suffix = k.nameSuffix
    step('SuffixTransformer', () => addAffix(set, 'suffix', suffix, config.nameSuffix))
  }
  const labels = k.labels ?? []
  for (const label of labels)
    step('LabelTransformer', () => setPairs(set, label.pairs ?? {}, labelSpecs(label, config)))
  const commonLabels = k.commonLabels ?? {}
  if (labels.length > 0 || Object.keys(commonLabels).length > 0) {
    step('LabelTransformer', () => setPairs(set, commonLabels, config.commonLabels))
  }
  const annotations = k.commonAnnotations ?? {}
  if (Object.keys(annotations).length > 0) {
    step('AnnotationsTransformer', () => setPairs(set, annotations, config.commonAnnotations))
  }
  for (const patch of k.patchesJson6902 ?? [])
    step('PatchJson6902Transformer', () => applyJson6902(set, patch, context))
  for (const { name, count } of k.replicas ?? []) {
    step('ReplicaCountTransformer', () => setReplicas(set, name ?? '', count ?? 0, config.replicas))
  }
  const images = k.images ?? []
  // Together, unless each is to be recorded.
  for (const some of state.tracksOrigin ? images.map(image => [image]) : images.length > 0 ? [images] : []) {
    step('ImageTagTransformer', () => setImages(set, some, config.images, context.limits))
  }
  if (k.replacements?.length) {
    const replacements = k.replacements
    step('ReplacementTransformer', () => replace(set, replacements, context))
  }
  for (const plugin of await pluginObjects(target, k.transformers ?? [], state)) {
    located({ file: target.file }, () => runTransformerPlugin(plugin, set, context))
    set.dropGone()
    if (state.tracksOrigin) recordTransformation(set, pluginOrigin(target, plugin))
    state.trace?.note(set.resources, pluginOrigin(target, plugin))
  }
}

function recordTransformation(set: ResourceSet, origin: Origin): void {
  for (const resource of set.resources) addTransformation(resource, origin)
}

async function runValidators(
  target: Target,
  context: LayerContext,
  accumulator: Accumulator,
  state: BuildState,
): Promise<void> {
  for (const plugin of await pluginObjects(target, target.kustomization.validators ?? [], state)) {
    const before = JSON.stringify(accumulator.set.resources.map(resource => comparable(resource)))
    located({ file: target.file }, () => runTransformerPlugin(plugin, accumulator.set, context))
    if (JSON.stringify(accumulator.set.resources.map(resource => comparable(resource))) !== before) {
      throw new KustomizeError(`validator shouldn't modify the resource map: ${plugin.text} did`, {
        file: target.file,
      })
    }
  }
}

function comparable(resource: Resource): unknown {
  const copy = clone(resource.object)
  const metadata = own(copy, 'metadata')
  const labels = isMapping(metadata) ? own(metadata, 'labels') : undefined
  if (isMapping(labels)) delete labels['validated-by']
  return [textOf(own(copy, 'kind')), copy]
}
