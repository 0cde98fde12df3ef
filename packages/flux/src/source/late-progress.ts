/**
 * Tells of work in progress only when it takes long enough for somebody to wonder: most reconciliations are over before,
 * and an intermediate status would cost each of them a write.
 */

const AFTER_MS = 500

export class LateProgress {
  readonly #timer: NodeJS.Timeout
  #writing: Promise<void> | undefined

  constructor(tell: () => Promise<void>) {
    this.#timer = setTimeout(() => {
      // A failed write of what is about to be replaced harms nobody.
      this.#writing = tell().catch(() => {})
    }, AFTER_MS)
  }

  /** No more telling; settles when what was being told is written. */
  async end(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#writing
  }
}
