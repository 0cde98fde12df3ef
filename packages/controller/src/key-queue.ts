/** Distinct keys, first in first out. */
export class KeyQueue {
  readonly #keys = new Set<string>()
  /** Kept from take to take: one begun anew would step over the places of all that was taken before. */
  #rest = this.#keys.values()

  get size(): number {
    return this.#keys.size
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }

  /** A key that is in already keeps its place. */
  add(key: string): void {
    this.#keys.add(key)
  }

  delete(key: string): void {
    this.#keys.delete(key)
  }

  take(): string | undefined {
    if (this.#keys.size === 0) return undefined
    let next = this.#rest.next()
    if (next.done) {
      this.#rest = this.#keys.values()
      next = this.#rest.next()
    }
    if (next.done) return undefined
    this.#keys.delete(next.value)
    return next.value
  }

  clear(): void {
    this.#keys.clear()
  }
}
