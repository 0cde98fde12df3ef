/**
 * Bounds how many `git cat-file` processes wait for questions at once: a thousand repositories must not mean a thousand
 * processes. The one that was idle for longest ends when another starts; busy ones are never cut off.
 */

export interface PooledReader {
  readonly busy: boolean
  close(): void
}

export class ReaderPool {
  readonly #max: number
  /** Those with a process, the least recently used first. */
  readonly #open = new Set<PooledReader>()

  constructor(max = 16) {
    this.#max = max
  }

  /** `reader` has a process and is being used. */
  used(reader: PooledReader): void {
    this.#open.delete(reader)
    this.#open.add(reader)
    if (this.#open.size <= this.#max) return
    for (const other of this.#open) {
      if (other === reader || other.busy) continue
      other.close()
      if (this.#open.size <= this.#max) return
    }
  }

  closed(reader: PooledReader): void {
    this.#open.delete(reader)
  }
}
