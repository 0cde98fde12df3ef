import type { KubeObject } from '@sluice/api'
import { Informer, type InformerOptions, type KindRef, type KubeClient, labelMatcher } from '@sluice/kube'
import { Controller } from './controller.ts'
import { EventPoster } from './event-poster.ts'
import { EventRecorder } from './events.ts'
import { LeaderElection, type LeaderElectionOptions } from './leader-election.ts'
import type { Log } from './log.ts'
import { Metrics } from './metrics.ts'
import type { CommonStatus } from './outcome.ts'
import type { Reconciler } from './reconciler.ts'
import type { Backoff } from './work-queue.ts'

/**
 * What the controllers of one process share: the client, one watch cache a kind, events, metrics, leadership. Reconcilers
 * get their caches here before {@link Runtime.start}; two that read the same kind read the same cache.
 */
export interface RuntimeOptions {
  client: KubeClient
  log: Log
  /** Watch objects of this namespace only (`--watch-all-namespaces=false`). */
  namespace?: string
  /** Reconcile only what carries these labels (`--watch-label-selector`); sources and dependencies are seen all the same. */
  labelSelector?: string
  /** URL that each event is posted to (`--events-addr`). */
  eventsAddress?: string
  /** Reconcile only while holding this Lease (`--enable-leader-election`). */
  leaderElection?: Omit<LeaderElectionOptions, 'client' | 'log'>
  /** Of failures without a time of their own (`--min-retry-delay`, `--max-retry-delay`). */
  backoff?: Backoff
}

/** How long runs under way may take to come to an end when we stop, and when another replica leads already; milliseconds. */
const GRACE = 30_000
const LOST_GRACE = 2000
/** How long events may take to be written when we stop, in milliseconds. */
const EVENTS_GRACE = 5000

export class Runtime {
  readonly client: KubeClient
  readonly log: Log
  readonly metrics = new Metrics()
  /** Settles when leadership was lost and everything has stopped: the process should end, to be started anew. */
  readonly lost: Promise<void>
  readonly #options: RuntimeOptions
  readonly #offAnswers: () => void
  readonly #selects: (object: KubeObject) => boolean
  readonly #informers = new Map<string, Informer<KubeObject>>()
  readonly #controllers: { start(): Promise<void>; close(grace: number): Promise<void> }[] = []
  readonly #recorders = new Map<string, EventRecorder>()
  readonly #poster: EventPoster | undefined
  readonly #election: LeaderElection | undefined
  #markLost: () => void = () => {}
  #started = false
  #ready = false
  #closing: Promise<void> | undefined

  /** Throws when an option cannot be understood. */
  constructor(options: RuntimeOptions) {
    const { client, log, labelSelector = '', eventsAddress, leaderElection } = options
    this.client = client
    this.log = log
    this.#options = options
    const matches = labelMatcher(labelSelector)
    const { host } = new URL(client.transport.server)
    this.#offAnswers = client.transport.onAnswer((method, code) => this.metrics.answered(method, code, host))
    this.#selects = object => matches(object.metadata.labels)
    this.#poster = eventsAddress ? new EventPoster({ address: eventsAddress, log }) : undefined
    this.#election = leaderElection ? new LeaderElection({ ...leaderElection, client, log }) : undefined
    this.lost = new Promise(resolve => {
      this.#markLost = resolve
    })
  }

  /** The shared cache of a kind's objects, whole but for `managedFields`. */
  informer(kind: KindRef): Informer<KubeObject> {
    const key = `${kind.apiVersion}/${kind.kind}`
    const known = this.#informers.get(key)
    if (known) return known
    const made = this.privateInformer<KubeObject>(kind, { keep: withoutManagedFields })
    this.#informers.set(key, made)
    if (this.#started) made.start()
    return made
  }

  /** A cache of one's own: with selectors, or keeping less than whole objects. The owner starts and closes it. */
  privateInformer<K>(kind: KindRef, options: Omit<InformerOptions<K>, 'onError'>): Informer<K> {
    return new Informer<K>(this.client, kind, {
      namespace: this.#options.namespace,
      ...options,
      onError: error => this.log.warn({ err: error, kind: kind.kind }, 'watch broke off, trying again'),
    })
  }

  events(component: string): EventRecorder {
    let recorder = this.#recorders.get(component)
    if (!recorder) {
      recorder = new EventRecorder({ client: this.client, component, log: this.log, poster: this.#poster })
      this.#recorders.set(component, recorder)
    }
    return recorder
  }

  add<T extends KubeObject, S extends CommonStatus>(reconciler: Reconciler<T, S>): void {
    const { client, log, metrics } = this
    const informer = this.informer(reconciler.kind)
    const shared = { client, log, metrics, selects: this.#selects, backoff: this.#options.backoff }
    this.#controllers.push(new Controller(reconciler, { ...shared, informer, events: this.events(reconciler.name) }))
  }

  /** The caches are in. True also of a replica that waits to lead: it is ready to. */
  get ready(): boolean {
    return this.#ready
  }

  /** Settles when all controllers run, or when closed before: caches first, then leadership, then work. */
  async start(): Promise<void> {
    this.#started = true
    for (const informer of this.#informers.values()) informer.start()
    await Promise.all([...this.#informers.values()].map(informer => informer.synced))
    if (this.#closing) return
    this.#ready = true
    if (this.#election) {
      if (!(await this.#election.acquire()) || this.#closing) return
      void this.#election.lost.then(() => this.close(LOST_GRACE)).then(this.#markLost)
    }
    await Promise.all(this.#controllers.map(controller => controller.start()))
  }

  /** Runs under way have `grace` milliseconds to come to an end. */
  close(grace = GRACE): Promise<void> {
    this.#closing ??= this.#close(grace)
    return this.#closing
  }

  /** The Lease goes last: nobody else shall begin before we have ended. */
  async #close(grace: number): Promise<void> {
    this.#ready = false
    await Promise.all(this.#controllers.map(controller => controller.close(grace)))
    await Promise.all([...this.#informers.values()].map(informer => informer.close()))
    await Promise.all([...this.#recorders.values()].map(recorder => recorder.close(EVENTS_GRACE)))
    await this.#poster?.close(EVENTS_GRACE)
    await this.#election?.close()
    this.#offAnswers()
  }
}

/** Nobody asks the cache who owns which field, and the answer can be longer than the object. */
function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}
