/** A map that holds at most so many bytes, by what its callers say of each value, and forgets what was not used for longest. */
export class ByteBoundedMap<T> {
  private readonly maxBytes: number
  private readonly entries = new Map<string, { value: T; bytes: number }>()
  private held = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  get bytes(): number {
    return this.held
  }

  get(key: string): T | undefined {
    const entry = this.entries.get(key)
    if (!entry) return undefined
    this.entries.delete(key)
    this.entries.set(key, entry)
    return entry.value
  }

  /** A value that alone is more than the map may hold is not kept. */
  set(key: string, value: T, bytes: number): void {
    this.delete(key)
    if (bytes > this.maxBytes) return
    this.entries.set(key, { value, bytes })
    this.held += bytes
    for (const oldest of this.entries.keys()) {
      if (this.held <= this.maxBytes) break
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    this.held -= this.entries.get(key)?.bytes ?? 0
    this.entries.delete(key)
  }
}
