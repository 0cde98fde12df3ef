/** What the actions share while they run: clock, log, slots, and the writing of records, told to whom it concerns. */

import { recordTime } from '../record/record-time.ts'
import type { ReleaseRecord, ReleaseStatus } from '../record/release-record.ts'
import type { CreateOptions } from '../record/release-storage.ts'
import type { ActionOptions, Slot } from './action-options.ts'
import { type Log, logTo } from './log.ts'
import { ReleaseError, type ReleaseFailure } from './release-error.ts'

const defaultTimeout = 5 * 60_000

export class ActionRun<T extends ActionOptions = ActionOptions> {
  readonly options: T
  readonly log: Log
  readonly slot: Slot
  readonly timeoutMs: number
  /** The record this action wrote last. */
  #written: ReleaseRecord | undefined

  constructor(options: T) {
    this.options = options
    this.log = logTo(options.log)
    this.slot = options.slot ?? (job => job())
    this.timeoutMs = options.timeoutMs ?? defaultTimeout
  }

  /** Now, as records tell it. */
  time(): string {
    return recordTime((this.options.now ?? Date.now)())
  }

  /** Records of the action's own: it changes them as it goes. */
  async history(): Promise<readonly ReleaseRecord[]> {
    const { history, storage, name } = this.options
    return history ? history.map(snapshotOf) : storage.history(name)
  }

  async create(record: ReleaseRecord, options: CreateOptions): Promise<void> {
    await this.options.storage.create(record, options)
    this.#tell(record)
  }

  async update(record: ReleaseRecord): Promise<void> {
    await this.options.storage.update(record)
    this.#tell(record)
  }

  /** For a record whose writing is not worth failing for: there is something else to tell. */
  async tryUpdate(record: ReleaseRecord): Promise<void> {
    try {
      await this.update(record)
    } catch (error) {
      const { name, version: revision } = record
      this.log('failed to update release', { error: messageOf(error), name, revision })
    }
  }

  /** Throws when the caller gave up. */
  check(): void {
    if (this.options.signal?.aborted) throw this.cancelled()
  }

  cancelled(): ReleaseError {
    const reason: unknown = this.options.signal?.reason
    const name = reason instanceof Error ? reason.name : 'AbortError'
    const message =
      name === 'AbortError'
        ? 'context canceled'
        : name === 'TimeoutError'
          ? 'context deadline exceeded'
          : messageOf(reason)
    return new ReleaseError('cancelled', message, { cause: reason })
  }

  /** Any failure as a ReleaseError that holds what was written. */
  failure(error: unknown, kind: ReleaseFailure, message = messageOf(error)): ReleaseError {
    const isOurs = error instanceof ReleaseError
    if (isOurs && error.message === message) {
      error.record ??= this.#written
      return error
    }
    return new ReleaseError(isOurs ? error.failure : kind, message, { cause: error, record: this.#written })
  }

  /** Runs hooks; their failure is told with the word that Helm puts before it. */
  async withPrefix(prefix: string, job: () => Promise<void>): Promise<void> {
    try {
      await job()
    } catch (error) {
      throw this.failure(error, 'hook', prefix + messageOf(error))
    }
  }

  /** Runs the action; whatever it throws comes out as a ReleaseError. */
  async guard<R>(action: () => Promise<R>): Promise<R> {
    try {
      return await action()
    } catch (error) {
      const aborted = this.options.signal?.aborted && !(error instanceof ReleaseError)
      throw this.failure(aborted ? this.cancelled() : error, 'unreachable')
    }
  }

  #tell(record: ReleaseRecord): void {
    this.#written = record
    this.options.onRecord?.(snapshotOf(record))
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export function setStatus(record: ReleaseRecord, status: ReleaseStatus, description?: string): void {
  record.info.status = status
  if (description !== undefined) record.info.description = description
}

/** The record as it is now: the action goes on changing its own. What is large is shared. */
function snapshotOf(record: ReleaseRecord): ReleaseRecord {
  const hooks = record.hooks.map(hook => ({ ...hook, last_run: { ...hook.last_run } }))
  return { ...record, info: { ...record.info }, hooks }
}
