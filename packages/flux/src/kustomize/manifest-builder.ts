import { createHash } from 'node:crypto'
import type { Artifact, KubeObject, Kustomization } from '@sluice/api'
import { kustomizeReasons } from '@sluice/api'
import {
  ArtifactFetchError,
  ArtifactNotFoundError,
  type FileTree,
  fetchArtifact,
  type TreeCache,
} from '@sluice/artifact'
import type { KubeClient } from '@sluice/kube'
import {
  ByteBoundedMap,
  boundedLayerCache,
  boundedParseCache,
  build,
  buildFetching,
  fluxKustomization,
  heldBytes,
  KustomizeError,
  substitute,
} from '@sluice/kustomize'
import { messageOf } from '../message-of.ts'
import { BuildSlots } from './build-slots.ts'
import { normalised } from './normalised.ts'
import { type ReadInputs, RecordingTree, sameInputs } from './recording-tree.ts'
import type { RemoteBases } from './remote-bases.ts'
import { StepError } from './step-error.ts'
import { type Variables, variablesOf } from './variables.ts'

/**
 * From an artifact to the objects that are applied: kustomize build of the folder, variables, normal form. What a build
 * read is remembered with its result: a new revision that answers the same needs no build.
 */
export interface Built {
  /** In normal form, with the owner's labels. */
  objects: KubeObject[]
  /** Identifies the manifests in the history. */
  digest: string
}

interface Remembered extends Built {
  inputs: ReadInputs
  /** What else went into it: the spec and the values of variables. */
  key: string
  /** The files it was last found to be the same for. */
  tree: WeakRef<FileTree>
}

export interface ManifestBuilderOptions {
  /** The controller's own identity: reads ConfigMaps and Secrets of variables. */
  client: KubeClient
  trees: TreeCache
  /** Fetches what kustomizations name by URL; without it that is refused. */
  remoteBases?: RemoteBases | undefined
}

const MEBIBYTE = 1024 * 1024
/** What is kept for all Kustomizations together, each bounded in bytes: what was built last, layers that several share, parsed files. */
const REMEMBERED_BYTES = 128 * MEBIBYTE
const LAYER_BYTES = 48 * MEBIBYTE
const PARSED_BYTES = 48 * MEBIBYTE
/** Builds under way at once. */
const BUILDS = 4
/** Objects in one build. */
const MAX_OBJECTS = 50_000

export class ManifestBuilder {
  readonly #options: ManifestBuilderOptions
  readonly #parsed = boundedParseCache(PARSED_BYTES)
  readonly #layers = boundedLayerCache(LAYER_BYTES)
  readonly #remembered = new ByteBoundedMap<Remembered>(REMEMBERED_BYTES)
  readonly #slots = new BuildSlots(BUILDS)

  constructor(options: ManifestBuilderOptions) {
    this.#options = options
  }

  /** The artifact's files; fails when the Kustomization's folder is not among them. */
  async tree(object: Kustomization, artifact: Artifact, signal: AbortSignal): Promise<FileTree> {
    let tree: FileTree
    try {
      const { url, digest } = artifact
      tree = await fetchArtifact({ url, digest, trees: this.#options.trees, signal })
    } catch (error) {
      if (!(error instanceof ArtifactFetchError)) throw error
      const gone = error instanceof ArtifactNotFoundError
      const message = gone ? 'Source is not ready, artifact not found' : error.message
      throw new StepError(kustomizeReasons.artifactFailed, message, message, { cause: error })
    }
    const path = folderOf(object)
    if (tree.readDirectory(path)) return tree
    const message = `kustomization path not found: stat /tmp/artifact/${path}: no such file or directory`
    throw new StepError(kustomizeReasons.artifactFailed, message)
  }

  async build(key: string, object: Kustomization, tree: FileTree, signal: AbortSignal): Promise<Built> {
    const variables = await variablesOf(object, this.#options.client)
    const inputsKey = keyOfInputs(object, variables)
    const known = this.#remembered.get(key)
    if (known?.key === inputsKey && (known.tree.deref() === tree || sameInputs(known.inputs, tree))) {
      known.tree = new WeakRef(tree)
      return known
    }
    const recording = new RecordingTree(tree)
    const { objects, usedUrls } = await this.#slots.run(signal, () =>
      this.#objects(object, recording, variables, signal),
    )
    const digest = `sha256:${createHash('sha256').update(JSON.stringify(objects)).digest('hex')}`
    const built = { objects, digest, inputs: recording.inputs, key: inputsKey, tree: new WeakRef(tree) }
    // What lies behind a URL may have changed when it is asked for again.
    if (usedUrls) this.#remembered.delete(key)
    else this.#remembered.set(key, built, heldBytes(objects) + bytesOf(recording.inputs))
    return built
  }

  /** Whether a new artifact may change what was built last: `false` only when all that the build read is known to be the same. */
  mayChange(key: string, artifact: Artifact): boolean {
    const known = this.#remembered.get(key)
    const tree = this.#options.trees.peek(artifact.digest)
    return !known || !tree || !sameInputs(known.inputs, tree)
  }

  forget(key: string): void {
    this.#remembered.delete(key)
  }

  async #objects(
    object: Kustomization,
    tree: FileTree,
    variables: Variables | undefined,
    signal: AbortSignal,
  ): Promise<{ objects: KubeObject[]; usedUrls: boolean }> {
    let objects: KubeObject[]
    let usedUrls = false
    let step = ''
    try {
      const { files, path } = fluxKustomization(tree, folderOf(object), object.spec, { cache: this.#parsed })
      step = 'kustomize build failed: '
      const options = {
        loadRestrictor: 'LoadRestrictionsNone',
        keepBuiltinSchema: true,
        cache: this.#parsed,
        layers: this.#layers,
        limits: { maxObjects: MAX_OBJECTS },
        signal,
      } as const
      const { remoteBases } = this.#options
      if (remoteBases) {
        const fetched = await buildFetching(remoteBases.fetcher(signal), remote =>
          build(files, path, { ...options, remote }),
        )
        objects = fetched.result.objects
        usedUrls = fetched.usedUrls
      } else objects = (await build(files, path, options)).objects
    } catch (error) {
      if (!(error instanceof KustomizeError)) throw error
      throw new StepError(kustomizeReasons.buildFailed, step + error.message, undefined, { cause: error })
    }
    const ready = objects.flatMap(flattened)
    return {
      objects: ready.map(each => normalised(variables ? substituted(each, variables) : each, object)),
      usedUrls,
    }
  }
}

/** About what it costs to remember what was read. */
function bytesOf({ files, directories }: ReadInputs): number {
  let bytes = 0
  for (const path of [...files.keys(), ...directories.keys()]) bytes += 200 + path.length
  return bytes
}

/** The folder inside the artifact: a path cannot leave it, as with Flux's secure join. */
function folderOf(object: Kustomization): string {
  const parts: string[] = []
  for (const part of (object.spec.path ?? '').split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

function substituted(object: KubeObject, variables: Variables): KubeObject {
  const mark = 'kustomize.toolkit.fluxcd.io/substitute'
  const { labels, annotations } = object.metadata
  if (labels?.[mark] === 'disabled' || annotations?.[mark] === 'disabled') return object
  const failed = (message: string, cause?: unknown) =>
    new StepError(kustomizeReasons.buildFailed, `post build failed for '${buildId(object)}': ${message}`, undefined, {
      cause,
    })
  if (variables.error) throw failed(variables.error)
  try {
    return substitute(object, variables.values, { strict: true })
  } catch (error) {
    throw failed(messageOf(error), error)
  }
}

/** Flux's name for an object of a build: `ConfigMap.v1.[noGrp]/name`. */
function buildId({ apiVersion, kind, metadata }: KubeObject): string {
  const slash = apiVersion.indexOf('/')
  const group = slash < 0 ? '[noGrp]' : apiVersion.slice(0, slash)
  return `${kind}.${apiVersion.slice(slash + 1)}.${group}/${metadata.name}`
}

/** Lists are applied item by item; what is no object for the API server is left out, as Flux does. */
function flattened(object: KubeObject): KubeObject[] {
  if (object.kind.endsWith('List') && Array.isArray(object.items))
    return (object.items as KubeObject[]).flatMap(flattened)
  const isKustomization = object.kind === 'Kustomization' && object.apiVersion.startsWith('kustomize.config.k8s.io/')
  return isKustomization ? [] : [object]
}

function keyOfInputs(object: Kustomization, variables: Variables | undefined): string {
  const values = variables && [[...variables.values], variables.error]
  return createHash('sha1')
    .update(JSON.stringify([object.spec, values]))
    .digest('base64url')
}
