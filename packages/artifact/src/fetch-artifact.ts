/**
 * A consumer's way to an artifact: from the shared cache when its digest is there, else over HTTP, checked against the
 * digest before a byte of it is used.
 */
import { createHash } from 'node:crypto'
import type { MemoryTree } from './file-tree.ts'
import type { TreeCache } from './tree-cache.ts'
import { DEFAULT_MAX_UNTAR, UntarError, untar } from './untar.ts'

export interface DownloadOptions {
  url: string
  /** `<algorithm>:<hex>`. */
  digest: string
  /** Largest sum of file sizes, in bytes. Default 100 MiB, as Flux. */
  maxBytes?: number
  signal?: AbortSignal
}

export interface FetchArtifactOptions extends DownloadOptions {
  trees: TreeCache
}

/** The artifact could not be had; worth trying again. */
export class ArtifactFetchError extends Error {
  override name = 'ArtifactFetchError'
  /** HTTP status, when the server answered. */
  readonly status: number | undefined
  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** The server has no such file: the source is being rebuilt. */
export class ArtifactNotFoundError extends ArtifactFetchError {
  override name = 'ArtifactNotFoundError'
}

/** What came is not what the digest promises. */
export class ArtifactDigestError extends ArtifactFetchError {
  override name = 'ArtifactDigestError'
}

const ALGORITHMS: Record<string, string> = { sha1: 'sha1', sha256: 'sha256', sha384: 'sha384', sha512: 'sha512' }

export function fetchArtifact(options: FetchArtifactOptions): Promise<MemoryTree> {
  const { digest, trees } = options
  return trees.get(digest, async () => {
    const { maxBytes = DEFAULT_MAX_UNTAR } = options
    const archive = await downloadArtifact(options)
    return untar(archive, { maxBytes }).catch((error: unknown) => {
      if (!(error instanceof UntarError)) throw error
      throw new ArtifactFetchError(`failed to extract archive: ${error.message}`, undefined, { cause: error })
    })
  })
}

/** The archive as it is. Throws ArtifactFetchError. */
export async function downloadArtifact(options: DownloadOptions): Promise<Buffer> {
  const { url, digest, maxBytes = DEFAULT_MAX_UNTAR, signal } = options
  const [label = '', wanted = ''] = digest.split(':')
  const algorithm = ALGORITHMS[label]
  if (!algorithm) throw new ArtifactDigestError(`digest '${digest}' uses an algorithm that is not supported`)
  const hash = createHash(algorithm)
  const parts: Uint8Array[] = []
  let length = 0
  try {
    const response = await fetch(url, { signal, redirect: 'error' })
    if (response.status === 404) throw new ArtifactNotFoundError('artifact not found', 404)
    if (!response.ok || !response.body) {
      throw new ArtifactFetchError(
        `failed to download archive from ${url} (status: ${response.status})`,
        response.status,
      )
    }
    for await (const part of response.body) {
      parts.push(part)
      hash.update(part)
      length += part.length
      if (length > maxBytes) throw new ArtifactFetchError(`artifact is larger than ${maxBytes} bytes`)
    }
  } catch (error) {
    if (error instanceof ArtifactFetchError) throw error
    throw new ArtifactFetchError(`failed to download archive: GET ${url}: ${reasonOf(error)}`, undefined, {
      cause: error,
    })
  }
  const computed = hash.digest('hex')
  if (computed !== wanted) {
    throw new ArtifactDigestError(`computed digest doesn't match '${digest}' (computed '${label}:${computed}')`)
  }
  return Buffer.concat(parts)
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message || error.message : error.message
}
