import type { KubeObject } from '@sluice/api'
import { type Change, type Informer, isConflict, isNotFound, type KubeClient } from '@sluice/kube'
import type { EventRecorder } from './events.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { CommonStatus, FinalOutcome, Next, Outcome } from './outcome.ts'
import type { ReconcileContext, Reconciler, Wake } from './reconciler.ts'
import { statusPatch } from './status-patch.ts'
import { type Backoff, WorkQueue } from './work-queue.ts'

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
  /** Whether an object is ours to reconcile, when others share the kind with us (sharding). */
  selects?: (object: KubeObject) => boolean
  /** Of failures without a time of their own. */
  backoff?: Backoff
}

const CONCURRENCY = 16
/** Tries of a finalizer's patch when others write to the object at the same time. */
const CONFLICTS = 5

/** The object a run is about is no more: there is nothing left to say about it. */
class ObjectGone extends Error {
  override name = 'ObjectGone'
}

export class Controller<T extends KubeObject, S extends CommonStatus> {
  readonly reconciler: Reconciler<T, S>
  readonly #parts: ControllerParts
  readonly #queue: WorkQueue
  readonly #stop = new AbortController()
  /** Runs under way, and when they began. */
  readonly #running = new Map<Promise<void>, number>()
  #started = false

  constructor(reconciler: Reconciler<T, S>, parts: ControllerParts) {
    this.reconciler = reconciler
    this.#parts = parts
    this.#queue = new WorkQueue({ backoff: parts.backoff })
    this.#queue.onReady(() => this.#pump())
    parts.metrics.controller(reconciler.name, this.#limit, () => this.#longestRun())
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

  /** No new runs; those under way are told to stop and awaited, for at most `grace` milliseconds. */
  async close(grace: number): Promise<void> {
    this.#stop.abort()
    this.#queue.close()
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>(resolve => {
      timer = setTimeout(resolve, grace)
    })
    await Promise.race([Promise.allSettled(this.#running.keys()), patience])
    clearTimeout(timer)
    await this.reconciler.close?.()
  }

  #onChange(change: Change<KubeObject>): void {
    const { object, before } = change
    const { namespace = '', name } = object.metadata
    const key = `${namespace}/${name}`
    const wasOurs = before !== undefined && this.#isOurs(before)
    if (change.type === 'deleted' || !this.#isOurs(object)) {
      if (wasOurs) this.#forget(key)
      return
    }
    if (change.type === 'added' || !wasOurs) {
      this.#queue.add(key)
      return
    }
    if (object.metadata.uid !== before.metadata.uid) {
      // Deleted and made anew while nobody was watching: what is remembered is of another object.
      this.#forget(key)
      this.#queue.add(key)
      return
    }
    const asked = object.metadata.annotations?.[REQUESTED_AT]
    const urgent = asked !== undefined && asked !== before.metadata.annotations?.[REQUESTED_AT]
    const changed =
      object.metadata.generation !== before.metadata.generation ||
      object.metadata.deletionTimestamp !== before.metadata.deletionTimestamp
    if (changed || urgent) this.#queue.add(key, urgent)
  }

  /** Seconds since the longest run under way began. */
  #longestRun(): number {
    const [began] = this.#running.values()
    return began === undefined ? 0 : (performance.now() - began) / 1000
  }

  #isOurs(object: KubeObject): boolean {
    return this.#parts.selects?.(object) ?? true
  }

  /** The object as the cache has it, if it is there and ours. */
  #current(key: string): T | undefined {
    const { namespace, name } = namesOf(key)
    const object = this.#parts.informer.get(namespace, name)
    return object && this.#isOurs(object) ? (object as T) : undefined
  }

  #forget(key: string): void {
    const { namespace, name } = namesOf(key)
    this.#queue.remove(key)
    this.reconciler.forget?.(namespace, name)
    this.#parts.metrics.forget(this.reconciler.kind.kind, namespace, name)
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
      this.#running.set(run, performance.now())
    }
    this.#parts.metrics.load(this.reconciler.name, this.#queue.length, this.#running.size)
  }

  async #run(key: string): Promise<void> {
    const object = this.#current(key)
    if (!object) {
      this.#queue.forget(key)
      return
    }
    const { namespace, name } = namesOf(key)
    const began = performance.now()
    const log = this.#parts.log.child({
      controller: this.reconciler.name,
      kind: this.reconciler.kind.kind,
      namespace,
      name,
    })
    let result: Next | 'error' = 'error'
    try {
      result = await this.#reconcile(object, log)
      this.#schedule(key, result)
    } catch (error) {
      if (this.#stop.signal.aborted) return
      // Gone for all the server says; the watch will tell, and if it does not, another look is due.
      const delay = this.#queue.addRateLimited(key)
      const told = { err: error, retryInMilliseconds: delay }
      if (error instanceof ObjectGone) log.debug(told, 'the object is gone')
      else log.error(told, 'Reconciler error')
    } finally {
      const seconds = (performance.now() - began) / 1000
      this.#parts.metrics.reconciled(this.reconciler.kind.kind, namespace, name, this.reconciler.name, result, seconds)
      // Deleted during the run: what the run has remembered since must not stay.
      if (!this.#current(key)) this.#forget(key)
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
    if (reconciler.finalizer) {
      const wanted = reconciler.wantsFinalizer?.(object) ?? true
      const present = metadata.finalizers?.includes(reconciler.finalizer) ?? false
      if (wanted && !present) object = await this.#patchFinalizers(object, reconciler.finalizer, true)
      else if (present && !wanted && !isSuspended(object)) {
        const next = await this.#finalize(object, context)
        if (next.kind !== 'done') return next
      }
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
    await this.#patchFinalizers(object, finalizer, false)
    return { kind: 'done' }
  }

  /** Guarded by the resourceVersion: a list is replaced whole, and somebody else's finalizer must not be lost. */
  async #patchFinalizers(object: T, finalizer: string, present: boolean): Promise<T> {
    const { client, informer } = this.#parts
    for (let latest = object, tries = 1; ; tries++) {
      const { finalizers = [], resourceVersion } = latest.metadata
      if (finalizers.includes(finalizer) === present) return latest
      const next = present ? [...finalizers, finalizer] : finalizers.filter(f => f !== finalizer)
      const body = { metadata: { finalizers: next.length > 0 ? next : null, resourceVersion } }
      try {
        const options = { fieldManager: this.reconciler.statusManager }
        const patched = await client.patch<T>(refOf(object), body, 'merge', options)
        // Without a finalizer left, this was its last state.
        if (next.length > 0) informer.observe(patched)
        return patched
      } catch (error) {
        if (!isConflict(error) || tries >= CONFLICTS) throw gone(error)
      }
      latest = await client.get<T>(refOf(object)).catch(error => {
        throw gone(error)
      })
      if (latest.metadata.uid !== object.metadata.uid) throw new ObjectGone('another object has its name now')
    }
  }

  async #writeStatus(object: T, written: { status: S }, status: S): Promise<void> {
    const patch = statusPatch(written.status, status)
    if (!patch) return
    const known = this.#parts.informer.get(object.metadata.namespace, object.metadata.name)
    if (known && known.metadata.uid !== object.metadata.uid) throw new ObjectGone('another object has its name now')
    const options = { subresource: 'status', fieldManager: this.reconciler.statusManager }
    try {
      const patched = await this.#parts.client.patch<T>(refOf(object), { status: patch }, 'merge', options)
      written.status = status
      this.#parts.informer.observe(patched)
    } catch (error) {
      throw gone(error)
    }
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

function namesOf(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/')
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

/** A write to the object itself that finds nothing. */
const gone = (error: unknown): unknown =>
  isNotFound(error) ? new ObjectGone('it was deleted', { cause: error }) : error

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
