import type { DesiredExtension, DesiredFluxConfiguration, DesiredItem, KubeObject, StatusReport } from '@sluice/api'
import { type Backoff, type Log, WorkQueue } from '@sluice/controller'
import { type KubeClient, NoMatchError } from '@sluice/kube'
import type { ExtensionManager } from '../extension/extension-manager.ts'
import type { ExtensionRecords } from '../extension/extension-record.ts'
import { type ConfigurationWriter, fluxConfigRef, working } from './configuration-writer.ts'
import { dropConfiguration } from './drop-configuration.ts'
import { removeNamespaceIfOurs } from './namespaces.ts'
import { markedResource } from './resource-marks.ts'

/**
 * Works off what the service wants, resource by resource: each one never twice at once, the newest wish only, failures with backoff.
 * What became of it goes out as reports; the cluster's own events ({@link ResourceWorker.wake}) bring a resource back.
 */
export interface WorkerParts {
  kube: KubeClient
  log: Log
  writer: ConfigurationWriter
  extensions: ExtensionManager
  records: ExtensionRecords
  backoff: Backoff
  /** How long a forced deletion waits for the controllers, in milliseconds. */
  dropAfter: number
  report(report: StatusReport): void
  /** A FluxConfig as it was read or written: what it says is to be told, unless the watch knows better already. */
  observed(config: KubeObject): void
  /** What the service said of this resource is in the cluster for good. */
  settled(id: string): void
  /** All FluxConfigs that stand for this resource, wherever they are. */
  held(id: string): Promise<KubeObject[]>
}

/** Resources worked on at once. */
const CONCURRENCY = 8

export class ResourceWorker {
  readonly #parts: WorkerParts
  readonly #items = new Map<string, DesiredItem>()
  /** Resources the service has no more, whose objects are to go. */
  readonly #gone = new Set<string>()
  readonly #dropping = new Map<string, number>()
  /** Configurations that came before the definition of FluxConfig. */
  readonly #early = new Set<string>()
  #extensionProblem: string | undefined
  readonly #queue: WorkQueue
  readonly #running = new Set<Promise<void>>()
  #closed = false

  constructor(parts: WorkerParts) {
    this.#parts = parts
    this.#queue = new WorkQueue({ backoff: parts.backoff })
    this.#queue.onReady(() => this.#pump())
  }

  take(item: DesiredItem): void {
    this.#items.set(item.id, item)
    this.#gone.delete(item.id)
    this.#dropping.delete(item.id)
    this.#queue.forget(item.id)
    this.#queue.add(item.id)
  }

  /** The service has no such resource any more. */
  dropped(id: string): void {
    const item = this.#items.get(id)
    this.#gone.add(id)
    if (item?.type === 'extension') this.#items.set(id, { ...item, deleting: true })
    else this.#items.delete(id)
    this.#queue.add(id)
  }

  /** The deletion is acknowledged by the service. */
  acknowledged(id: string, generation: number): void {
    if (this.#items.get(id)?.generation === generation) this.#items.delete(id)
    this.#gone.delete(id)
  }

  wake(id: string): void {
    if (this.#items.has(id) || this.#gone.has(id)) this.#queue.add(id)
  }

  /** What happens to FluxConfigs decides when an extension may go. */
  wakeExtensions(): void {
    for (const { id, type, deleting } of this.#items.values()) if (type === 'extension' && deleting) this.#queue.add(id)
  }

  wakeAllExtensions(): void {
    for (const { id, type } of this.#items.values()) if (type === 'extension') this.#queue.add(id)
  }

  item(id: string): DesiredItem | undefined {
    return this.#items.get(id)
  }

  knows(id: string): boolean {
    return this.#items.has(id) || this.#gone.has(id)
  }

  /** The service has dropped it, and it is on its way out. */
  isLeaving(id: string): boolean {
    return this.#gone.has(id)
  }

  get extensionIds(): string[] {
    return [...this.#items.values()].flatMap(({ id, type }) => (type === 'extension' ? [id] : []))
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#queue.close()
    await Promise.allSettled(this.#running)
  }

  #pump(): void {
    while (this.#running.size < CONCURRENCY && !this.#closed) {
      const id = this.#queue.take()
      if (id === undefined) return
      const run = this.#run(id).finally(() => {
        this.#running.delete(run)
        this.#queue.done(id)
        this.#pump()
      })
      this.#running.add(run)
    }
  }

  async #run(id: string): Promise<void> {
    try {
      const item = this.#items.get(id)
      const again =
        item?.type === 'extension'
          ? await this.#extension(item)
          : item
            ? await this.#configuration(item)
            : await this.#drop(id)
      if (again === 'backoff') this.#queue.addRateLimited(id)
      else {
        this.#queue.forget(id)
        if (again !== undefined) this.#queue.addAfter(id, again)
      }
    } catch (error) {
      if (this.#closed) return
      const retryInMilliseconds = this.#queue.addRateLimited(id)
      this.#parts.log.warn({ err: error, id, retryInMilliseconds }, 'cannot bring a resource into the cluster')
    }
  }

  async #configuration(item: DesiredFluxConfiguration): Promise<number | 'backoff' | undefined> {
    const { writer, report, settled } = this.#parts
    if (item.deleting) return this.#delete(item)
    const others = (await this.#parts.held(item.id)).filter(
      ({ metadata }) => metadata.namespace !== item.namespace || metadata.name !== item.name,
    )
    const written = await writer.write(item, others)
    if (this.#items.get(item.id) !== item) return undefined
    if (written.early) this.#early.add(item.id)
    else this.#early.delete(item.id)
    const problem = written.early ? this.#extensionProblem : undefined
    if (problem) report({ ...working(item), provisioningState: 'Failed', errorMessage: problem })
    else if (written.report) report(written.report)
    if (written.config) this.#parts.observed(written.config)
    if (written.settled) settled(item.id)
    return written.retry
  }

  async #delete(item: DesiredFluxConfiguration): Promise<number | undefined> {
    const { kube, report, settled, writer } = this.#parts
    const live = await findConfig(kube, item)
    if (live && markedResource(live)?.id === item.id) {
      await writer.remove(live)
      settled(item.id)
      report(working(item))
      return item.forceDelete ? this.#dropIfDue(item.id, [live]) : undefined
    }
    if (await removeNamespaceIfOurs(kube, item.namespace)) {
      this.#parts.log.info({ namespace: item.namespace }, 'the namespace was ours and is empty: it goes as well')
    }
    report({ ...working(item), provisioningState: 'Deleted' })
    settled(item.id)
    return undefined
  }

  /** The service has dropped the resource: nobody waits for a report, and forced deletions are among these. */
  async #drop(id: string): Promise<number | undefined> {
    if (!this.#gone.has(id)) return undefined
    const held = await this.#parts.held(id)
    for (const config of held) await this.#parts.writer.remove(config)
    this.#parts.settled(id)
    if (held.length > 0) return this.#dropIfDue(id, held)
    this.#gone.delete(id)
    this.#dropping.delete(id)
    return undefined
  }

  async #dropIfDue(id: string, held: readonly KubeObject[]): Promise<number> {
    const since = this.#dropping.get(id) ?? performance.now()
    this.#dropping.set(id, since)
    const left = since + this.#parts.dropAfter - performance.now()
    if (left > 0) return left
    this.#parts.log.warn(
      { id },
      'the controllers do not release a configuration that is to go by force: taking it away',
    )
    for (const config of held) await dropConfiguration(this.#parts.kube, config)
    return 0
  }

  async #extension(item: DesiredExtension): Promise<number | undefined> {
    const { extensions, records, report, settled } = this.#parts
    const known = this.#items.get(item.id)
    const whole = await records.save(item)
    const outcome = await extensions.reconcile(whole)
    if (outcome.removed) await records.remove(item.name)
    if (this.#items.get(item.id) !== known) return undefined
    const { provisioningState, errorMessage } = outcome.report
    this.#extensionProblem =
      provisioningState === 'Failed' ? `the extension ${item.name} failed: ${errorMessage}` : undefined
    if (this.#early.size > 0) {
      // The definition may be there since a moment ago: what the server serves is asked anew.
      await this.#parts.kube.discovery.refresh()
      for (const early of this.#early) this.#queue.add(early)
    }
    if (!this.#gone.has(item.id)) report(outcome.report)
    else if (outcome.removed) {
      this.#items.delete(item.id)
      this.#gone.delete(item.id)
    }
    settled(item.id)
    return outcome.retry
  }
}

async function findConfig(kube: KubeClient, item: DesiredFluxConfiguration): Promise<KubeObject | undefined> {
  try {
    return await kube.find(fluxConfigRef(item.namespace, item.name))
  } catch (error) {
    if (error instanceof NoMatchError) return undefined
    throw error
  }
}
