/**
 * Builds of kustomizations that name bases and files by URL. The build itself is pure and reads only what is here already, so it is run again for as long as
 * it asks for more, and whoever has a network says how that is fetched.
 */
import type { BuildResult } from './build.ts'
import { KustomizeError } from './kustomize-error.ts'
import type { RemoteDirectory, RemoteResolver } from './loader.ts'

/** Failures are KustomizeErrors. A file that could not be fetched may still be a repository: the build decides. */
export interface UrlFetcher {
  directory(url: string): Promise<RemoteDirectory>
  file(url: string): Promise<Uint8Array>
}

export interface FetchedBuild {
  result: BuildResult
  /** Whether anything was fetched: then the files alone do not say what a later build gives. */
  usedUrls: boolean
}

export async function buildFetching(
  fetcher: UrlFetcher,
  build: (remote: RemoteResolver) => Promise<BuildResult>,
): Promise<FetchedBuild> {
  const known = new KnownUrls()
  for (;;) {
    try {
      const result = await build(known)
      // The text is made while the files are here.
      result.text()
      return { result, usedUrls: known.isUsed }
    } catch (error) {
      if (!(error instanceof KustomizeError) || !known.isLacking) throw error
      await known.fetchMissing(fetcher)
    }
  }
}

class KnownUrls implements RemoteResolver {
  private readonly directories = new Map<string, RemoteDirectory>()
  private readonly files = new Map<string, Uint8Array | KustomizeError>()
  private readonly missing = new Map<string, 'directory' | 'file'>()

  directory(url: string): RemoteDirectory | undefined {
    const found = this.directories.get(url)
    if (!found) this.missing.set(url, 'directory')
    return found
  }

  file(url: string): Uint8Array | undefined {
    const found = this.files.get(url)
    if (found instanceof KustomizeError) throw found
    if (!found) this.missing.set(url, 'file')
    return found
  }

  get isLacking(): boolean {
    return this.missing.size > 0
  }

  get isUsed(): boolean {
    return this.directories.size > 0 || this.files.size > 0
  }

  async fetchMissing(fetcher: UrlFetcher): Promise<void> {
    for (const [url, kind] of this.missing) {
      if (kind === 'directory') this.directories.set(url, await fetcher.directory(url))
      else this.files.set(url, await fetcher.file(url).catch(asFailure))
    }
    this.missing.clear()
  }
}

function asFailure(error: unknown): KustomizeError {
  if (error instanceof KustomizeError) return error
  throw error
}
