import { type Clock, systemClock } from './clock.ts'
import { KeyQueue } from './key-queue.ts'

/**
 * The queue in front of a controller's workers. A key is never worked on twice at once, a key added while it is worked on
 * runs once more afterwards, and whatever is asked for several times waits once. Failures back off by key, exponentially.
 * Nothing here sleeps: a key that waits is a timer, not a worker.
 */
export interface Backoff {
  /** First delay in milliseconds; doubled by each further failure. */
  first: number
  most: number
}

interface Delayed {
  at: number
  timer: unknown
}

/** Keys that are due within the same second wake the process once, not once each: with a thousand of them that is most of what rest costs. */
const TOGETHER = 1000
/** Delays from here on may be late by so much (a twentieth, as much as intervals are spread anyway). In milliseconds. */
const LONG = 20 * TOGETHER

/** Longest delay a timer can hold (2^31 - 1 ms); longer ones are re-armed. */
const TIMER_MOST = 2_147_483_647

export class WorkQueue {
  readonly #ready = new KeyQueue()
  readonly #urgent = new KeyQueue()
  readonly #running = new Set<string>()
  /** Keys to run once more after their run; the value: urgently. */
  readonly #again = new Map<string, boolean>()
  readonly #delayed = new Map<string, Delayed>()
  readonly #failures = new Map<string, number>()
  readonly #backoff: Backoff
  readonly #clock: Clock
  #wake: () => void = () => {}
  #closed = false

  constructor(options: { backoff?: Backoff; clock?: Clock } = {}) {
    this.#backoff = options.backoff ?? { first: 750, most: 900_000 }
    this.#clock = options.clock ?? systemClock
  }

  /** Called whenever something became ready. */
  onReady(wake: () => void): void {
    this.#wake = wake
  }

  get length(): number {
    return this.#ready.size + this.#urgent.size
  }

  get idle(): boolean {
    return this.length === 0 && this.#running.size === 0
  }

  /** Ready now. `urgent` keys (what a person asked for) come before all others. */
  add(key: string, urgent = false): void {
    if (this.#closed) return
    this.#cancelDelay(key)
    if (this.#running.has(key)) {
      this.#again.set(key, urgent || this.#again.get(key) === true)
      return
    }
    if (urgent) {
      this.#ready.delete(key)
      this.#urgent.add(key)
    } else if (!this.#urgent.has(key)) this.#ready.add(key)
    this.#wake()
  }

  /** Ready in `milliseconds`, unless it is ready or due earlier; after long delays at the next full second of the clock. */
  addAfter(key: string, milliseconds: number): void {
    if (this.#closed) return
    if (this.#ready.has(key) || this.#urgent.has(key) || this.#again.has(key)) return
    const due = this.#clock.now() + milliseconds
    const at = milliseconds < LONG ? due : Math.ceil(due / TOGETHER) * TOGETHER
    const known = this.#delayed.get(key)
    if (known && known.at <= at) return
    if (known) this.#clock.clearTimeout(known.timer)
    this.#arm(key, at)
  }

  /** Ready after this key's backoff, which grows until {@link forget}. Answers the delay in milliseconds. */
  addRateLimited(key: string): number {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    const delay = Math.min(this.#backoff.first * 2 ** failures, this.#backoff.most)
    this.addAfter(key, delay)
    return delay
  }

  forget(key: string): void {
    this.#failures.delete(key)
  }

  /** Drops all that waits for the key; a run under way goes on. */
  remove(key: string): void {
    this.#cancelDelay(key)
    this.#ready.delete(key)
    this.#urgent.delete(key)
    this.#again.delete(key)
    this.#failures.delete(key)
  }

  /** The next key, now marked as running; {@link done} must follow. */
  take(): string | undefined {
    const key = this.#urgent.take() ?? this.#ready.take()
    if (key !== undefined) this.#running.add(key)
    return key
  }

  done(key: string): void {
    this.#running.delete(key)
    const again = this.#again.get(key)
    if (again === undefined) return
    this.#again.delete(key)
    this.add(key, again)
  }

  /** Forgets everything that waits and takes in nothing more: a run that ends later must not leave a timer behind. */
  close(): void {
    this.#closed = true
    for (const { timer } of this.#delayed.values()) this.#clock.clearTimeout(timer)
    this.#delayed.clear()
    this.#ready.clear()
    this.#urgent.clear()
    this.#again.clear()
  }

  #arm(key: string, at: number): void {
    const wait = Math.max(0, Math.min(at - this.#clock.now(), TIMER_MOST))
    const timer = this.#clock.setTimeout(() => {
      if (this.#clock.now() < at && wait === TIMER_MOST) return this.#arm(key, at)
      this.#delayed.delete(key)
      this.add(key)
    }, wait)
    this.#delayed.set(key, { at, timer })
  }

  #cancelDelay(key: string): void {
    const known = this.#delayed.get(key)
    if (!known) return
    this.#clock.clearTimeout(known.timer)
    this.#delayed.delete(key)
  }
}
