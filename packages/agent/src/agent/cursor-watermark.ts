/**
 * How far the stream of desired state has been taken in for good: the last cursor before which nothing is left that a restart would
 * lose. Events are taken in at different speeds; the watermark moves with the slowest.
 */
interface Pending {
  cursor: string
  /** Resource whose settling completes it; none: complete at once. */
  id: string | undefined
}

export class CursorWatermark {
  #pending: Pending[] = []
  #reached: string
  readonly #moved: (cursor: string) => void

  constructor(reached: string, moved: (cursor: string) => void) {
    this.#reached = reached
    this.#moved = moved
  }

  get reached(): string {
    return this.#reached
  }

  /** An event came in. A newer one about the same resource takes the older one's place. */
  arrived(cursor: string, id?: string): void {
    for (const older of this.#pending) if (id !== undefined && older.id === id) older.id = undefined
    this.#pending.push({ cursor, id })
    this.#advance()
  }

  /** What arrived about this resource is in the cluster. */
  settled(id: string): void {
    for (const one of this.#pending) if (one.id === id) one.id = undefined
    this.#advance()
  }

  /** Everything is being sent again: what was under way comes back. */
  restarted(): void {
    this.#pending = []
  }

  #advance(): void {
    let last: Pending | undefined
    while (this.#pending[0] && this.#pending[0].id === undefined) last = this.#pending.shift()
    if (!last || last.cursor === this.#reached) return
    this.#reached = last.cursor
    this.#moved(last.cursor)
  }
}
