import type { DesiredEvent } from '@sluice/api'
import type { Log } from '@sluice/controller'
import { backoffDelay, jittered, pause } from './backoff.ts'
import { type ServiceClient, ServiceError, ServiceUnreachable } from './service-client.ts'

/**
 * Keeps the agent connected to its desired state: one stream; a new one when it breaks, from where the last one came to; polling
 * when streams keep breaking (a proxy that buffers or cuts them), with a stream tried again now and then.
 */
export interface FeedTiming {
  backoffFirst: number
  backoffMost: number
  /** Between two polls. */
  pollEvery: number
  /** How long to poll before a stream is tried again. */
  pollFor: number
  /** A stream that lived so long is none of those that keep breaking. */
  streamLives: number
}

export const feedTiming: FeedTiming = {
  backoffFirst: 500,
  backoffMost: 30_000,
  pollEvery: 5_000,
  pollFor: 120_000,
  streamLives: 60_000,
}

/** So many streams in a row broke: poll. */
const BROKEN_MOST = 3

export interface FeedParts {
  client: Pick<ServiceClient, 'desired'>
  log: Log
  timing: FeedTiming
  /** Takes one event. Events come in order; the next one follows when this is settled. */
  onEvent(event: DesiredEvent): void | Promise<void>
  /** A connection stands (its first event is here): the service may have missed something meanwhile. */
  onConnected(): void
}

export class DesiredFeed {
  readonly #parts: FeedParts
  readonly #stop = new AbortController()
  #connection: AbortController | undefined
  #running: Promise<void> | undefined
  /** Where the next connection goes on from; empty: from the beginning. */
  #cursor: string
  #fromBeginning = false

  constructor(parts: FeedParts, cursor: string) {
    this.#parts = parts
    this.#cursor = cursor
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** The present connection asked for everything. */
  get fromBeginning(): boolean {
    return this.#fromBeginning
  }

  /** Everything is sent again from the beginning, on a new connection. */
  restart(): void {
    this.#cursor = ''
    this.#connection?.abort(new Error('asking for everything again'))
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#connection?.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { log, timing } = this.#parts
    let failures = 0
    let broken = 0
    let pollUntil = 0
    while (!this.#stop.signal.aborted) {
      const polling = broken >= BROKEN_MOST && performance.now() < pollUntil
      const began = performance.now()
      const connection = new AbortController()
      this.#connection = connection
      let reached = false
      let problem: unknown
      try {
        await this.#connect(polling, connection.signal, () => {
          reached = true
          this.#parts.onConnected()
        })
      } catch (error) {
        problem = error
      }
      if (this.#stop.signal.aborted) return
      if (connection.signal.aborted) continue
      const lived = performance.now() - began > timing.streamLives
      if (!polling && isBreak(problem)) {
        broken = lived ? 0 : broken + 1
        if (broken >= BROKEN_MOST) pollUntil = performance.now() + timing.pollFor
        if (broken === BROKEN_MOST) log.warn('streams keep breaking: polling for a while')
      }
      // The service itself was away: that explains the break before.
      else if (!polling) broken = 0
      if (reached) failures = 0
      if (problem === undefined && polling) {
        await pause(jittered(timing.pollEvery), this.#stop.signal)
        continue
      }
      const delay = backoffDelay(failures++, { first: timing.backoffFirst, most: timing.backoffMost })
      const text = problem instanceof Error ? problem.message : 'the service ended the stream'
      log.warn({ retryInMilliseconds: Math.round(delay) }, `not connected: ${text}`)
      await pause(delay, this.#stop.signal)
    }
  }

  async #connect(once: boolean, signal: AbortSignal, connected: () => void): Promise<void> {
    let first = true
    this.#fromBeginning = this.#cursor === ''
    for await (const event of this.#parts.client.desired({ cursor: this.#cursor, once, signal })) {
      if (first) {
        first = false
        connected()
      }
      if (event.event === 'ping') continue
      await this.#parts.onEvent(event)
      if (signal.aborted) break
      this.#cursor = event.cursor
    }
  }
}

/** The stream was there and went, or never said a word; a service that is down or refuses us is another matter. */
function isBreak(problem: unknown): boolean {
  if (problem instanceof ServiceError) return false
  return problem instanceof ServiceUnreachable ? problem.opened : true
}
