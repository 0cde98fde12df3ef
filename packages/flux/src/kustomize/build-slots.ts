/**
 * How many builds are under way at once. Builds take turns on one thread, so that more of them at once make none faster; each holds its objects in memory
 * until it ends.
 */
export class BuildSlots {
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(count: number) {
    this.#free = count
  }

  /** Runs a step when there is a slot, first come, first served. Throws the signal's reason when it is aborted while it waits. */
  async run<T>(signal: AbortSignal, step: () => Promise<T>): Promise<T> {
    await this.#slot(signal)
    try {
      return await step()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free += 1
    }
  }

  async #slot(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#free > 0) {
      this.#free -= 1
      return
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    const leave = (): void => {
      const at = this.#waiting.indexOf(resolve)
      if (at < 0) return
      this.#waiting.splice(at, 1)
      reject(signal.reason)
    }
    signal.addEventListener('abort', leave, { once: true })
    await promise.finally(() => signal.removeEventListener('abort', leave))
  }
}
