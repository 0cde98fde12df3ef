/**
 * Archives that were downloaded, for a while: when a thousand objects ask for one chart at once, it is downloaded once.
 * Bounded by bytes, the least recently used goes first.
 */

export class ArchiveCache {
  readonly #maxBytes: number
  readonly #archives = new Map<string, Uint8Array>()
  readonly #loading = new Map<string, Promise<Uint8Array>>()
  #bytes = 0

  /** @param maxBytes default 64 MiB */
  constructor(maxBytes = 64 * 1024 * 1024) {
    this.#maxBytes = maxBytes
  }

  get(key: string, load: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const known = this.#archives.get(key)
    if (known) {
      this.#archives.delete(key)
      this.#archives.set(key, known)
      return Promise.resolve(known)
    }
    const loading = this.#loading.get(key)
    if (loading) return loading
    const mine = load()
      .then(archive => {
        this.#put(key, archive)
        return archive
      })
      .finally(() => this.#loading.delete(key))
    this.#loading.set(key, mine)
    return mine
  }

  #put(key: string, archive: Uint8Array): void {
    this.#archives.set(key, archive)
    this.#bytes += archive.length
    for (const [oldest, old] of this.#archives) {
      if (this.#bytes <= this.#maxBytes || oldest === key) break
      this.#archives.delete(oldest)
      this.#bytes -= old.length
    }
  }
}
