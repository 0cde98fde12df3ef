import type { KubeObject } from '@sluice/api'
import { ApiError } from './api-error.ts'
import type { KindRef, KubeClient, ListOptions } from './client.ts'
import { NoMatchError } from './discovery.ts'

/**
 * A kind's objects as the API server has them, kept up to date by list and watch: resumed where it broke off, listed
 * again when the server has forgotten that place. What is kept of an object is up to `keep`, so that a watch over
 * thousands of objects can cost bytes instead of whole objects.
 */
export interface InformerOptions<K> extends ListOptions {
  /** What to remember of an object. */
  keep: (object: KubeObject) => K
  /** Told of failures that are being retried. */
  onError?: (error: unknown) => void
}

export interface Change<K> {
  type: 'added' | 'modified' | 'deleted'
  /** The object as the event brought it; for `deleted`, its last state. */
  object: KubeObject
  kept: K
  before: K | undefined
}

interface Entry<K> {
  resourceVersion: string
  kept: K
}

/** Waiting times after a failed list or watch, in milliseconds. */
const RETRY_FIRST = 200
const RETRY_MOST = 15_000

export class Informer<K = KubeObject> {
  readonly kind: KindRef
  /** Settles when the first list is in. Never rejects: an unreachable server is retried. */
  readonly synced: Promise<void>
  readonly #client: KubeClient
  readonly #options: InformerOptions<K>
  readonly #entries = new Map<string, Entry<K>>()
  readonly #handlers = new Set<(change: Change<K>) => void>()
  readonly #stop = new AbortController()
  #markSynced: () => void = () => {}
  /** Resource version up to which the watch has told us everything. */
  #reached = ''
  #finished: Promise<void> | undefined

  constructor(client: KubeClient, kind: KindRef, options: InformerOptions<K>) {
    this.#client = client
    this.kind = kind
    this.#options = options
    this.synced = new Promise(resolve => {
      this.#markSynced = resolve
    })
  }

  start(): this {
    this.#finished ??= this.#run()
    return this
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#finished
  }

  /** `handler` is called for every change from now on; call it before {@link start} to miss none. */
  onChange(handler: (change: Change<K>) => void): () => void {
    this.#handlers.add(handler)
    return () => this.#handlers.delete(handler)
  }

  get(namespace: string | undefined, name: string): K | undefined {
    return this.#entries.get(keyOf(namespace, name))?.kept
  }

  has(namespace: string | undefined, name: string): boolean {
    return this.#entries.has(keyOf(namespace, name))
  }

  *values(): Generator<K> {
    for (const { kept } of this.#entries.values()) yield kept
  }

  get size(): number {
    return this.#entries.size
  }

  /**
   * Takes in an object we got as an answer to our own write, so that the next read sees it before the watch brings it.
   * Handlers are told at once, because the watch's own event for it will then be old news.
   */
  observe(object: KubeObject): void {
    const { namespace, name, resourceVersion } = object.metadata
    // The watch may already have told of its deletion: an answer from before that must not bring it back.
    if (!this.has(namespace, name) && !isNewer(resourceVersion, this.#reached)) return
    this.#upsert(object)
  }

  async #run(): Promise<void> {
    let wait = RETRY_FIRST
    while (!this.#stop.signal.aborted) {
      try {
        let from = await this.#list()
        this.#markSynced()
        while (!this.#stop.signal.aborted) {
          from = await this.#watch(from, () => {
            wait = RETRY_FIRST
          })
        }
      } catch (error) {
        if (this.#stop.signal.aborted) return
        const forgotten = error instanceof ApiError && error.code === 410
        if (!forgotten) {
          if (!(error instanceof NoMatchError)) this.#options.onError?.(error)
          await pause(wait * (0.75 + Math.random() / 2), this.#stop.signal)
          wait = Math.min(wait * 2, error instanceof NoMatchError ? 2_000 : RETRY_MOST)
        }
      }
    }
  }

  async #list(): Promise<string> {
    const { items, resourceVersion } = await this.#client.list(this.kind, this.#options)
    const seen = new Set<string>()
    for (const object of items) {
      seen.add(keyOf(object.metadata.namespace, object.metadata.name))
      this.#upsert(object)
    }
    for (const [key, entry] of this.#entries) if (!seen.has(key)) this.#drop(key, entry, undefined)
    this.#reached = resourceVersion
    return resourceVersion
  }

  /** Runs one watch to its end; answers the resourceVersion to go on from. */
  async #watch(from: string, progress: () => void): Promise<string> {
    let at = from
    const events = this.#client.watch(this.kind, { ...this.#options, resourceVersion: from, signal: this.#stop.signal })
    for await (const { type, object } of events) {
      if (type === 'ERROR') {
        const status = object as unknown as { code?: number; reason?: string; message?: string }
        throw new ApiError(status.code ?? 500, status.reason ?? 'InternalError', status.message ?? 'watch failed')
      }
      progress()
      at = object.metadata.resourceVersion ?? at
      this.#reached = at
      if (type === 'BOOKMARK') continue
      if (type === 'DELETED') {
        const key = keyOf(object.metadata.namespace, object.metadata.name)
        const entry = this.#entries.get(key)
        if (entry) this.#drop(key, entry, object)
      } else this.#upsert(object)
    }
    return at
  }

  #upsert(object: KubeObject): void {
    const key = keyOf(object.metadata.namespace, object.metadata.name)
    const known = this.#entries.get(key)
    const resourceVersion = object.metadata.resourceVersion ?? ''
    if (known && !isNewer(resourceVersion, known.resourceVersion)) return
    const kept = this.#options.keep(object)
    this.#entries.set(key, { resourceVersion, kept })
    this.#tell({ type: known ? 'modified' : 'added', object, kept, before: known?.kept })
  }

  #drop(key: string, entry: Entry<K>, object: KubeObject | undefined): void {
    this.#entries.delete(key)
    const [namespace = '', name = ''] = key.split('/')
    const last = object ?? { ...this.kind, metadata: { name, namespace: namespace || undefined } }
    this.#tell({ type: 'deleted', object: last, kept: entry.kept, before: entry.kept })
  }

  #tell(change: Change<K>): void {
    for (const handler of this.#handlers) handler(change)
  }
}

export const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`

/** Resource versions of one server are decimal numbers that grow (guaranteed since Kubernetes 1.35, true before). */
export function isNewer(a: string | undefined, b: string | undefined): boolean {
  if (!a || !b) return true
  return a.length === b.length ? a > b : a.length > b.length
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done)
  })
}
