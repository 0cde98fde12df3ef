/**
 * Runs a reconcile function for keys: one at a time a key, many keys side by side, again when something happened meanwhile, and later with
 * growing delay when it failed. Nothing runs while nothing happens.
 */
import { ApiError } from '../api-error.ts'
import type { Clock } from './clock.ts'

export type Reconcile = (key: string) => Promise<void>

interface Entry {
  running: boolean
  again: boolean
  failures: number
  /** When the pending timer fires, and how to stop it. */
  due: number
  cancel: (() => void) | undefined
}

const firstRetry = 20
const lastRetry = 10_000

export class WorkQueue {
  readonly #clock: Clock
  readonly #reconcile: Reconcile
  readonly #failed: (key: string, error: unknown) => void
  readonly #entries = new Map<string, Entry>()
  readonly #running = new Set<Promise<void>>()
  #closed = false

  constructor(clock: Clock, reconcile: Reconcile, failed: (key: string, error: unknown) => void) {
    this.#clock = clock
    this.#reconcile = reconcile
    this.#failed = failed
  }

  /** Soon, or after so many milliseconds; an earlier time wins over a later one. */
  add(key: string, delay = 0): void {
    if (this.#closed) return
    const entry = this.#entry(key)
    if (delay <= 0 && entry.running) {
      entry.again = true
      return
    }
    const due = this.#clock.now() + Math.max(0, delay)
    if (entry.cancel !== undefined) {
      if (entry.due <= due) return
      entry.cancel()
    }
    entry.due = due
    if (delay > 0) {
      entry.cancel = this.#clock.after(delay, () => this.#start(key, entry))
      return
    }
    // On a later turn, so that what happens together is dealt with together.
    const immediate = setImmediate(() => this.#start(key, entry))
    entry.cancel = () => clearImmediate(immediate)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const { cancel } of this.#entries.values()) cancel?.()
    await Promise.allSettled(this.#running)
  }

  #entry(key: string): Entry {
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      entry = { running: false, again: false, failures: 0, due: 0, cancel: undefined }
      this.#entries.set(key, entry)
    }
    return entry
  }

  #start(key: string, entry: Entry): void {
    entry.cancel = undefined
    if (this.#closed) return
    if (entry.running) {
      entry.again = true
      return
    }
    const run = this.#run(key, entry)
    this.#running.add(run)
    run.finally(() => this.#running.delete(run))
  }

  async #run(key: string, entry: Entry): Promise<void> {
    entry.running = true
    entry.again = false
    let retry: number | undefined
    try {
      await this.#reconcile(key)
      entry.failures = 0
    } catch (error) {
      retry = Math.min(firstRetry * 2 ** entry.failures, lastRetry)
      entry.failures++
      if (!isStale(error) && !this.#closed) this.#failed(key, error)
    }
    entry.running = false
    if (entry.again) this.add(key)
    else if (retry !== undefined) this.add(key, retry)
    else if (entry.cancel === undefined) this.#entries.delete(key)
  }
}

/** Somebody else was faster, or it is gone or going: what we know is old, and the watch is on its way. */
function isStale(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false
  return error.code === 409 || error.code === 404 || isNamespaceGoing(error)
}

export function isNamespaceGoing(error: unknown): boolean {
  const causes = error instanceof ApiError ? error.status.details?.causes : undefined
  return causes?.some(cause => cause.reason === 'NamespaceTerminating') ?? false
}
