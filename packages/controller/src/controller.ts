import type { KubeObject } from '@sluice/api'
import { type Change, type Informer, isNotFound, type KubeClient } from '@sluice/kube'
import type { EventRecorder } from './events.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { CommonStatus, FinalOutcome, Next, Outcome } from './outcome.ts'
import type { ReconcileContext, Reconciler, Wake } from './reconciler.ts'
import { statusPatch } from './status-patch.ts'
import { WorkQueue } from './work-queue.ts'

/**
 * Runs one reconciler: its kind's changes and its wake-ups go through the queue to a few concurrent runs; what a run
 * answers becomes status, events, metrics and the next wake-up.
 */
export const REQUESTED_AT = 'reconcile.fluxcd.io/requestedAt'

export interface ControllerParts {
  client: KubeClient
  informer: Informer<KubeObject>
  events: EventRecorder
  metrics: Metrics
  log: Log
}

const CONCURRENCY = 16

export class Controller<T extends KubeObject, S extends CommonStatus> {
  readonly reconciler: Reconciler<T, S>
  readonly #parts: ControllerParts
  readonly #queue = new WorkQueue()
  readonly #stop = new AbortController()
  readonly #running = new Set<Promise<void>>()
  #started = false

  constructor(reconciler: Reconciler<T, S>, parts: ControllerParts) {
    this.reconciler = reconciler
    this.#parts = parts
    this.#queue.onReady(() => this.#pump())
    parts.informer.onChange(change => this.#onChange(change))
  }

  get #limit(): number {
    return this.reconciler.concurrency ?? CONCURRENCY
  }

  async start(): Promise<void> {
    const wake: Wake = (namespace, name, options = {}) => {
      const key = `${namespace}/${name}`
      if (options.after === undefined) this.#queue.add(key, options.urgent)
      else this.#queue.addAfter(key, options.after)
    }
    await this.reconciler.start?.(wake)
    await this.#parts.informer.synced
    this.#started = true
    this.#pump()
  }

  /** No new runs; those under way are told to stop and awaited. */
  async close(): Promise<void> {
    this.#stop.abort()
    this.#queue.close()
    await Promise.allSettled(this.#running)
    await this.reconciler.close?.()
  }

  #onChange(change: Change<KubeObject>): void {
    const { object, before } = change
    const { namespace = '', name } = object.metadata
    const key = `${namespace}/${name}`
    if (change.type === 'deleted') {
      this.#queue.remove(key)
      this.reconciler.forget?.(namespace, name)
      this.#parts.metrics.forget(this.reconciler.kind.kind, namespace, name)
      return
    }
    if (change.type === 'added' || !before) {
      this.#queue.add(key)
      return
    }
    const asked = object.metadata.annotations?.[REQUESTED_AT]
    const urgent = asked !== undefined && asked !== before.metadata.annotations?.[REQUESTED_AT]
    const changed =
      object.metadata.generation !== before.metadata.generation ||
      object.metadata.uid !== before.metadata.uid ||
      object.metadata.deletionTimestamp !== before.metadata.deletionTimestamp
    if (changed || urgent) this.#queue.add(key, urgent)
  }

  #pump(): void {
    if (!this.#started) return
    while (this.#running.size < this.#limit && !this.#stop.signal.aborted) {
      const key = this.#queue.take()
      if (key === undefined) break
      const run = this.#run(key).finally(() => {
        this.#running.delete(run)
        this.#queue.done(key)
        this.#pump()
      })
      this.#running.add(run)
    }
    this.#parts.metrics.depth(this.reconciler.name, this.#queue.length)
  }

  async #run(key: string): Promise<void> {
    const slash = key.indexOf('/')
    const namespace = key.slice(0, slash)
    const name = key.slice(slash + 1)
    const began = performance.now()
    const log = this.#parts.log.child({
      controller: this.reconciler.name,
      kind: this.reconciler.kind.kind,
      namespace,
      name,
    })
    let result: Next['kind'] | 'error' = 'done'
    try {
      const object = this.#parts.informer.get(namespace, name) as T | undefined
      if (!object) return
      const next = await this.#reconcile(object, log)
      result = next.kind
      this.#schedule(key, next)
    } catch (error) {
      if (this.#stop.signal.aborted || isNotFound(error)) return
      result = 'error'
      const delay = this.#queue.addRateLimited(key)
      log.error({ err: error, retryInMilliseconds: delay }, 'Reconciler error')
    } finally {
      const seconds = (performance.now() - began) / 1000
      this.#parts.metrics.reconciled(this.reconciler.kind.kind, namespace, name, this.reconciler.name, result, seconds)
    }
  }

  async #reconcile(object: T, log: Log): Promise<Next> {
    const { reconciler } = this
    const { metadata } = object
    const written = { status: statusOf<S>(object) }
    const context: ReconcileContext<S> = {
      now: new Date(),
      log,
      signal: this.#stop.signal,
      progress: status => this.#writeStatus(object, written, status),
    }
    if (metadata.deletionTimestamp) return this.#finalize(object, context)
    if (reconciler.finalizer && !metadata.finalizers?.includes(reconciler.finalizer)) {
      object = await this.#addFinalizer(object, reconciler.finalizer)
    }
    if (isSuspended(object) && !reconciler.reconcilesSuspended) {
      await this.#writeStatus(object, written, handled(object, written.status))
      return { kind: 'stalled' }
    }
    const outcome: Outcome<S> = await reconciler.reconcile(object, context)
    await this.#writeStatus(object, written, handled(object, outcome.status))
    for (const event of outcome.events ?? []) this.#parts.events.record(object, event)
    return outcome.next
  }

  async #finalize(object: T, context: ReconcileContext<S>): Promise<Next> {
    const { finalizer } = this.reconciler
    if (!finalizer || !object.metadata.finalizers?.includes(finalizer)) return { kind: 'done' }
    const outcome: FinalOutcome = (await this.reconciler.finalize?.(object, context)) ?? { released: true }
    for (const event of outcome.events ?? []) this.#parts.events.record(object, event)
    if (!outcome.released) return { kind: 'retry', after: outcome.after }
    const finalizers = object.metadata.finalizers.filter(f => f !== finalizer)
    await this.#patchFinalizers(object, finalizers)
    return { kind: 'done' }
  }

  async #addFinalizer(object: T, finalizer: string): Promise<T> {
    return this.#patchFinalizers(object, [...(object.metadata.finalizers ?? []), finalizer])
  }

  /** Guarded by the resourceVersion: a list is replaced whole, and somebody else's finalizer must not be lost. */
  async #patchFinalizers(object: T, finalizers: string[]): Promise<T> {
    const latest = await this.#parts.client.get<T>(refOf(object))
    const current = latest.metadata.finalizers ?? []
    const { finalizer } = this.reconciler
    const added = finalizers.filter(f => f === finalizer)
    const next = [...current.filter(f => f !== finalizer), ...added]
    const body = {
      metadata: { finalizers: next.length > 0 ? next : null, resourceVersion: latest.metadata.resourceVersion },
    }
    const patched = await this.#parts.client.patch<T>(refOf(object), body, 'merge', {
      fieldManager: this.reconciler.statusManager,
    })
    if (next.length > 0) this.#parts.informer.observe(patched)
    return patched
  }

  async #writeStatus(object: T, written: { status: S }, status: S): Promise<void> {
    const patch = statusPatch(written.status, status)
    if (!patch) return
    const options = { subresource: 'status', fieldManager: this.reconciler.statusManager }
    const patched = await this.#parts.client.patch<T>(refOf(object), { status: patch }, 'merge', options)
    written.status = status
    this.#parts.informer.observe(patched)
  }

  #schedule(key: string, next: Next): void {
    if (next.kind === 'retry' && next.after === undefined) {
      this.#queue.addRateLimited(key)
      return
    }
    this.#queue.forget(key)
    if (next.kind !== 'stalled' && next.after !== undefined) this.#queue.addAfter(key, next.after)
  }
}

function refOf(object: KubeObject) {
  const { apiVersion, kind, metadata } = object
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name }
}

const statusOf = <S>(object: KubeObject): S => (object.status ?? {}) as S

const isSuspended = (object: KubeObject): boolean =>
  (object.spec as { suspend?: boolean } | undefined)?.suspend === true

/** Every pass, also a failed or suspended one, says which request it has seen. */
function handled<S extends CommonStatus>(object: KubeObject, status: S): S {
  const asked = object.metadata.annotations?.[REQUESTED_AT]
  return asked === undefined ? status : { ...status, lastHandledReconcileAt: asked }
}
