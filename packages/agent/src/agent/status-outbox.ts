import type { StatusReport } from '@sluice/api'
import type { Log } from '@sluice/controller'
import { type BackoffLimits, backoffDelay } from './backoff.ts'
import { ServiceError } from './service-client.ts'

/**
 * What the service has to be told and has not yet acknowledged: the newest report of each resource, sent in batches, soon but not one
 * by one, and only what differs from what it knows. After a new connection everything is told once more, because what was on its way
 * when the old one broke may or may not have arrived.
 */
export interface OutboxParts {
  send(reports: StatusReport[]): Promise<void>
  log: Log
  /** Reports within this time travel together, in milliseconds. */
  gather: number
  backoff: BackoffLimits
  onAccepted(report: StatusReport): void
  /** Told once when reports begin to wait for the service. */
  onDelayed(ids: string[]): void
}

const brief = ({ id, generation, provisioningState, fluxConfiguration }: StatusReport): string =>
  [id.slice(id.lastIndexOf('/') + 1), generation, provisioningState, fluxConfiguration?.complianceState]
    .join(' ')
    .trim()

/** Reports in a batch, and their size in characters: each may be tens of kilobytes, and the service takes 16 MiB. */
const BATCH = 50
const BATCH_SIZE = 4_000_000

export class StatusOutbox {
  readonly #parts: OutboxParts
  readonly #latest = new Map<string, StatusReport>()
  /** What the service has acknowledged, as JSON. */
  readonly #known = new Map<string, string>()
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> | undefined
  #failures = 0
  #closed = false

  constructor(parts: OutboxParts) {
    this.#parts = parts
  }

  /** The newest report of a resource. One about an older generation than we know of says nothing any more. */
  put(report: StatusReport): void {
    const before = this.#latest.get(report.id)
    if (before && before.generation > report.generation) return
    this.#latest.set(report.id, report)
    if (this.#isNews(report)) this.#schedule(this.#parts.gather)
  }

  /**
   * The service speaks of a resource: it may be new there, under a generation that we have reported before, so what we say of
   * it next is news. A generation older than we reported means that it counts anew.
   */
  expect(id: string, generation: number): void {
    const before = this.#latest.get(id)
    if (before && before.generation > generation) this.#latest.delete(id)
    this.#known.delete(id)
  }

  /** The resource is gone from the service. */
  forget(id: string): void {
    this.#latest.delete(id)
    this.#known.delete(id)
  }

  /** A new connection: whatever we hold is told again, now. */
  resend(): void {
    this.#known.clear()
    this.#failures = 0
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = undefined
    this.#schedule(this.#parts.gather)
  }

  /** Sends what waits, once; what cannot be sent is told after the next start. */
  async close(): Promise<void> {
    await this.#sending
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#failures === 0) await this.#deliver()
  }

  #isNews(report: StatusReport): boolean {
    return this.#known.get(report.id) !== JSON.stringify(report)
  }

  #schedule(after: number): void {
    if (this.#closed || this.#timer || this.#sending) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#sending = this.#deliver().finally(() => {
        this.#sending = undefined
        if (this.#news().length > 0) this.#schedule(this.#delay())
      })
    }, after)
  }

  #delay(): number {
    return this.#failures === 0 ? this.#parts.gather : backoffDelay(this.#failures - 1, this.#parts.backoff)
  }

  #news(): StatusReport[] {
    return [...this.#latest.values()].filter(report => this.#isNews(report))
  }

  async #deliver(): Promise<void> {
    const batch = firstBatch(this.#news())
    if (batch.length === 0) return
    try {
      await this.#parts.send(batch)
      for (const report of batch) this.#accepted(report)
      this.#failures = 0
      this.#parts.log.debug({ reports: batch.map(brief) }, 'status delivered')
    } catch (error) {
      if (isRefusal(error)) return this.#refused(batch, error)
      this.#failures++
      if (this.#failures === 1) this.#parts.onDelayed(batch.map(report => report.id))
      const text = error instanceof Error ? error.message : String(error)
      this.#parts.log.debug({ waiting: batch.length, failures: this.#failures }, `status not delivered: ${text}`)
    }
  }

  #accepted(report: StatusReport): void {
    this.#known.set(report.id, JSON.stringify(report))
    this.#parts.onAccepted(report)
  }

  /** One bad report must not hold up the others: each is sent alone, and one that is refused again is not repeated. */
  async #refused(batch: StatusReport[], error: ServiceError): Promise<void> {
    const [only] = batch
    if (batch.length === 1 && only) {
      this.#known.set(only.id, JSON.stringify(only))
      this.#parts.log.error({ id: only.id }, `the service refuses our report: ${error.message}`)
      return
    }
    for (const report of batch) {
      try {
        await this.#parts.send([report])
        this.#accepted(report)
      } catch (again) {
        if (!isRefusal(again)) {
          this.#failures++
          return
        }
        await this.#refused([report], again)
      }
    }
  }
}

/** It is the content that the service does not take: the same again would not help. */
const isRefusal = (error: unknown): error is ServiceError =>
  error instanceof ServiceError && (error.status === 400 || error.status === 413)

function firstBatch(reports: readonly StatusReport[]): StatusReport[] {
  let size = 0
  const fits = (report: StatusReport, index: number): boolean => {
    size += JSON.stringify(report).length
    return index === 0 || (index < BATCH && size <= BATCH_SIZE)
  }
  const end = reports.findIndex((report, index) => !fits(report, index))
  return end < 0 ? [...reports] : reports.slice(0, end)
}
