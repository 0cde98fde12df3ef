/** The layer of an artifact that is published, unpacked or as it is. */
import type { OCIRepository } from '@sluice/api'
import {
  type Descriptor,
  type Manifest,
  type MemoryTree,
  RegistryError,
  type RegistryRepository,
  UntarError,
  untar,
} from '@sluice/artifact'
import { SourceFailure } from '../source-failure.ts'

export type Layer = { operation: 'copy'; bytes: Uint8Array } | { operation: 'extract'; tree: MemoryTree }

/** @param maxBytes of the layer, and of what comes out of it. @throws {SourceFailure} */
export async function artifactLayer(
  repository: RegistryRepository,
  manifest: Manifest,
  { layerSelector = {}, url }: OCIRepository['spec'],
  maxBytes: number,
): Promise<Layer> {
  const { mediaType = '', operation = 'extract' } = layerSelector
  const layer = selected(manifest.layers, mediaType)
  const bytes = await repository.blob(layer, maxBytes).catch((error: unknown) => {
    if (!(error instanceof RegistryError)) throw error
    const message = `failed to pull artifact from '${url}': ${error.message}`
    throw new SourceFailure('FetchFailed', 'OCIArtifactPullFailed', message, { cause: error })
  })
  if (operation === 'copy') return { operation, bytes }
  const tree = await untar(bytes, { maxBytes, skipLinks: true }).catch((error: unknown) => {
    if (!(error instanceof UntarError)) throw error
    throw failed(`failed to extract layer contents from artifact: ${error.message}`, error)
  })
  return { operation, tree }
}

function selected(layers: readonly Descriptor[], mediaType: string): Descriptor {
  const [first] = layers
  if (!first) throw failed('no layers found in artifact')
  if (mediaType === '') return first
  const found = layers.find(layer => layer.mediaType === mediaType)
  if (found) return found
  throw failed(`failed to find layer with media type '${mediaType}' in artifact`)
}

function failed(message: string, cause?: unknown): SourceFailure {
  return new SourceFailure('FetchFailed', 'OCIArtifactLayerOperationFailed', message, { cause })
}
