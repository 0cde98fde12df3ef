/**
 * Parsed indexes by the digest of what they were parsed from, bounded in memory: a thousand charts of one repository share
 * one parse. The least recently used goes first.
 */
import type { ChartIndex } from './chart-index.ts'

export class IndexCache {
  readonly #maxBytes: number
  readonly #indexes = new Map<string, ChartIndex>()
  readonly #loading = new Map<string, Promise<ChartIndex>>()
  #bytes = 0

  /** @param maxBytes default 64 MiB */
  constructor(maxBytes = 64 * 1024 * 1024) {
    this.#maxBytes = maxBytes
  }

  put(digest: string, index: ChartIndex): void {
    const known = this.#indexes.get(digest)
    if (known) this.#drop(digest, known)
    this.#indexes.set(digest, index)
    this.#bytes += index.bytes
    for (const [oldest, old] of this.#indexes) {
      if (this.#bytes <= this.#maxBytes || oldest === digest) break
      this.#drop(oldest, old)
    }
  }

  /** The index from here, or by `load`. */
  async get(digest: string, load: () => Promise<ChartIndex>): Promise<ChartIndex> {
    const known = this.#indexes.get(digest)
    if (known) {
      this.#indexes.delete(digest)
      this.#indexes.set(digest, known)
      return known
    }
    const loading = this.#loading.get(digest)
    if (loading) return loading
    const mine = load()
      .then(index => {
        this.put(digest, index)
        return index
      })
      .finally(() => this.#loading.delete(digest))
    this.#loading.set(digest, mine)
    return mine
  }

  #drop(digest: string, index: ChartIndex): void {
    this.#indexes.delete(digest)
    this.#bytes -= index.bytes
  }
}
