import { createHash, randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { KubeObject } from '@sluice/api'
import { ApiError, type KubeClient } from '@sluice/kube'
import { Backlog } from './backlog.ts'
import { timestamp } from './conditions.ts'
import type { EventPoster } from './event-poster.ts'
import type { Log } from './log.ts'

/**
 * What happened to an object, for people (`kubectl describe`, `flux events`) and for the notification controller.
 * Written behind the reconciler's back and in order; the same event again raises its count, as client-go's recorder does.
 */
export interface EventDraft {
  severity: 'info' | 'error'
  reason: string
  message: string
  /** Flux's metadata: written as annotations, e.g. `kustomize.toolkit.fluxcd.io/revision`. */
  metadata?: Record<string, string>
}

export interface EventRecorderOptions {
  client: KubeClient
  /** Who reports: `kustomize-controller`. */
  component: string
  log: Log
  /** Sends each event to the notification controller as well. */
  poster?: EventPoster
}

interface Happened {
  object: KubeObject
  draft: EventDraft
  /** RFC 3339. */
  at: string
}

/** Distinct events whose counts are remembered. */
const REMEMBERED = 4096
/** Events waiting to be written; beyond it the oldest are dropped, as client-go does. */
const WAITING = 10_000
/** Objects whose events are written at once. */
const LANES = 4
/** Characters of a message. Events of the core API have no limit of their own; what nobody reads is cut. */
const MESSAGE_MOST = 65_536

export class EventRecorder {
  readonly #options: EventRecorderOptions
  readonly #known = new Map<string, { name: string; count: number }>()
  readonly #backlog: Backlog<Happened>

  constructor(options: EventRecorderOptions) {
    this.#options = options
    this.#backlog = new Backlog({
      work: (happened, signal) => this.#write(happened, signal),
      subjectOf: ({ object }) => object.metadata.uid ?? object.metadata.name,
      lanes: LANES,
      most: WAITING,
      onDropped: count => options.log.warn({ count }, 'events were dropped, the API server is too slow for them'),
    })
  }

  record(object: KubeObject, draft: EventDraft): void {
    const at = timestamp(new Date())
    this.#backlog.add({ object, draft, at })
    this.#options.poster?.post({
      object,
      severity: draft.severity,
      reason: draft.reason,
      message: draft.message,
      metadata: eventMetadata(object, draft),
      at,
      component: this.#options.component,
    })
  }

  /** Settles when all that was recorded is written, or given up after `patience` milliseconds. */
  close(patience: number): Promise<void> {
    return this.#backlog.close(patience)
  }

  async #write(happened: Happened, signal: AbortSignal): Promise<void> {
    try {
      await this.#countOrCreate(happened, signal)
    } catch (error) {
      // Its namespace is gone or going, or we may not write there.
      const gone = error instanceof ApiError && (error.code === 403 || error.code === 404)
      if (!gone && !signal.aborted) this.#options.log.warn({ err: error }, 'cannot write an event')
    }
  }

  async #countOrCreate({ object, draft, at }: Happened, signal: AbortSignal): Promise<void> {
    const { client, component } = this.#options
    const { metadata } = object
    const type = draft.severity === 'error' ? 'Warning' : 'Normal'
    const message =
      draft.message.length > MESSAGE_MOST ? `${draft.message.slice(0, MESSAGE_MOST - 3)}...` : draft.message
    const annotations = eventMetadata(object, draft)
    // As client-go's correlator: the same words again are the same event, whatever is annotated.
    const key = createHash('sha1')
      .update(JSON.stringify([metadata.uid, type, draft.reason, message]))
      .digest('base64')
    const namespace = metadata.namespace ?? 'default'
    const known = this.#known.get(key)
    if (known) {
      try {
        const ref = { apiVersion: 'v1', kind: 'Event', namespace, name: known.name }
        await client.patch(ref, { count: known.count + 1, lastTimestamp: at }, 'merge', { signal })
        this.#remember(key, { name: known.name, count: known.count + 1 })
        return
      } catch (error) {
        // The server keeps events for an hour.
        if (!(error instanceof ApiError && error.code === 404)) throw error
        this.#known.delete(key)
      }
    }
    const name = `${metadata.name.slice(0, 236)}.${randomBytes(8).toString('hex')}`
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace, annotations },
      involvedObject: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        namespace: metadata.namespace,
        name: metadata.name,
        uid: metadata.uid,
        resourceVersion: metadata.resourceVersion,
      },
      type,
      reason: draft.reason,
      message,
      source: { component },
      reportingComponent: component,
      reportingInstance: hostname(),
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    }
    await client.create(event, { signal })
    this.#remember(key, { name, count: 1 })
  }

  /** What was seen last is forgotten last. */
  #remember(key: string, event: { name: string; count: number }): void {
    this.#known.delete(key)
    this.#known.set(key, event)
    if (this.#known.size > REMEMBERED) this.#known.delete(this.#known.keys().next().value ?? '')
  }
}

/** Flux copies annotations `event.toolkit.fluxcd.io/*` of the object onto its events; what they say wins. */
function eventMetadata(object: KubeObject, draft: EventDraft): Record<string, string> | undefined {
  const copied = Object.entries(object.metadata.annotations ?? {}).filter(([key]) =>
    key.startsWith('event.toolkit.fluxcd.io/'),
  )
  const all = { ...draft.metadata, ...Object.fromEntries(copied) }
  return Object.keys(all).length > 0 ? all : undefined
}
