/**
 * A bench to run the GitRepository reconciler on: objects in memory, statuses merged as the runtime would, real storage,
 * a real Git server. What the runtime adds by itself (finalizers, queueing) is not here.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GitRepository, KubeObject } from '@sluice/api'
import { ArtifactStore, GitMirrors, TreeCache } from '@sluice/artifact'
import { createLog, type EventDraft, type Outcome } from '@sluice/controller'
import { ApiError } from '@sluice/kube'
import { type GitRepositoryOptions, GitRepositoryReconciler } from '../git/repository-reconciler.ts'

type Status = NonNullable<GitRepository['status']>

export class SourceBench {
  readonly directory: string
  readonly store: ArtifactStore
  readonly mirrors: GitMirrors
  readonly reconciler: GitRepositoryReconciler
  readonly objects = new Map<string, GitRepository>()
  readonly secrets = new Map<string, KubeObject>()
  readonly events: EventDraft[] = []
  last: Outcome<Status> | undefined

  private constructor(directory: string, options: Partial<GitRepositoryOptions>) {
    this.directory = directory
    this.store = new ArtifactStore({ root: join(directory, 'store'), address: 'storage', trees: new TreeCache() })
    this.mirrors = new GitMirrors({ root: join(directory, 'mirrors') })
    this.reconciler = new GitRepositoryReconciler({
      store: this.store,
      mirrors: this.mirrors,
      random: () => 0.5,
      runtime: {
        client: { get: ({ name }) => Promise.resolve(this.secrets.get(name) ?? Promise.reject(notFound(name))) },
        informer: () => ({
          get: (_namespace, name) => this.objects.get(name),
          values: () => every(this.objects),
          onChange: () => () => {},
        }),
      },
      ...options,
    })
  }

  static async start(options: Partial<GitRepositoryOptions> = {}): Promise<SourceBench> {
    return new SourceBench(await mkdtemp(join(tmpdir(), 'sluice-source-')), options)
  }

  /** Makes or changes an object; a changed spec is a new generation. */
  apply(name: string, spec: Partial<GitRepository['spec']> & { url: string }): void {
    const before = this.objects.get(name)
    this.objects.set(name, {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { ...before?.metadata, name, namespace: 'apps', generation: (before?.metadata.generation ?? 0) + 1 },
      spec: { interval: '10m', timeout: '20s', ...spec },
      status: before?.status ?? { observedGeneration: -1 },
    })
  }

  secret(name: string, data: Record<string, string>): void {
    const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
    this.secrets.set(name, { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: Object.fromEntries(encoded) })
  }

  request(name: string, at: string): void {
    const object = this.object(name)
    object.metadata.annotations = { 'reconcile.fluxcd.io/requestedAt': at }
  }

  object(name: string): GitRepository {
    const object = this.objects.get(name)
    if (!object) throw new Error(`no object ${name}`)
    return object
  }

  /** One reconciliation; the status it leads to. */
  async run(name: string): Promise<Status> {
    const object = this.object(name)
    this.last = await this.reconciler.reconcile(object, {
      now: new Date(),
      log: createLog('silent'),
      signal: new AbortController().signal,
      progress: async () => {},
    })
    const requested = object.metadata.annotations?.['reconcile.fluxcd.io/requestedAt']
    const status =
      requested === undefined ? this.last.status : { ...this.last.status, lastHandledReconcileAt: requested }
    object.status = status
    this.events.push(...(this.last.events ?? []))
    return status
  }

  /** Conditions as `Type=Status Reason: message (observedGeneration)`. */
  conditions(name: string): string[] {
    return (this.object(name).status?.conditions ?? []).map(
      ({ type, status, reason, message, observedGeneration }) =>
        `${type}=${status} ${reason}: ${message} (${observedGeneration})`,
    )
  }

  takeEvents(): string[] {
    return this.events.splice(0).map(({ severity, reason, message }) => `${severity} ${reason}: ${message}`)
  }

  async close(): Promise<void> {
    this.mirrors.close()
    await rm(this.directory, { recursive: true, force: true })
  }
}

function* every(objects: Map<string, GitRepository>): Generator<KubeObject> {
  yield* objects.values()
}

function notFound(name: string): ApiError {
  return new ApiError(404, 'NotFound', `secrets "${name}" not found`)
}
