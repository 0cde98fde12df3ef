import type { KubeObject } from '@sluice/api'
import { ApiError, ConnectionError } from './api-error.ts'
import type { KindRef, KubeClient, ListOptions } from './client.ts'
import { NoMatchError } from './discovery.ts'
import { type LabelMatcher, labelMatcher } from './label-selector.ts'

/**
 * A kind's objects as the API server has them, kept up to date by list and watch: resumed where it broke off, listed
 * again when the server has forgotten that place. What is kept of an object is up to `keep`, so that a watch over
 * thousands of objects can cost bytes instead of whole objects.
 */
export interface InformerOptions<K> extends Omit<ListOptions, 'signal'> {
  /** What to remember of an object. */
  keep: (object: KubeObject) => K
  /** Told of failures that are being retried, and of what handlers throw. */
  onError?: (error: unknown) => void
}

export interface Change<K> {
  type: 'added' | 'modified' | 'deleted'
  /** The object as the event brought it; for `deleted`, its last state, or only its name when nobody was watching. */
  object: KubeObject
  kept: K
  before: K | undefined
}

interface Entry<K> {
  uid: string
  resourceVersion: string
  kept: K
}

/** Waiting times after a failed list or watch, in milliseconds. */
const RETRY_FIRST = 200
const RETRY_MOST = 15_000
/** While the kind is not served: to ask for it costs next to nothing. */
const UNSERVED_MOST = 2000
/** Each watch is asked for anew after this time and up to as much more, so that they never all end at once. */
const WATCH_SECONDS = 300
/** A connection on which nothing came for so long, not even a bookmark, may be dead. */
const SILENCE_MOST = 180_000

export class Informer<K = KubeObject> {
  readonly kind: KindRef
  /** Settles when the first list is in, or when it or its client is closed. Never rejects: an unreachable server is retried. */
  readonly synced: Promise<void>
  /** Settles when the first list was answered, well or not, or when closed. */
  readonly tried: Promise<void>
  readonly #client: KubeClient
  readonly #options: InformerOptions<K>
  readonly #matches: LabelMatcher
  readonly #entries = new Map<string, Entry<K>>()
  readonly #handlers = new Set<(change: Change<K>) => void>()
  readonly #stop = new AbortController()
  #markSynced: () => void = () => {}
  #markTried: () => void = () => {}
  #isSynced = false
  /** Resource version up to which we know everything; empty until the first list is in. */
  #reached = ''
  #finished: Promise<void> | undefined

  constructor(client: KubeClient, kind: KindRef, options: InformerOptions<K>) {
    this.#client = client
    this.kind = kind
    this.#options = options
    this.#matches = labelMatcher(options.labelSelector ?? '')
    this.synced = new Promise(resolve => {
      this.#markSynced = resolve
    })
    this.tried = new Promise(resolve => {
      this.#markTried = resolve
    })
  }

  start(): this {
    this.#finished ??= this.#run().finally(() => {
      this.#markSynced()
      this.#markTried()
    })
    return this
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#markSynced()
    this.#markTried()
    await this.#finished
  }

  /** Whether the first list is in. */
  get isSynced(): boolean {
    return this.#isSynced
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
    const { namespace, name, resourceVersion, labels } = object.metadata
    const { namespace: only, fieldSelector } = this.#options
    // What the watch does not cover it could never correct.
    if (!this.#matches(labels) || (only && namespace && namespace !== only)) return
    // The watch may already have told of its deletion: an answer from before that must not bring it back.
    if (!this.has(namespace, name) && (fieldSelector || !isNewer(resourceVersion, this.#reached))) return
    this.#upsert(object)
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    let listed = false
    let wait = RETRY_FIRST
    let most = RETRY_MOST
    while (!signal.aborted) {
      let heard = false
      const began = performance.now()
      try {
        if (!listed) {
          await this.#list()
          listed = true
          this.#isSynced = true
          this.#markSynced()
          this.#markTried()
        }
        await this.#watch(() => {
          heard = true
        })
      } catch (error) {
        // A closed client is never opened again: who forgets to close us must not have us ask for ever.
        if (signal.aborted || this.#client.transport.isClosed) return
        this.#markTried()
        most = error instanceof NoMatchError ? UNSERVED_MOST : RETRY_MOST
        // A broken connection and a busy server say nothing about the place we were at; any other refusal may.
        if (!isPassing(error)) listed = false
        if (error instanceof ApiError && error.retryAfter) wait = Math.max(wait, error.retryAfter * 1000)
        if (!isExpired(error) && !(error instanceof NoMatchError)) this.#options.onError?.(error)
        if (heard) wait = RETRY_FIRST
        if (isExpired(error) && heard) continue
      }
      // Ended by the server after its time is no failure; a server that ends each watch at once must not be hammered.
      if (heard || (listed && performance.now() - began > RETRY_MOST)) {
        wait = RETRY_FIRST
        if (listed) continue
      }
      const ranOut = await this.#pause(wait * (0.75 + Math.random() / 2))
      if (ranOut) wait = Math.min(wait * 2, most)
    }
  }

  async #list(): Promise<void> {
    const seen = new Set<string>()
    let version = ''
    let rewound = false
    const pages = this.#client.pages(this.kind, { ...this.#options, signal: this.#stop.signal })
    for await (const page of pages) {
      version = page.resourceVersion
      // A server restored from a backup counts from an older version: what it says is true all the same.
      rewound = this.#reached !== '' && !isNewer(version, this.#reached) && version !== this.#reached
      for (const object of page.items) {
        seen.add(keyOf(object.metadata.namespace, object.metadata.name))
        this.#upsert(object, rewound)
      }
    }
    for (const [key, entry] of this.#entries) {
      // Made by us since the list was taken: the watch will tell of it.
      const since = !rewound && isNewer(entry.resourceVersion, version)
      if (!seen.has(key) && !since) this.#drop(key, entry, undefined)
    }
    this.#reached = version
  }

  /** Runs one watch to its end, from where we are. */
  async #watch(heard: () => void): Promise<void> {
    const events = this.#client.watch(this.kind, {
      ...this.#options,
      resourceVersion: this.#reached,
      timeoutSeconds: Math.round(WATCH_SECONDS * (1 + Math.random())),
      idleTimeout: SILENCE_MOST,
      signal: this.#stop.signal,
    })
    for await (const event of events) {
      if (event.type === 'ERROR') {
        const { code = 500, reason = 'InternalError', message = 'watch failed' } = event.object
        throw new ApiError(code, reason, message)
      }
      heard()
      const { type, object } = event
      this.#reached = object.metadata.resourceVersion ?? this.#reached
      if (type === 'BOOKMARK') continue
      if (type === 'DELETED') {
        const key = keyOf(object.metadata.namespace, object.metadata.name)
        const entry = this.#entries.get(key)
        // One of the same name that we made since is another object.
        if (entry && entry.uid === (object.metadata.uid ?? '')) this.#drop(key, entry, object)
      } else this.#upsert(object)
    }
  }

  #upsert(object: KubeObject, whateverVersion = false): void {
    const { namespace, name, uid = '', resourceVersion = '' } = object.metadata
    const key = keyOf(namespace, name)
    const known = this.#entries.get(key)
    if (known && known.resourceVersion === resourceVersion && known.uid === uid) return
    if (known && !whateverVersion && !isNewer(resourceVersion, known.resourceVersion)) return
    let kept: K
    try {
      kept = this.#options.keep(object)
    } catch (error) {
      this.#options.onError?.(error)
      return
    }
    this.#entries.set(key, { uid, resourceVersion, kept })
    this.#tell({ type: known ? 'modified' : 'added', object, kept, before: known?.kept })
  }

  #drop(key: string, entry: Entry<K>, object: KubeObject | undefined): void {
    this.#entries.delete(key)
    const [namespace = '', name = ''] = key.split('/')
    const last = object ?? { ...this.kind, metadata: { name, namespace: namespace || undefined } }
    this.#tell({ type: 'deleted', object: last, kept: entry.kept, before: entry.kept })
  }

  /** What one handler throws must keep no other from being told. */
  #tell(change: Change<K>): void {
    for (const handler of this.#handlers) {
      try {
        handler(change)
      } catch (error) {
        this.#options.onError?.(error)
      }
    }
  }

  /** `false`: ended early, when closed or when the server serves other kinds than before: ours may be among them now. */
  #pause(milliseconds: number): Promise<boolean> {
    const { signal } = this.#stop
    if (signal.aborted) return Promise.resolve(false)
    return new Promise(resolve => {
      const end = (ranOut: boolean) => {
        clearTimeout(timer)
        offChange()
        signal.removeEventListener('abort', cut)
        resolve(ranOut)
      }
      const cut = () => end(false)
      const timer = setTimeout(end, milliseconds, true)
      const offChange = this.#client.discovery.onChange(cut)
      signal.addEventListener('abort', cut)
    })
  }
}

const isPassing = (error: unknown): boolean =>
  error instanceof ConnectionError || (error instanceof ApiError && [429, 502, 503].includes(error.code))

/** The server has forgotten the place we want to go on from. */
const isExpired = (error: unknown): boolean => error instanceof ApiError && error.code === 410

export const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`

/** Resource versions of one server are decimal numbers that grow (guaranteed since Kubernetes 1.35, true before). */
export function isNewer(a: string | undefined, b: string | undefined): boolean {
  if (!a || !b) return true
  return a.length === b.length ? a > b : a.length > b.length
}
