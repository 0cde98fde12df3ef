/** Manifests and indexes of registries, OCI's and Docker's, read from bytes nobody has vouched for. */
import { RegistryError } from './registry-failure.ts'

export interface Descriptor {
  mediaType: string
  digest: string
  /** In bytes. */
  size: number
}

export interface Manifest {
  kind: 'manifest'
  config: Descriptor
  layers: readonly Descriptor[]
  annotations: Readonly<Record<string, string>>
}

export interface ManifestIndex {
  kind: 'index'
  manifests: readonly (Descriptor & { os: string; architecture: string })[]
}

const MANIFESTS = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json']
const INDEXES = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json']

export const MANIFEST_TYPES = [...MANIFESTS, ...INDEXES].join(', ')

/** @param contentType what the server calls it: counts when the text does not say. @throws {RegistryError} */
export function readManifest(bytes: Uint8Array, contentType: string): Manifest | ManifestIndex {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'))
  } catch (error) {
    throw new RegistryError('the manifest is no JSON', { cause: error })
  }
  const row = rowOf(value)
  const mediaType = typeof row.mediaType === 'string' ? row.mediaType : contentType.replace(/;.*$/, '').trim()
  if (INDEXES.includes(mediaType) || (!MANIFESTS.includes(mediaType) && Array.isArray(row.manifests))) {
    const manifests = listOf(row.manifests).map(one => {
      const { os, architecture } = rowOf(rowOf(one).platform)
      return { ...descriptor(one), os: text(os), architecture: text(architecture) }
    })
    return { kind: 'index', manifests }
  }
  if (!MANIFESTS.includes(mediaType) && !Array.isArray(row.layers)) {
    throw new RegistryError(`unsupported MediaType: ${JSON.stringify(mediaType)}`)
  }
  const annotations: Record<string, string> = {}
  for (const [key, one] of Object.entries(rowOf(row.annotations))) {
    if (typeof one === 'string' && key !== '__proto__') annotations[key] = one
  }
  return { kind: 'manifest', config: descriptor(row.config), layers: listOf(row.layers).map(descriptor), annotations }
}

export function isDigest(digest: string): boolean {
  return /^sha256:[0-9a-f]{64}$|^sha512:[0-9a-f]{128}$/.test(digest)
}

function descriptor(value: unknown): Descriptor {
  const { mediaType, digest, size } = rowOf(value)
  if (typeof digest !== 'string' || !isDigest(digest)) {
    throw new RegistryError(`the manifest names content by a digest that is none: ${JSON.stringify(digest)}`)
  }
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw new RegistryError(`the manifest gives ${digest} a size that is none`)
  }
  return { mediaType: text(mediaType), digest, size }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function rowOf(value: unknown): Record<string, unknown> {
  const isRow = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isRow ? Object.fromEntries(Object.entries(value)) : {}
}
