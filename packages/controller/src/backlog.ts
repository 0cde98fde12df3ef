/**
 * Work done behind somebody's back (events to write, messages to post): in order for each subject, side by side for
 * different ones, never more of it waiting than is worth keeping. Who adds to it never waits.
 */
export interface BacklogOptions<T> {
  /** Works off one item; must not reject. `signal` aborts when patience is over. */
  work: (item: T, signal: AbortSignal) => Promise<void>
  /** Items of the same subject are worked off in order. */
  subjectOf: (item: T) => string
  /** Subjects worked on at once. */
  lanes: number
  /** Items that may wait; beyond it the oldest of the lane goes. */
  most: number
  /** Told when a lane that had to drop items is empty again. */
  onDropped: (count: number) => void
}

interface Lane<T> {
  waiting: T[]
  dropped: number
  working: Promise<void> | undefined
}

export class Backlog<T> {
  readonly #options: BacklogOptions<T>
  readonly #lanes: Lane<T>[]
  readonly #stop = new AbortController()

  constructor(options: BacklogOptions<T>) {
    this.#options = options
    this.#lanes = Array.from({ length: options.lanes }, () => ({ waiting: [], dropped: 0, working: undefined }))
  }

  add(item: T): void {
    if (this.#stop.signal.aborted) return
    const lane = this.#lanes[hash(this.#options.subjectOf(item)) % this.#lanes.length]
    if (!lane) return
    if (lane.waiting.length >= Math.ceil(this.#options.most / this.#lanes.length)) {
      lane.waiting.shift()
      lane.dropped++
    }
    lane.waiting.push(item)
    lane.working ??= this.#workOff(lane)
  }

  /** Items that wait, those being worked on not among them. */
  get length(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.waiting.length, 0)
  }

  /** Settles when all is worked off, or after `patience` milliseconds: then what is left is given up. */
  async close(patience: number): Promise<void> {
    const timer = setTimeout(() => this.#stop.abort(), patience)
    await Promise.all(this.#lanes.map(lane => lane.working))
    clearTimeout(timer)
    this.#stop.abort()
  }

  async #workOff(lane: Lane<T>): Promise<void> {
    const { signal } = this.#stop
    for (let item = lane.waiting.shift(); item !== undefined; item = lane.waiting.shift()) {
      await this.#options.work(item, signal)
      if (signal.aborted) lane.dropped += lane.waiting.splice(0).length
    }
    lane.working = undefined
    if (lane.dropped > 0) this.#options.onDropped(lane.dropped)
    lane.dropped = 0
  }
}

function hash(text: string): number {
  let value = 0
  for (let i = 0; i < text.length; i++) value = (Math.imul(value, 31) + text.charCodeAt(i)) >>> 0
  return value
}
