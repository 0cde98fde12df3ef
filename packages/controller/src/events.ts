import { createHash, randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { KubeObject } from '@sluice/api'
import { ApiError, type KubeClient } from '@sluice/kube'
import { timestamp } from './conditions.ts'
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

interface Known {
  name: string
  count: number
  first: string
}

/** Distinct events whose counts are remembered. */
const REMEMBERED = 4096
/** Events waiting to be written; beyond it the oldest is dropped, as client-go does. */
const WAITING = 1000
/** Kubernetes' limit for an event's message, in characters. */
const MESSAGE_MOST = 1024

export class EventRecorder {
  readonly #client: KubeClient
  readonly #component: string
  readonly #log: Log
  readonly #known = new Map<string, Known>()
  readonly #waiting: { object: KubeObject; draft: EventDraft; at: string }[] = []
  #writing: Promise<void> | undefined

  constructor(client: KubeClient, component: string, log: Log) {
    this.#client = client
    this.#component = component
    this.#log = log
  }

  record(object: KubeObject, draft: EventDraft): void {
    if (this.#waiting.length >= WAITING) this.#waiting.shift()
    this.#waiting.push({ object, draft, at: timestamp(new Date()) })
    this.#writing ??= this.#drain()
  }

  /** Settles when all that was recorded is written or given up. */
  async flush(): Promise<void> {
    await this.#writing
  }

  async #drain(): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      try {
        await this.#write(next.object, next.draft, next.at)
      } catch (error) {
        const gone = error instanceof ApiError && (error.code === 403 || error.code === 404)
        if (!gone) this.#log.warn({ err: error }, 'cannot write an event')
      }
    }
    this.#writing = undefined
  }

  async #write(object: KubeObject, draft: EventDraft, at: string): Promise<void> {
    const { metadata } = object
    const type = draft.severity === 'error' ? 'Warning' : 'Normal'
    const message =
      draft.message.length > MESSAGE_MOST ? `${draft.message.slice(0, MESSAGE_MOST - 3)}...` : draft.message
    const annotations = eventAnnotations(object, draft)
    const key = createHash('sha1')
      .update(JSON.stringify([metadata.uid, type, draft.reason, message, annotations]))
      .digest('base64')
    const namespace = metadata.namespace ?? 'default'
    const known = this.#known.get(key)
    if (known) {
      known.count++
      try {
        const ref = { apiVersion: 'v1', kind: 'Event', namespace, name: known.name }
        await this.#client.patch(ref, { count: known.count, lastTimestamp: at }, 'merge')
        return
      } catch (error) {
        if (!(error instanceof ApiError && error.code === 404)) throw error
        this.#known.delete(key)
      }
    }
    const name = `${metadata.name.slice(0, 236)}.${randomBytes(8).toString('hex')}`
    await this.#client.create({
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
      source: { component: this.#component },
      reportingComponent: this.#component,
      reportingInstance: hostname(),
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    })
    if (this.#known.size >= REMEMBERED) this.#known.delete(this.#known.keys().next().value ?? '')
    this.#known.set(key, { name, count: 1, first: at })
  }
}

/** Flux copies annotations `event.toolkit.fluxcd.io/*` of the object onto its events. */
function eventAnnotations(object: KubeObject, draft: EventDraft): Record<string, string> | undefined {
  const copied = Object.entries(object.metadata.annotations ?? {}).filter(([k]) =>
    k.startsWith('event.toolkit.fluxcd.io/'),
  )
  const all = { ...Object.fromEntries(copied), ...draft.metadata }
  return Object.keys(all).length > 0 ? all : undefined
}
