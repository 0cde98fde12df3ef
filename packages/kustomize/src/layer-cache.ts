/**
 * Accumulated layers, kept from build to build: a layer whose files are as they were is not built again, so that a changed file costs only the layers above it.
 * A layer is found by the answers of the tree to all that it and the layers below it asked, and each build gets a copy of its own.
 */
import type { Accumulator, BuildState, Target } from './accumulate.ts'
import { ByteBoundedMap } from './byte-bounded-map.ts'
import { baseName, parentOf } from './file-tree.ts'
import { heldBytes } from './held-bytes.ts'
import { kustomizationFileNames } from './kustomization-file-names.ts'
import type { Questions } from './observed-tree.ts'
import type { Resource } from './resource.ts'
import { ResourceSet } from './resource-set.ts'
import type { SchemaLookup } from './strategic-merge.ts'

interface StoredLayer {
  resources: Resource[]
  config: Accumulator['config']
  vars: Accumulator['vars']
  warnings: string[]
  /** Whether a strategic merge had asked for a schema when it was done. */
  hasMerged: boolean
  /** The schema that the layer was the first to choose. */
  schema: { lookup: SchemaLookup; key: string } | undefined
}

/** What layers with the same kustomization asked last, and layers by the answers. */
export class LayerCache {
  private readonly asked: ByteBoundedMap<Questions>
  private readonly layers: ByteBoundedMap<StoredLayer>

  constructor(maxBytes: number) {
    this.asked = new ByteBoundedMap(maxBytes / 8)
    this.layers = new ByteBoundedMap(maxBytes - maxBytes / 8)
  }

  /** About how many bytes are held. */
  get bytes(): number {
    return this.asked.bytes + this.layers.bytes
  }

  /** The accumulated layer of a target: one that is kept, or else what `make` gives. */
  async layer(target: Target, state: BuildState, make: () => Promise<Accumulator>): Promise<Accumulator> {
    const { tree } = state
    // A build that explains itself looks at every step.
    if (state.trace || target.loader.tree !== tree) return make()
    const key = JSON.stringify([
      state.optionsKey,
      target.loader.root,
      tree.digest(target.file),
      state.schemaKey,
      state.hasMerged,
      state.tracksOrigin && target.origin,
    ])
    const asked = this.asked.get(key)
    const known = asked && this.layers.get(key + tree.fingerprint(asked))
    if (asked && known && !meetsVisited(asked, target)) {
      tree.ask(asked)
      return handedOut(known, state)
    }
    const warned = state.warnings.length
    const { schemaKey } = state
    const { result, questions } = await tree.during(make)
    if (!questions) return result
    this.asked.set(key, questions, bytesOf(questions))
    const resources = result.set.resources.map(resource => resource.twin())
    const layer = {
      resources,
      config: result.config,
      vars: new Map(result.vars),
      warnings: state.warnings.slice(warned),
      hasMerged: state.hasMerged,
      schema: state.schemaKey === schemaKey ? undefined : { lookup: state.schema, key: state.schemaKey },
    }
    const bytes = resources.reduce((sum, resource) => sum + OBJECT_BYTES + heldBytes(resource.object), key.length)
    this.layers.set(key + tree.fingerprint(questions), layer, bytes)
    return result
  }
}

/** What a build remembers of an object beside its fields. */
const OBJECT_BYTES = 500

/** A cache for the option `layers`, which holds at most about so many bytes. */
export function boundedLayerCache(maxBytes: number): LayerCache {
  return new LayerCache(maxBytes)
}

function handedOut(layer: StoredLayer, state: BuildState): Accumulator {
  for (const line of layer.warnings) state.warn(line)
  state.hasMerged = layer.hasMerged
  if (layer.schema) {
    state.schema = layer.schema.lookup
    state.schemaKey = layer.schema.key
  }
  const set = new ResourceSet()
  set.resources = layer.resources.map(resource => resource.twin())
  return { set, config: layer.config, vars: new Map(layer.vars) }
}

const names: ReadonlySet<string> = new Set(kustomizationFileNames)

/** Whether a directory that the layer entered is being built already: that is a cycle, which the build itself must find. */
function meetsVisited({ files }: Questions, target: Target): boolean {
  for (const path of files) {
    if (names.has(baseName(path)) && target.loader.isVisiting(parentOf(path))) return true
  }
  return false
}

function bytesOf({ files, directories, links }: Questions): number {
  let bytes = 200
  for (const paths of [files, directories, links]) for (const path of paths) bytes += 64 + path.length
  return bytes
}
