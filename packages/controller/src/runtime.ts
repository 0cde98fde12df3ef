import type { KubeObject } from '@sluice/api'
import { Informer, type InformerOptions, type KindRef, type KubeClient } from '@sluice/kube'
import { Controller } from './controller.ts'
import { EventRecorder } from './events.ts'
import type { Log } from './log.ts'
import { Metrics } from './metrics.ts'
import type { CommonStatus } from './outcome.ts'
import type { Reconciler } from './reconciler.ts'

/**
 * What the controllers of one process share: the client, one watch cache a kind, events, metrics. Reconcilers get their
 * caches here before {@link Runtime.start}; two that read the same kind read the same cache.
 */
export class Runtime {
  readonly client: KubeClient
  readonly log: Log
  readonly metrics = new Metrics()
  readonly #informers = new Map<string, Informer<KubeObject>>()
  readonly #controllers: { start(): Promise<void>; close(): Promise<void> }[] = []
  readonly #recorders = new Map<string, EventRecorder>()
  #ready = false

  constructor(options: { client: KubeClient; log: Log }) {
    this.client = options.client
    this.log = options.log
  }

  /** The shared cache of a kind's whole objects, in all namespaces. */
  informer(kind: KindRef): Informer<KubeObject> {
    const key = `${kind.apiVersion}/${kind.kind}`
    const known = this.#informers.get(key)
    if (known) return known
    const made = this.privateInformer<KubeObject>(kind, { keep: object => object })
    this.#informers.set(key, made)
    return made
  }

  /** A cache of one's own: with selectors, or keeping less than whole objects. The owner starts and closes it. */
  privateInformer<K>(kind: KindRef, options: Omit<InformerOptions<K>, 'onError'>): Informer<K> {
    return new Informer<K>(this.client, kind, {
      ...options,
      onError: error => this.log.warn({ err: error, kind: kind.kind }, 'watch broke off, trying again'),
    })
  }

  events(component: string): EventRecorder {
    let recorder = this.#recorders.get(component)
    if (!recorder) {
      recorder = new EventRecorder(this.client, component, this.log)
      this.#recorders.set(component, recorder)
    }
    return recorder
  }

  add<T extends KubeObject, S extends CommonStatus>(reconciler: Reconciler<T, S>): void {
    const { client, log, metrics } = this
    const informer = this.informer(reconciler.kind)
    const parts = { client, log, metrics, informer, events: this.events(reconciler.name) }
    this.#controllers.push(new Controller(reconciler, parts))
  }

  get ready(): boolean {
    return this.#ready
  }

  async start(): Promise<void> {
    for (const informer of this.#informers.values()) informer.start()
    await Promise.all([...this.#informers.values()].map(informer => informer.synced))
    await Promise.all(this.#controllers.map(controller => controller.start()))
    this.#ready = true
  }

  async close(): Promise<void> {
    this.#ready = false
    await Promise.all(this.#controllers.map(controller => controller.close()))
    await Promise.all([...this.#informers.values()].map(informer => informer.close()))
    await Promise.all([...this.#recorders.values()].map(recorder => recorder.flush()))
  }
}
