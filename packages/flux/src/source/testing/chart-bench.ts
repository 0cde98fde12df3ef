/**
 * A bench to run the HelmRepository and HelmChart reconcilers on: objects in memory, statuses merged as the runtime would,
 * real storage, a real HTTP server. Git repositories are their artifacts only. What the runtime adds by itself
 * (finalizers, queueing) is not here, but wake-ups are told.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type HelmChart, type HelmRepository, helmChart, helmRepository, isKind, type KubeObject } from '@sluice/api'
import {
  ArtifactStore,
  ChartRepositories,
  type ContentNode,
  directoryNode,
  Registries,
  TreeCache,
} from '@sluice/artifact'
import { type CommonStatus, createLog, type EventDraft, type FinalOutcome, type Next } from '@sluice/controller'
import { readChartArchive } from '@sluice/helm'
import { ApiError, type Change } from '@sluice/kube'
import { HelmChartReconciler } from '../helm/chart-reconciler.ts'
import { HelmRepositoryReconciler } from '../helm/repository-reconciler.ts'
import { ChartServer } from './chart-server.ts'

type Kind = 'HelmRepository' | 'HelmChart' | 'GitRepository'
type Listener = (change: Change<KubeObject>) => void

const apiVersion = 'source.toolkit.fluxcd.io/v1'
const namespace = 'apps'

export class ChartBench {
  readonly store: ArtifactStore
  readonly server: ChartServer
  readonly charts: HelmChartReconciler
  readonly helmRepositories: HelmRepositoryReconciler
  readonly repositories = new ChartRepositories()
  readonly registries = new Registries()
  /** By `Kind/name`. */
  readonly objects = new Map<string, KubeObject>()
  /** Requests of the API server: `Kind/name`. */
  readonly read: string[] = []
  readonly woken: string[] = []
  readonly events: EventDraft[] = []
  next: Next | undefined
  readonly #directory: string
  readonly #listeners = new Map<string, Listener[]>()

  private constructor(directory: string, server: ChartServer) {
    this.#directory = directory
    this.server = server
    this.store = new ArtifactStore({ root: join(directory, 'store'), address: 'storage', trees: new TreeCache() })
    const client = {
      get: async ({ kind, name }: { kind: string; name: string }) => {
        this.read.push(`${kind}/${name}`)
        const found = this.objects.get(`${kind}/${name}`)
        if (!found) throw new ApiError(404, 'NotFound', `${pluralOf(kind)} "${name}" not found`)
        return found
      },
    }
    const informer = ({ kind }: { kind: string }) => ({
      get: (_namespace: string | undefined, name: string) => this.objects.get(`${kind}/${name}`),
      values: () => ofKind(this.objects, kind),
      onChange: (listener: Listener) => {
        this.#listeners.set(kind, [...(this.#listeners.get(kind) ?? []), listener])
        return () => {}
      },
    })
    const shared = { store: this.store, repositories: this.repositories, random: () => 0.5 }
    this.charts = new HelmChartReconciler({ ...shared, registries: this.registries, runtime: { client, informer } })
    this.helmRepositories = new HelmRepositoryReconciler({ ...shared, client })
    this.charts.start((_namespace, name) => void this.woken.push(name))
  }

  static async start(): Promise<ChartBench> {
    return new ChartBench(await mkdtemp(join(tmpdir(), 'sluice-charts-')), await ChartServer.start())
  }

  /** Makes or changes an object; a changed spec is a new generation. */
  repository(name: string, spec: Partial<HelmRepository['spec']> = {}): void {
    this.#apply('HelmRepository', name, { interval: '10m', url: this.server.url, ...spec })
  }

  chart(name: string, spec: Partial<HelmChart['spec']> = {}): void {
    const sourceRef = { kind: 'HelmRepository', name: 'charts' } as const
    this.#apply('HelmChart', name, { interval: '10m', chart: 'web', version: '*', sourceRef, ...spec })
  }

  secret(name: string, data: Record<string, string>): void {
    const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
    const metadata = { name, namespace }
    this.objects.set(`Secret/${name}`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      data: Object.fromEntries(encoded),
    })
  }

  /** A GitRepository at a commit: one digit stands for all of its hash. */
  async git(name: string, commit: string, files: Record<string, string | Uint8Array>): Promise<void> {
    const root = directoryNode()
    for (const [path, given] of Object.entries(files)) {
      const parts = path.split('/')
      const file = parts.pop() ?? ''
      let node = root
      for (const part of parts) {
        const next: ContentNode = node.children.get(part) ?? directoryNode()
        node.children.set(part, next)
        if (next.kind === 'directory') node = next
      }
      node.children.set(file, { kind: 'file', executable: false, read: async () => Buffer.from(given) })
    }
    const revision = `main@sha1:${commit.repeat(40)}`
    const stored = { kind: 'GitRepository', namespace, name, revision, file: `${commit}.tar.gz` }
    const artifact = await this.store.write(stored, root, undefined)
    this.#put({ ...this.#object('GitRepository', name, { url: 'https://git', interval: '1m' }), status: { artifact } })
  }

  request(kind: Kind, name: string, at: string): void {
    this.object(kind, name).metadata.annotations = { 'reconcile.fluxcd.io/requestedAt': at }
  }

  object(kind: Kind, name: string): KubeObject {
    const object = this.objects.get(`${kind}/${name}`)
    if (!object) throw new Error(`no ${kind} ${name}`)
    return object
  }

  async runRepository(name = 'charts'): Promise<NonNullable<HelmRepository['status']>> {
    const object = this.helmRepository(name)
    return this.#ended(object, await this.helmRepositories.reconcile(object, this.#context()))
  }

  async run(name: string): Promise<NonNullable<HelmChart['status']>> {
    const object = this.#chart(name)
    return this.#ended(object, await this.charts.reconcile(object, this.#context()))
  }

  finalize(name: string): Promise<FinalOutcome> {
    return this.charts.finalize(this.#chart(name))
  }

  /** Conditions as `Type=Status Reason: message (observedGeneration)`. */
  conditions(kind: 'HelmChart' | 'HelmRepository', name: string): string[] {
    const { status } = kind === 'HelmChart' ? this.#chart(name) : this.helmRepository(name)
    return (status?.conditions ?? []).map(
      ({ type, status: is, reason, message, observedGeneration }) =>
        `${type}=${is} ${reason}: ${message} (${observedGeneration})`,
    )
  }

  takeEvents(): string[] {
    return this.events.splice(0).map(({ severity, reason, message }) => `${severity} ${reason}: ${message}`)
  }

  /** The files of a chart's artifact. */
  async files(name: string): Promise<Record<string, string>> {
    const { artifact } = this.#chart(name).status ?? {}
    if (!artifact) throw new Error(`${name} has no artifact`)
    const files = await readChartArchive(await this.store.bytes(artifact))
    return Object.fromEntries(files.map(({ path, content }) => [path, Buffer.from(content).toString('utf8')]))
  }

  async close(): Promise<void> {
    this.repositories.close()
    this.registries.close()
    await this.server.close()
    await rm(this.#directory, { recursive: true, force: true })
  }

  helmRepository(name: string): HelmRepository {
    const object = this.object('HelmRepository', name)
    if (!isKind(helmRepository, object)) throw new Error(`${name} is no HelmRepository`)
    return object
  }

  #chart(name: string): HelmChart {
    const object = this.object('HelmChart', name)
    if (!isKind(helmChart, object)) throw new Error(`${name} is no HelmChart`)
    return object
  }

  #apply(kind: Kind, name: string, spec: object): void {
    this.#put(this.#object(kind, name, spec))
  }

  #object(kind: Kind, name: string, spec: object): KubeObject {
    const before = this.objects.get(`${kind}/${name}`)
    const generation = (before?.metadata.generation ?? 0) + 1
    const metadata = { ...before?.metadata, name, namespace, generation }
    return { apiVersion, kind, metadata, spec, status: before?.status ?? { observedGeneration: -1 } }
  }

  #put(object: KubeObject): void {
    const key = `${object.kind}/${object.metadata.name}`
    const before = this.objects.get(key)
    this.objects.set(key, object)
    const type = before ? 'modified' : 'added'
    for (const listener of this.#listeners.get(object.kind) ?? []) listener({ type, object, kept: object, before })
  }

  #context() {
    return {
      now: new Date(),
      log: createLog('silent'),
      signal: new AbortController().signal,
      progress: async () => {},
    }
  }

  #ended<S extends CommonStatus>(object: KubeObject, outcome: { status: S; events?: EventDraft[]; next: Next }): S {
    const requested = object.metadata.annotations?.['reconcile.fluxcd.io/requestedAt']
    const status = requested === undefined ? outcome.status : { ...outcome.status, lastHandledReconcileAt: requested }
    this.#put({ ...object, status })
    this.events.push(...(outcome.events ?? []))
    this.next = outcome.next
    return status
  }
}

function* ofKind(objects: ReadonlyMap<string, KubeObject>, kind: string): Generator<KubeObject> {
  for (const object of objects.values()) if (object.kind === kind) yield object
}

function pluralOf(kind: string): string {
  const group = kind === 'Secret' ? '' : '.source.toolkit.fluxcd.io'
  return `${kind.toLowerCase().replace(/y$/, 'ie')}s${group}`
}
