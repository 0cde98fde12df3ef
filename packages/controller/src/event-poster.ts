import { hostname } from 'node:os'
import type { KubeObject } from '@sluice/api'
import { Backlog } from './backlog.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Log } from './log.ts'

/**
 * Tells the notification controller of events, one POST each (`--events-addr`; fluxcd/pkg `runtime/events`): never in the
 * way of a reconciliation, tried again while the receiver is down, given up with a word in the log.
 */
export interface PostedEvent {
  object: KubeObject
  severity: 'info' | 'error'
  reason: string
  message: string
  metadata?: Record<string, string>
  /** RFC 3339, whole seconds. */
  at: string
  /** Who reports: `kustomize-controller`. */
  component: string
}

export interface EventPosterOptions {
  /** URL of the receiver. */
  address: string
  log: Log
  clock?: Clock
}

interface Message {
  /** The object it is about. */
  subject: string
  body: string
}

/** Milliseconds a receiver has for its answer. */
const TIMEOUT = 5000
/** Waiting times before each further try, in milliseconds. */
const RETRIES = [1000, 2000, 4000, 8000]
const LANES = 4
/** Events waiting to be sent; beyond it the oldest are dropped. */
const WAITING = 10_000
/** What the receiver takes, in characters. */
const MESSAGE_MOST = 39_000

export class EventPoster {
  readonly #address: string
  readonly #log: Log
  readonly #clock: Clock
  readonly #backlog: Backlog<Message>

  /** Throws when the address is no URL. */
  constructor({ address, log, clock = systemClock }: EventPosterOptions) {
    const url = URL.parse(address)
    if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
      throw new Error(
        'events address: give an http or https URL without a user, such as http://notification-controller/',
      )
    }
    this.#address = address
    this.#log = log
    this.#clock = clock
    this.#backlog = new Backlog({
      work: ({ body }, signal) => this.#send(body, signal),
      subjectOf: ({ subject }) => subject,
      lanes: LANES,
      most: WAITING,
      onDropped: count => log.warn({ count }, 'notifications were dropped, their receiver is down or too slow'),
    })
  }

  post(event: PostedEvent): void {
    const { apiVersion, kind, metadata } = event.object
    const { name, namespace, uid, resourceVersion } = metadata
    // The receiver refuses what is in no namespace, as it does from Flux.
    if (!kind || !name || !namespace) return
    const body = {
      involvedObject: { kind, namespace, name, uid, apiVersion, resourceVersion },
      severity: event.severity,
      timestamp: event.at,
      message: event.message.length > MESSAGE_MOST ? `${event.message.slice(0, MESSAGE_MOST - 3)}...` : event.message,
      reason: event.reason,
      metadata: event.metadata,
      reportingController: event.component,
      reportingInstance: hostname(),
    }
    this.#backlog.add({ subject: `${kind}/${namespace}/${name}`, body: JSON.stringify(body) })
  }

  /** Settles when all is sent, or given up after `patience` milliseconds. */
  close(patience: number): Promise<void> {
    return this.#backlog.close(patience)
  }

  async #send(body: string, signal: AbortSignal): Promise<void> {
    let failure = ''
    for (const wait of [0, ...RETRIES]) {
      if (wait > 0) await this.#pause(wait, signal)
      if (signal.aborted) return
      try {
        const status = await this.#try(body, signal)
        // 429: the receiver has had this event already.
        if (status < 300 || status === 429) return
        failure = `it answered ${status}`
        if (status < 500) break
      } catch (error) {
        failure = reasonOf(error)
      }
    }
    if (!signal.aborted) this.#log.warn({ address: this.#address, reason: failure }, 'cannot post an event')
  }

  async #try(body: string, signal: AbortSignal): Promise<number> {
    const response = await fetch(this.#address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
    })
    await response.body?.cancel()
    return response.status
  }

  #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const end = () => {
        this.#clock.clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = this.#clock.setTimeout(end, milliseconds)
      signal.addEventListener('abort', end)
    })
  }
}

/** `fetch` says why only in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}
