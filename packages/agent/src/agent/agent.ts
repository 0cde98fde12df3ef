import {
  apiVersionOf,
  type DesiredEvent,
  fieldManagers,
  fluxConfig as fluxConfigKind,
  isKind,
  type KubeObject,
  type StatusReport,
} from '@sluice/api'
import { type Backoff, type Log, timestamp } from '@sluice/controller'
import { type Change, Informer, isNotFound, type KubeClient, NoMatchError } from '@sluice/kube'
import { ExtensionManager } from '../extension/extension-manager.ts'
import { ExtensionRecords } from '../extension/extension-record.ts'
import { refOf } from '../fluxconfig/teardown.ts'
import { clusterToken } from './cluster-token.ts'
import { configurationReport } from './configuration-report.ts'
import { ConfigurationWriter } from './configuration-writer.ts'
import { CursorStore } from './cursor-store.ts'
import { CursorWatermark } from './cursor-watermark.ts'
import { DesiredFeed, type FeedTiming, feedTiming } from './desired-feed.ts'
import { heartbeatOf } from './heartbeat.ts'
import { agentLabels, markedResource } from './resource-marks.ts'
import { ResourceWorker } from './resource-worker.ts'
import { ServiceClient } from './service-client.ts'
import { StatusOutbox } from './status-outbox.ts'

/**
 * The fluxconfig agent and the extension manager of one cluster, in one process: takes desired state from the service, brings it into
 * the cluster, sends status back. All connections go out from here. Cut off from the service, the cluster goes on as it is; back again,
 * both sides tell each other what they have, and agree.
 */
export interface AgentOptions {
  kube: KubeClient
  serviceUrl: string
  /** PEM of the authorities to trust for the service; absent: the system's. */
  serviceCa?: string
  /** ARM id of the connected cluster. */
  resourceId: string
  /** The cluster's private key, PKCS#8 PEM. */
  privateKeyPem: string
  /** Where the agent keeps its own state. */
  namespace: string
  log: Log
  /** Version of this build: what the extension installs, and what heartbeats say. */
  version?: string
  /** Container image with this program, for the controllers. */
  image?: string
  timing?: Partial<AgentTiming>
}

/** All in milliseconds. */
export interface AgentTiming {
  feed: FeedTiming
  /** Status changes within this time are sent together. */
  gather: number
  heartbeat: number
  /** A stream silent for so long is dead. */
  silence: number
  extensionTimeout: number
  dropAfter: number
  retry: Backoff
}

const defaults: AgentTiming = {
  feed: feedTiming,
  gather: 200,
  heartbeat: 30_000,
  silence: 45_000,
  extensionTimeout: 600_000,
  dropAfter: 60_000,
  retry: { first: 500, most: 60_000 },
}

const fluxConfigs = { apiVersion: apiVersionOf(fluxConfigKind), kind: fluxConfigKind.kind }
const managed = Object.entries(agentLabels)
  .map(([key, value]) => `${key}=${value}`)
  .join(',')

/** Settles when the agent runs; it does not wait for the service. Throws when key, settings or the cluster's API are unusable. */
export async function startAgent(options: AgentOptions): Promise<{ close(): Promise<void> }> {
  const agent = new Agent(options)
  await agent.start()
  return agent
}

class Agent {
  readonly #options: AgentOptions
  readonly #log: Log
  readonly #timing: AgentTiming
  readonly #version: string
  readonly #client: ServiceClient
  readonly #configs: Informer<KubeObject>
  readonly #extensions: ExtensionManager
  readonly #records: ExtensionRecords
  readonly #cursors: CursorStore
  readonly #outbox: StatusOutbox
  readonly #worker: ResourceWorker
  #watermark: CursorWatermark | undefined
  #feed: DesiredFeed | undefined
  #beats: NodeJS.Timeout | undefined
  /** Resources the service lists and does not send: their time to be fetched is over. */
  #expired: ReadonlySet<string> = new Set()

  constructor(options: AgentOptions) {
    const { kube, namespace, resourceId, log, image = 'sluice', version = '0.0.0' } = options
    this.#options = options
    this.#log = log
    this.#version = version
    this.#timing = { ...defaults, ...options.timing }
    const { gather, feed, retry, dropAfter, silence, extensionTimeout } = this.#timing
    const token = clusterToken(resourceId, options.privateKeyPem)
    this.#client = new ServiceClient({ serviceUrl: options.serviceUrl, serviceCa: options.serviceCa, token, silence })
    // All of them: also those of others stand in the way of the extension's removal.
    this.#configs = new Informer<KubeObject>(kube, fluxConfigs, {
      keep: object => object,
      onError: error => log.debug({ err: error }, 'watch of FluxConfigs broke off, trying again'),
    })
    this.#records = new ExtensionRecords(kube, namespace)
    this.#cursors = new CursorStore({ kube, namespace, resourceId, log })
    this.#extensions = new ExtensionManager({
      kube,
      log,
      version,
      image,
      timeout: extensionTimeout,
      onChange: () => this.#worker.wakeAllExtensions(),
    })
    this.#outbox = new StatusOutbox({
      log,
      gather,
      send: reports => this.#client.status({ reports }),
      backoff: { first: feed.backoffFirst, most: feed.backoffMost },
      onAccepted: report => this.#onAccepted(report),
      onDelayed: ids => this.#noteDelivery(ids, false),
    })
    this.#worker = new ResourceWorker({
      kube,
      log,
      writer: new ConfigurationWriter(kube, log),
      extensions: this.#extensions,
      records: this.#records,
      backoff: retry,
      dropAfter,
      report: report => this.#outbox.put(report),
      observed: config => {
        const { namespace, name } = config.metadata
        this.#configs.observe(config)
        this.#tell(this.#configs.get(namespace, name) ?? config)
      },
      settled: id => this.#watermark?.settled(id),
      held: async id => {
        const configs = this.#configs.isSynced ? [...this.#configs.values()] : await this.#held()
        return configs.filter(config => markedResource(config)?.id === id)
      },
    })
  }

  async start(): Promise<void> {
    const [cursor, extensions] = await Promise.all([this.#cursors.load(), this.#records.load()])
    this.#watermark = new CursorWatermark(cursor, reached => this.#cursors.note(reached))
    this.#configs.onChange(change => this.#onConfig(change))
    this.#configs.start()
    this.#extensions.start()
    for (const item of extensions) this.#worker.take(item)
    this.#feed = new DesiredFeed(
      {
        client: this.#client,
        log: this.#log,
        timing: this.#timing.feed,
        onEvent: event => this.#onEvent(event),
        onConnected: () => {
          this.#log.info('connected to the service')
          this.#outbox.resend()
          void this.#beat()
        },
      },
      cursor,
    )
    this.#feed.start()
    this.#beats = setInterval(() => void this.#beat(), this.#timing.heartbeat)
  }

  async close(): Promise<void> {
    clearInterval(this.#beats)
    await this.#feed?.close()
    await this.#worker.close()
    await Promise.all([this.#outbox.close(), this.#cursors.close(), this.#configs.close(), this.#extensions.close()])
    await this.#client.close()
  }

  async #onEvent(event: DesiredEvent): Promise<void> {
    switch (event.event) {
      case 'item':
        this.#watermark?.arrived(event.cursor, event.item.id)
        this.#outbox.expect(event.item.id, event.item.generation)
        this.#cursors.takenBack(event.item.id)
        this.#worker.take(event.item)
        return
      case 'removed':
        this.#watermark?.arrived(event.cursor, event.id)
        this.#outbox.forget(event.id)
        this.#worker.dropped(event.id)
        return
      case 'synced':
        await this.#onSynced(event.ids, event.incarnation)
        this.#watermark?.arrived(event.cursor)
        return
    }
  }

  /**
   * Both sides compare what they have: what only we have goes, what only the service has is asked for once more. A record
   * that is new to us says nothing about what ran before: that stays, and runs on by itself.
   */
  async #onSynced(ids: readonly string[], incarnation: string): Promise<void> {
    const wanted = new Set(ids)
    const held = new Set((await this.#held()).flatMap(config => markedResource(config)?.id ?? []))
    const unlisted = [...held, ...this.#worker.extensionIds].filter(
      id => !wanted.has(id) && !this.#worker.isLeaving(id),
    )
    if (incarnation !== this.#cursors.incarnation) {
      for (const id of unlisted)
        this.#log.warn({ id }, 'not known to the service, which knows this cluster anew: it stays')
      await this.#cursors.begin(incarnation, unlisted)
    } else for (const id of unlisted) if (!this.#cursors.keeps(id)) this.#worker.dropped(id)
    const missing = ids.filter(id => !this.#worker.knows(id) && !held.has(id))
    if (this.#feed?.fromBeginning) this.#expired = new Set(missing)
    else if (missing.some(id => !this.#expired.has(id))) this.#askForEverything()
  }

  #askForEverything(): void {
    this.#watermark?.restarted()
    this.#feed?.restart()
  }

  #onConfig(change: Change<KubeObject>): void {
    this.#worker.wakeExtensions()
    const resource = markedResource(change.kept)
    if (!resource) return
    if (change.type === 'deleted') {
      // A restart has forgotten what the service wants with it: it says so again.
      if (this.#worker.knows(resource.id)) this.#worker.wake(resource.id)
      else this.#askForEverything()
      return
    }
    this.#tell(change.kept)
    // Somebody else's hand in it: what the service wants is written again.
    if (change.before && change.before.metadata.generation !== change.kept.metadata.generation) {
      this.#worker.wake(resource.id)
    }
  }

  #tell(config: KubeObject): void {
    const report = isKind(fluxConfigKind, config) ? configurationReport(config) : undefined
    if (!report || this.#worker.isLeaving(report.id)) return
    const item = this.#worker.item(report.id)
    if (item?.deleting) this.#outbox.put({ ...report, generation: item.generation })
    // A FluxConfig that still shows an older wish says nothing about the present one.
    else if (!item || item.generation === report.generation) this.#outbox.put(report)
  }

  /** All FluxConfigs that stand for resources of the service, from the API server itself: the watch may not have begun. */
  async #held(): Promise<KubeObject[]> {
    try {
      const { items } = await this.#options.kube.list(fluxConfigs, { labelSelector: managed })
      return items.filter(config => markedResource(config))
    } catch (error) {
      if (error instanceof NoMatchError || isNotFound(error)) return []
      throw error
    }
  }

  #onAccepted(report: StatusReport): void {
    if (report.provisioningState === 'Deleted') {
      this.#outbox.forget(report.id)
      this.#worker.acknowledged(report.id, report.generation)
    } else this.#noteDelivery([report.id], true)
  }

  /** Leaves in the FluxConfigs' status whether the service knows it. */
  #noteDelivery(ids: readonly string[], delivered: boolean): void {
    for (const config of this.#configs.values()) {
      const id = markedResource(config)?.id
      if (!id || !ids.includes(id)) continue
      const time = delivered ? { lastSyncedTime: timestamp(new Date()) } : {}
      const body = { status: { dataplaneStatus: { isSyncedWithAzure: delivered, ...time } } }
      const options = { subresource: 'status', fieldManager: fieldManagers.fluxConfigAgent }
      this.#options.kube.patch(refOf(config), body, 'merge', options).catch((error: unknown) => {
        if (!isNotFound(error)) this.#log.debug({ err: error, id }, 'cannot note the delivery of a status')
      })
    }
  }

  async #beat(): Promise<void> {
    try {
      await this.#client.heartbeat(await heartbeatOf(this.#options.kube, this.#version))
    } catch (error) {
      this.#log.debug({ err: error }, 'heartbeat not delivered')
    }
  }
}
