/**
 * The queue every controller here works through: a key is handled once however often it was added meanwhile, one at a time, on
 * a later turn of the event loop; a key that failed comes back after a short wait.
 */
export class WorkQueue {
  readonly #handle: (key: string) => Promise<void>
  readonly #waiting = new Set<string>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #failures = new Map<string, number>()
  #running = false
  #stopped = false

  constructor(handle: (key: string) => Promise<void>) {
    this.#handle = handle
  }

  add(key: string): void {
    if (this.#stopped) return
    this.#waiting.add(key)
    if (this.#running) return
    this.#running = true
    setImmediate(() => void this.#run())
  }

  /** `milliseconds` from now. */
  addLater(key: string, milliseconds: number): void {
    if (this.#stopped) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.add(key)
    }, milliseconds)
    timer.unref()
    this.#timers.add(timer)
  }

  async #run(): Promise<void> {
    for (const key of this.#waiting) {
      if (this.#stopped) break
      this.#waiting.delete(key)
      try {
        await this.#handle(key)
        this.#failures.delete(key)
      } catch {
        // What stood in the way (a conflict, a webhook, a full disk) may be gone the next time.
        const failures = (this.#failures.get(key) ?? 0) + 1
        this.#failures.set(key, failures)
        this.addLater(key, Math.min(50 * 2 ** failures, 30_000))
      }
    }
    this.#running = false
    if (this.#waiting.size) this.add([...this.#waiting][0] ?? '')
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#waiting.clear()
  }
}
