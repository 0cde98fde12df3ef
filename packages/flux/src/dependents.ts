/** Who waits for which dependency: a change of the dependency wakes its dependents. Keys are `<namespace>/<name>`. */
export class Dependents {
  readonly #waiting = new Map<string, Set<string>>()
  readonly #on = new Map<string, string>()

  /** `key` waits for `on`, and for nothing else. */
  wait(key: string, on: string): void {
    this.stop(key)
    this.#on.set(key, on)
    const waiting = this.#waiting.get(on) ?? new Set()
    this.#waiting.set(on, waiting.add(key))
  }

  stop(key: string): void {
    const on = this.#on.get(key)
    if (on === undefined) return
    this.#on.delete(key)
    const waiting = this.#waiting.get(on)
    waiting?.delete(key)
    if (waiting?.size === 0) this.#waiting.delete(on)
  }

  /** Those who wait for a dependency. */
  of(on: string): string[] {
    return [...(this.#waiting.get(on) ?? [])]
  }
}
