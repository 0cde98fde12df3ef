import type { Clock } from '../clock.ts'

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now = 0
  #next = 1
  readonly #timers = new Map<number, { at: number; callback: () => void }>()
  #told: (() => void)[] = []

  now(): number {
    return this.#now
  }

  setTimeout(callback: () => void, milliseconds: number): number {
    const id = this.#next++
    this.#timers.set(id, { at: this.#now + milliseconds, callback })
    for (const tell of this.#told.splice(0)) tell()
    return id
  }

  clearTimeout(timer: unknown): void {
    if (typeof timer === 'number') this.#timers.delete(timer)
  }

  /** Timers that are armed. */
  get armed(): number {
    return this.#timers.size
  }

  /** Settles when somebody is waiting. */
  async untilArmed(): Promise<void> {
    while (this.#timers.size === 0) await new Promise<void>(resolve => this.#told.push(resolve))
  }

  /** Moves on, firing what falls due in the order of its time. */
  advance(milliseconds: number): void {
    const until = this.#now + milliseconds
    for (;;) {
      const due = [...this.#timers].filter(([, t]) => t.at <= until).sort(([, a], [, b]) => a.at - b.at)[0]
      if (!due) break
      const [id, { at, callback }] = due
      this.#timers.delete(id)
      this.#now = Math.max(this.#now, at)
      callback()
    }
    this.#now = until
  }
}
