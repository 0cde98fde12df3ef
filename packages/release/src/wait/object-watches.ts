/**
 * Watches shared by all who wait: one a kind and namespace (or one a kind for the whole cluster), opened when
 * somebody waits for an object of it and closed a while after nobody does.
 */
import type { KubeObject, ObjectRef } from '@sluice/api'
import { ApiError, type Change, Informer, isNotFound, type KubeClient, keyOf } from '@sluice/kube'

/** Told of an object whenever it changed, and of its absence. */
export type ObjectListener = (object: KubeObject | undefined) => void

export interface WatchedSet {
  /** Of what carries these labels. */
  labelSelector?: string
  /** Only the one object: for what carries no mark. */
  single?: boolean
}

interface Watch {
  informer: Informer
  listeners: Map<string, Set<ObjectListener>>
  idle: NodeJS.Timeout | undefined
}

/** Milliseconds that a watch stays open for the next one who waits. */
const lingerFor = 5000
/** Milliseconds between looks at an object that may be read but not watched. */
const lookEvery = 2000

export class ObjectWatches {
  readonly #client: KubeClient
  readonly #clusterWide: boolean
  readonly #watches = new Map<string, Watch>()
  /** Kinds that this identity may not watch. */
  readonly #refused = new Set<string>()
  #closed = false

  constructor(client: KubeClient, clusterWide: boolean) {
    this.#client = client
    this.#clusterWide = clusterWide
  }

  /** Tells `listener` how the object stands once that is known, and from then on. The answer ends it. */
  follow(ref: ObjectRef, set: WatchedSet, seen: KubeObject | undefined, listener: ObjectListener): () => void {
    // Work that goes on a little after the end must not begin a watch that nobody ends.
    if (this.#closed) return () => {}
    const isWide = this.#clusterWide && !set.single
    const namespace = isWide ? undefined : ref.namespace
    const key = [ref.apiVersion, ref.kind, namespace ?? '', set.single ? ref.name : '', set.labelSelector ?? ''].join(
      ' ',
    )
    if (this.#refused.has(key)) return this.#look(ref, listener)
    const watch = this.#watches.get(key) ?? this.#open(key, ref, namespace, set)
    clearTimeout(watch.idle)
    const place = keyOf(ref.namespace, ref.name)
    const listeners = watch.listeners.get(place) ?? new Set()
    watch.listeners.set(place, listeners.add(listener))
    if (seen) watch.informer.observe(seen)
    let looking: (() => void) | undefined
    watch.informer.tried.then(() => {
      if (!listeners.has(listener)) return
      if (watch.informer.isSynced) listener(watch.informer.get(ref.namespace, ref.name))
      else if (this.#refused.has(key)) looking = this.#look(ref, listener)
    })
    return () => {
      looking?.()
      listeners.delete(listener)
      if (listeners.size === 0) watch.listeners.delete(place)
      if (watch.listeners.size === 0) this.#closeLater(key, watch)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    const watches = [...this.#watches.values()]
    this.#watches.clear()
    for (const { idle } of watches) clearTimeout(idle)
    await Promise.all(watches.map(({ informer }) => informer.close()))
  }

  #open(key: string, ref: ObjectRef, namespace: string | undefined, set: WatchedSet): Watch {
    const { apiVersion, kind, name } = ref
    const informer: Informer = new Informer<KubeObject>(
      this.#client,
      { apiVersion, kind },
      {
        namespace,
        labelSelector: set.labelSelector,
        fieldSelector: set.single ? `metadata.name=${name}` : undefined,
        keep: object => object,
        onError: error => this.#onError(key, error),
      },
    )
    const watch: Watch = { informer, listeners: new Map(), idle: undefined }
    informer.onChange(change => tell(watch, change))
    this.#watches.set(key, watch)
    informer.start()
    return watch
  }

  #onError(key: string, error: unknown): void {
    if (!(error instanceof ApiError) || error.code !== 403) return
    this.#refused.add(key)
    const watch = this.#watches.get(key)
    this.#watches.delete(key)
    watch?.informer.close().catch(() => {})
  }

  #closeLater(key: string, watch: Watch): void {
    clearTimeout(watch.idle)
    watch.idle = setTimeout(() => {
      if (watch.listeners.size > 0 || this.#watches.get(key) !== watch) return
      this.#watches.delete(key)
      watch.informer.close().catch(() => {})
    }, lingerFor)
    watch.idle.unref()
  }

  /** For who may not watch: looks again and again. */
  #look(ref: ObjectRef, listener: ObjectListener): () => void {
    const stop = new AbortController()
    const look = async () => {
      while (!stop.signal.aborted) {
        try {
          listener(await this.#client.get(ref, undefined, stop.signal))
        } catch (error) {
          if (isNotFound(error)) listener(undefined)
        }
        await pause(stop.signal)
      }
    }
    look()
    return () => stop.abort()
  }
}

function tell({ listeners }: Watch, { type, object }: Change<KubeObject>): void {
  const { namespace, name } = object.metadata
  for (const listener of listeners.get(keyOf(namespace, name)) ?? []) listener(type === 'deleted' ? undefined : object)
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, lookEvery)
    signal.addEventListener('abort', end)
  })
}
