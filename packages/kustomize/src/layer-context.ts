/**
 * What the steps of one kustomization need from outside: its files, limits, and the schema for merges.
 */
import type { TransformerConfig } from './default-specs.ts'
import type { BuildLimits } from './limits.ts'
import { type LoadedFile, type Loader, textOfFile } from './loader.ts'
import type { SchemaLookup } from './strategic-merge.ts'

/** Whose behaviour to follow where they differ: 5.7 is what kubectl 1.35 carries, 5.8 what Flux 2.9 does. */
export type KustomizeVersion = '5.7' | '5.8'

export class LayerContext {
  readonly loader: Loader
  /** Path of the kustomization file, for messages. */
  readonly file: string
  readonly limits: BuildLimits
  schema: SchemaLookup
  config: TransformerConfig
  readonly version: KustomizeVersion

  constructor(
    loader: Loader,
    file: string,
    shared: { limits: BuildLimits; schema: SchemaLookup; version: KustomizeVersion },
    config: TransformerConfig,
  ) {
    this.loader = loader
    this.file = file
    this.limits = shared.limits
    this.schema = shared.schema
    this.version = shared.version
    this.config = config
  }

  /** A file that the kustomization names, as text. */
  read(path: string): LoadedFile & { text: string } {
    const file = this.loader.load(path)
    return { ...file, text: textOfFile(file) }
  }
}
