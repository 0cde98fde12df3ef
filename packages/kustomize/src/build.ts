/**
 * A whole build: accumulates the tree of kustomizations, then does what is done once, at the root: hashes, references, vars, order, and the last
 * touches of the output. Pure: files come in through a tree, nothing is kept between builds but what the caller's cache keeps.
 */

import type { KubeObject } from '@sluice/api'
import { stringify, stringifyDocuments } from '@sluice/yaml'
import { accumulate, type BuildState, chooseSchema, loadTarget, newAccumulator } from './accumulate.ts'
import { BuildTrace, type ObjectTrace } from './build-trace.ts'
import { addHashes } from './content-hash.ts'
import type { FileTree } from './file-tree.ts'
import { EngineMissing, loadEngine } from './go-regexp.ts'
import type { HelmEngine } from './helm-engine.ts'
import { setPairs } from './label-transform.ts'
import type { LayerCache } from './layer-cache.ts'
import type { KustomizeVersion } from './layer-context.ts'
import type { BuildLimits } from './limits.ts'
import { Loader, type LoadRestrictor, type RemoteResolver } from './loader.ts'
import { fixNameReferences } from './name-references.ts'
import { nextTurn } from './next-turn.ts'
import { ObservedTree } from './observed-tree.ts'
import { originAnnotation, transformationsAnnotation } from './origin.ts'
import { noCache, type ParseCache } from './parse-cache.ts'
import { checkNamed } from './read-objects.ts'
import type { Resource } from './resource.ts'
import { effectiveNamespace, noNamespace } from './resource-id.ts'
import { sortResources } from './sort-order.ts'
import { builtinSchema } from './strategic-merge.ts'
import { at, fromStringMap, plain, put, stringMap } from './tree.ts'
import { resolveVars } from './variable.ts'

export interface BuildOptions {
  /** `LoadRestrictionsRootOnly` (default): files must lie in or below the kustomization that names them. */
  loadRestrictor?: LoadRestrictor
  /** `none` (default): as accumulated. `legacy`: kustomize's order by kind. A `sortOptions` in the root file wins. */
  order?: 'none' | 'legacy'
  /** What is fetched already for bases and files that are named by URL. Without it they are refused. */
  remote?: RemoteResolver
  cache?: ParseCache
  /** Layers kept from one build to the next; see `boundedLayerCache`. */
  layers?: LayerCache
  limits?: BuildLimits
  signal?: AbortSignal
  /** A custom `openapi` schema comes on top of the built-in one (Flux) instead of replacing it. */
  keepBuiltinSchema?: boolean
  /** Whose behaviour to follow where releases differ; default 5.8. */
  version?: KustomizeVersion
  /** Keep where each field comes from, for `trace`. Takes time. */
  explain?: boolean
  /** Renders the charts of `helmCharts`; without it they are refused. `@sluice/kustomize/helm` makes one. */
  helm?: HelmEngine
  /** Puts `app.kubernetes.io/managed-by` on every object, as `buildMetadata: [managedByLabel]` does. */
  managedByLabel?: boolean
  /** The value of that label. */
  managedBy?: string
}

/** Milliseconds until other builds and requests of the process get their turn, and the signal is heard. */
const TURN = 10

/** What a build looked at. A file or listing that was not there is kept as null. */
export interface ReadRecord {
  /** SHA-256 in hex of each file, by path. */
  files: Map<string, string | null>
  /** `listingDigest` of each directory, by path. */
  directories: Map<string, string | null>
}

export interface BuiltDocument {
  fileName: string
  text: string
}

export interface BuildResult {
  readonly objects: KubeObject[]
  /** The objects as one YAML stream, byte for byte as kustomize writes it. */
  text(): string
  /** The same, one text an object, with the file names that kustomize gives them in a directory. */
  documents(): BuiltDocument[]
  /** Where each field of each object comes from, in the order of the objects; undefined without the option `explain`. */
  trace: ObjectTrace[] | undefined
  /** What the build looked at. Digests are those of the tree at the time when this is asked for first. */
  readonly read: ReadRecord
  /** One line each, for stderr. */
  warnings: string[]
}

/** Builds the kustomization in a directory of the tree. Throws KustomizeError, or the signal's reason when cancelled. */
export async function build(files: FileTree, path: string, options: BuildOptions = {}): Promise<BuildResult> {
  try {
    return await built(files, path, options)
  } catch (error) {
    if (!(error instanceof EngineMissing)) throw error
    await loadEngine()
    return built(files, path, options)
  }
}

async function built(files: FileTree, path: string, options: BuildOptions): Promise<BuildResult> {
  const tree = new ObservedTree(files, options.layers !== undefined || options.cache !== undefined)
  const state = stateOf(options, tree)
  const { warnings } = state
  const loader = Loader.at(path, tree, {
    restrictor: options.loadRestrictor ?? 'LoadRestrictionsRootOnly',
    remote: options.remote,
    maxFileLength: options.limits?.maxFileLength,
  })
  const target = loadTarget(loader, state, {})
  const metadata = target.kustomization.buildMetadata ?? []
  state.tracksOrigin = metadata.length > 0
  chooseSchema(target, state)

  const accumulator = newAccumulator()
  await accumulate(target, accumulator, state)
  const { set } = accumulator
  const finished = (kind: string) =>
    state.trace?.note(set.resources, { configuredIn: target.fileName, configuredBy: { kind } })
  await state.checkpoint()
  addHashes(set)
  finished('hash of the content')
  fixNameReferences(set, accumulator.config.nameReference)
  finished('name references')
  await state.checkpoint()
  resolveVars(accumulator.vars, set, accumulator.config.varReference, state.warn)
  finished('vars')
  for (const { object } of set.resources) checkNamed(object)
  set.resources = set.resources.filter(resource => !isLocalConfig(resource))
  set.changed()

  const sortOptions = target.kustomization.sortOptions ?? (options.order === 'legacy' ? { order: 'legacy' } : undefined)
  if (sortOptions) sortResources(set, sortOptions)
  if (options.managedByLabel || metadata.includes('managedByLabel')) {
    const value = options.managedBy ?? (state.version === '5.7' ? 'kustomize-v5.7.1' : 'kustomize-v5.8.1')
    setPairs(set, { 'app.kubernetes.io/managed-by': value }, [{ path: 'metadata/labels', create: true }])
  }
  for (const resource of set.resources) finishAnnotations(resource, metadata)
  finished('buildMetadata')
  const trees = set.resources.map(resource => resource.object)
  let objects: KubeObject[] | undefined
  return {
    get objects() {
      objects ??= trees.map(tree => asObject(plain(tree)))
      return objects
    },
    text: () => stringifyDocuments(trees),
    documents: () => documents(set.resources),
    trace: state.trace?.of(set.resources),
    get read() {
      return recordOf(tree)
    },
    warnings,
  }
}

function stateOf(options: BuildOptions, tree: ObservedTree): BuildState {
  const warnings: string[] = []
  let turn = Date.now()
  return {
    tree,
    warnings,
    layers: options.layers,
    optionsKey: JSON.stringify([
      options.loadRestrictor,
      options.version,
      options.keepBuiltinSchema,
      options.limits,
      options.remote !== undefined,
    ]),
    limits: options.limits ?? {},
    warn: line => warnings.push(line),
    async checkpoint() {
      options.signal?.throwIfAborted()
      if (Date.now() - turn < TURN) return
      await nextTurn()
      options.signal?.throwIfAborted()
      turn = Date.now()
    },
    cache: options.cache ?? noCache,
    schema: builtinSchema,
    schemaKey: '',
    addToBuiltinSchema: options.keepBuiltinSchema ?? false,
    tracksOrigin: false,
    trace: options.explain ? new BuildTrace() : undefined,
    version: options.version ?? '5.8',
    open: [],
    hasMerged: false,
    hasRemote: options.remote !== undefined,
    helm: options.helm && noticed(options.helm, tree),
  }
}

/** What Helm gives depends on more than the files: on repositories, and on chance. */
function noticed(helm: HelmEngine, tree: ObservedTree): HelmEngine {
  return {
    pull(request) {
      tree.leaveTree()
      return helm.pull(request)
    },
    template(...args) {
      tree.leaveTree()
      return helm.template(...args)
    },
  }
}

function recordOf(tree: ObservedTree): ReadRecord {
  const { files, directories } = tree.questions
  return {
    files: new Map([...files].map(path => [path, tree.digest(path)])),
    directories: new Map([...directories].map(path => [path, tree.listing(path)])),
  }
}

function isLocalConfig(resource: Resource): boolean {
  const value = stringMap(at(resource.object, 'metadata', 'annotations')).get('config.kubernetes.io/local-config')
  return value !== undefined && value !== 'false'
}

/** Annotations that kustomize keeps its notes in, and takes out even when a user wrote them. */
const buildAnnotations = [
  ...[
    'previousKinds',
    'previousNames',
    'prefixes',
    'suffixes',
    'previousNamespaces',
    'allowNameChange',
    'allowKindChange',
    'refBy',
    'generatorBehavior',
    'needsHashSuffix',
    'path',
    'index',
    'seqindent',
    'id',
    'annotations-migration-resource-id',
    'helm-generated',
  ].map(name => `internal.config.kubernetes.io/${name}`),
  'config.kubernetes.io/path',
  'config.kubernetes.io/index',
  'config.k8s.io/id',
]

/** All values become texts, notes go, origins come when asked for; empty annotations vanish. */
function finishAnnotations(resource: Resource, metadata: readonly string[]): void {
  const texts = stringMap(at(resource.object, 'metadata', 'annotations'))
  for (const name of buildAnnotations) texts.delete(name)
  if (!metadata.includes('originAnnotations')) texts.delete(originAnnotation)
  if (!metadata.includes('transformerAnnotations')) texts.delete(transformationsAnnotation)
  if (texts.size > 0) put(resource.metadata, 'annotations', fromStringMap(texts))
  else if (at(resource.object, 'metadata', 'annotations') !== undefined) delete resource.metadata.annotations
}

/** Named by group, version, kind and name; by namespace too when there are several. */
function documents(resources: readonly Resource[]): BuiltDocument[] {
  const namespaces = new Set(resources.map(resource => effectiveNamespace(resource.id)))
  namespaces.delete(noNamespace)
  return resources.map(resource => {
    const { group, version, kind, name } = resource.id
    const namespace = effectiveNamespace(resource.id)
    const prefix = namespaces.size > 1 && namespace !== noNamespace ? `${namespace}_` : ''
    const words = [group, version, kind].filter(word => word !== '').join('_')
    return { fileName: `${prefix}${words}_${name}.yaml`.toLowerCase(), text: stringify(resource.object) }
  })
}

function asObject(value: unknown): KubeObject {
  // Reading has checked kind and name; apiVersion may be missing, which the API server will say.
  return value as KubeObject
}
