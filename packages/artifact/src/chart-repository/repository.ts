/**
 * One chart repository over HTTP: its index and the archives that the index names. What was downloaded is kept for a
 * while, shared by all who reach the repository with the same credentials.
 */
import type { ArchiveCache } from './archive-cache.ts'
import type { ChartIndex } from './chart-index.ts'
import type { ChartOffer, ChartSource } from './chart-source.ts'
import { ChartFetchError, ChartSizeError } from './fetch-failure.ts'
import type { Fetched, HttpFetcher } from './http-fetcher.ts'

/** Flux's limits, in bytes. */
const MAX_INDEX = 50 * 1024 * 1024
const MAX_CHART = 10 * 1024 * 1024

export interface ChartRepositoryParts {
  url: string
  /** Who asks for what, as one name: downloads are shared by it. */
  identity: string
  fetcher: HttpFetcher
  archives: ArchiveCache
  /** Ends what is under way. */
  signal: AbortSignal
}

export class ChartRepository {
  readonly #parts: ChartRepositoryParts

  constructor(parts: ChartRepositoryParts) {
    this.#parts = parts
  }

  /** Who asks for what, as one name. */
  get identity(): string {
    return this.#parts.identity
  }

  /** The bytes of `index.yaml`; `undefined`: unchanged since `etag`. @throws {ChartFetchError} */
  async fetchIndex(etag?: string): Promise<Fetched | undefined> {
    const { url, fetcher, signal } = this.#parts
    try {
      return await fetcher.get(indexUrl(url), { maxBytes: MAX_INDEX, signal, etag })
    } catch (error) {
      if (!(error instanceof ChartSizeError)) throw error
      const message = `index exceeds the maximum index file size of ${MAX_INDEX} bytes`
      throw new ChartSizeError(message, { cause: error })
    }
  }

  /**
   * The repository's charts as an index of it has them.
   *
   * @param revision the index's: a chart of the same address may be another in another index. Absent: charts without a
   *   digest in the index are downloaded each time
   */
  source(index: () => Promise<ChartIndex>, revision?: string): ChartSource {
    return {
      find: async (name, version) => (await index()).find(name, version),
      download: offer => this.#download(offer, revision),
    }
  }

  async #download(offer: ChartOffer, revision: string | undefined): Promise<Uint8Array> {
    const { url, identity, fetcher, archives, signal } = this.#parts
    const [first] = offer.urls
    if (first === undefined) throw new ChartFetchError(`chart '${offer.name}' has no downloadable URLs`)
    const address = resolveUrl(url, first)
    const load = async () => {
      try {
        const fetched = await fetcher.get(address, { maxBytes: MAX_CHART, signal })
        return fetched?.bytes ?? new Uint8Array()
      } catch (error) {
        if (!(error instanceof ChartSizeError)) throw error
        const message = `size of chart '${offer.name}' exceeds '${MAX_CHART}' bytes limit`
        throw new ChartSizeError(message, { cause: error })
      }
    }
    const content = offer.digest || revision
    return content === undefined ? load() : archives.get(JSON.stringify([identity, address, content]), load)
  }
}

function indexUrl(repository: string): string {
  const url = new URL(repository)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/index.yaml`
  return url.href
}

/** Relative to the repository, whose query (a token, say) goes along. */
function resolveUrl(repository: string, reference: string): string {
  if (URL.canParse(reference)) return reference
  const base = new URL(repository)
  base.pathname = `${base.pathname.replace(/\/+$/, '')}/`
  const resolved = URL.parse(reference, base)
  if (!resolved) throw new ChartFetchError(`failed to parse ${reference} as URL`)
  resolved.search = base.search
  return resolved.href
}
