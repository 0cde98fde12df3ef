/**
 * Events: what the controllers did to an object and why it does not get on, for `kubectl describe`. The same thing happening again is counted on the
 * event there is. Written on the side: nobody waits for an event, and one that cannot be written is not missed. The API server lets them go after an hour.
 */
import type { KubeObject } from '@sluice/api'
import type { LocalClient } from '../local-client.ts'
import { type Clock, timestamp } from './clock.ts'

export interface Happening {
  type: 'Normal' | 'Warning'
  reason: string
  message: string
  /** Who saw it, such as `kubelet`. */
  component: string
  /** The part of the object, such as `spec.containers{c}`. */
  fieldPath?: string
}

interface Known {
  name: string
  count: number
  first: string
  at: number
}

/** The same happening is written again only after so many milliseconds. */
const quiet = 10_000
const mostKnown = 4_000

export class Recorder {
  readonly #client: LocalClient
  readonly #clock: Clock
  readonly #known = new Map<string, Known>()
  #closed = false

  constructor(client: LocalClient, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  record(object: KubeObject, happening: Happening): void {
    if (this.#closed) return
    const now = this.#clock.now()
    const { uid = '', name, namespace = 'default' } = object.metadata
    const key = `${uid} ${happening.type} ${happening.reason} ${happening.message}`
    const known = this.#known.get(key)
    if (known !== undefined) {
      known.count++
      if (now - known.at < quiet) return
      known.at = now
      const ref = { apiVersion: 'v1', kind: 'Event', namespace, name: known.name }
      const body = { count: known.count, lastTimestamp: timestamp(now) }
      this.#client.patch(ref, { type: 'merge', body }).catch(() => this.#known.delete(key))
      return
    }
    if (this.#known.size >= mostKnown) this.#known.clear()
    const fresh = {
      name: `${name}.${(now * 1000 + this.#known.size).toString(16)}`,
      count: 1,
      first: timestamp(now),
      at: now,
    }
    this.#known.set(key, fresh)
    this.#client
      .create(eventOf(object, happening, fresh.name, fresh.first), { fieldManager: happening.component })
      .catch(() => this.#known.delete(key))
  }

  close(): void {
    this.#closed = true
  }
}

function eventOf(object: KubeObject, happening: Happening, eventName: string, time: string): KubeObject {
  const { apiVersion, kind } = object
  const { name, namespace, uid = '', resourceVersion = '' } = object.metadata
  const { type, reason, message, component, fieldPath } = happening
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: eventName, namespace: namespace ?? 'default' },
    involvedObject: {
      kind,
      ...(namespace === undefined ? {} : { namespace }),
      name,
      uid,
      apiVersion,
      resourceVersion,
      ...(fieldPath === undefined ? {} : { fieldPath }),
    },
    reason,
    message,
    source: { component, ...(component === 'kubelet' ? { host: 'node-1' } : {}) },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    type,
    reportingComponent: component,
    reportingInstance: component === 'kubelet' ? 'node-1' : '',
  }
}
