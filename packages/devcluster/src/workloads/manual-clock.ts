/** A clock that stands still until a test moves it; it begins at the present, because the API server stamps what it stores with real time. */
import type { Clock } from './clock.ts'

interface Timer {
  due: number
  callback: () => void
}

export class ManualClock implements Clock {
  #now = Date.now()
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#now
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { due: this.#now + milliseconds, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Moves on and calls what has become due, in order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.due)
      this.#timers.delete(next)
      next.callback()
    }
    this.#now = end
  }

  #next(end: number): Timer | undefined {
    const due = [...this.#timers].filter(timer => timer.due <= end)
    return due.sort((a, b) => a.due - b.due)[0]
  }
}
