/**
 * The chart repositories that a process reaches: connections by credentials, indexes by digest and archives, shared by all
 * of its objects and bounded.
 */
import { ArchiveCache } from './archive-cache.ts'
import { accessIdentity, type HttpAccess } from './http-access.ts'
import { HttpFetcher } from './http-fetcher.ts'
import { IndexCache } from './index-cache.ts'
import { ChartRepository } from './repository.ts'

/** Sets of kept-alive connections. */
const MOST_FETCHERS = 128

export class ChartRepositories {
  readonly indexes = new IndexCache()
  readonly #archives = new ArchiveCache()
  readonly #fetchers = new Map<string, HttpFetcher>()
  readonly #ended = new AbortController()

  /** @param url http or https */
  open(url: string, access: HttpAccess): ChartRepository {
    const identity = accessIdentity(url, access)
    const key = JSON.stringify([identity, access.timeoutMs])
    let fetcher = this.#fetchers.get(key)
    if (fetcher) this.#fetchers.delete(key)
    else fetcher = new HttpFetcher(url, access)
    this.#fetchers.set(key, fetcher)
    for (const [oldest, old] of this.#fetchers) {
      if (this.#fetchers.size <= MOST_FETCHERS) break
      this.#fetchers.delete(oldest)
      old.closeIdle()
    }
    return new ChartRepository({ url, identity, fetcher, archives: this.#archives, signal: this.#ended.signal })
  }

  /** Ends what is under way. */
  close(): void {
    this.#ended.abort()
    for (const fetcher of this.#fetchers.values()) fetcher.close()
  }
}
