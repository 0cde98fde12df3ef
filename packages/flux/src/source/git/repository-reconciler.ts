/**
 * The GitRepository controller, as Flux 2.9's source-controller behaves. Keeps one artifact equal to a reference of a
 * remote repository; woken by its interval, by changes of the object and by those of the repositories it includes.
 */
import { type GitRepository, gitRepository, isKind, type KubeObject, type ObjectRef } from '@sluice/api'
import type { ArtifactStore, GitMirrors } from '@sluice/artifact'
import {
  durationOr,
  type EventDraft,
  type FinalOutcome,
  type Outcome,
  type ReconcileContext,
  type Reconciler,
  type Wake,
} from '@sluice/controller'
import type { Informer, KindRef } from '@sluice/kube'
import { ConditionSet } from '../condition-set.ts'
import { LateProgress } from '../late-progress.ts'
import { SourceFailure } from '../source-failure.ts'
import { type Ending, endOf } from '../source-outcome.ts'
import type { SecretData } from './credentials.ts'
import { type GitRepositoryStatus, runPass } from './pass.ts'

/** What of the cluster is needed; The runtime has it. */
export interface GitRepositoryCluster {
  client: { get(ref: ObjectRef): Promise<KubeObject> }
  informer(kind: KindRef): Pick<Informer, 'get' | 'values' | 'onChange'>
}

export interface GitRepositoryOptions {
  runtime: GitRepositoryCluster
  store: ArtifactStore
  mirrors: GitMirrors
  /** Spread of the interval in percent (`--interval-jitter-percentage`). Default 5. */
  jitterPercentage?: number
  /** Reconciliations at once (`--concurrent`). */
  concurrency?: number
  /** From 0 to 1, for the jitter. */
  random?: () => number
}

export class GitRepositoryReconciler implements Reconciler<GitRepository, GitRepositoryStatus> {
  readonly name = 'source-controller'
  readonly kind = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository' }
  readonly statusManager = 'source-controller'
  readonly finalizer = 'finalizers.fluxcd.io'
  /** A suspended object's request is acknowledged and its Ready brought up to date. */
  readonly reconcilesSuspended = true
  readonly concurrency: number | undefined
  readonly #options: GitRepositoryOptions
  readonly #repositories: Pick<Informer, 'get' | 'values' | 'onChange'>

  constructor(options: GitRepositoryOptions) {
    this.#options = options
    this.concurrency = options.concurrency
    this.#repositories = options.runtime.informer(this.kind)
  }

  start(wake: Wake): void {
    this.#repositories.onChange(({ object, before }) => {
      if (digestOf(object) === digestOf(before)) return
      for (const name of this.#including(object)) wake(object.metadata.namespace ?? '', name)
    })
  }

  async reconcile(
    object: GitRepository,
    context: ReconcileContext<GitRepositoryStatus>,
  ): Promise<Outcome<GitRepositoryStatus>> {
    const { generation, namespace = '' } = object.metadata
    const conditions = new ConditionSet(object.status?.conditions, generation, context.now)
    const status: GitRepositoryStatus = { ...object.status }
    if (object.spec.suspend) return suspended(object, status, conditions)

    const progress = new LateProgress(() => context.progress({ ...status, conditions: conditions.list }))
    let events: EventDraft[] = []
    let failure: SourceFailure | undefined
    try {
      const { store, mirrors } = this.#options
      events = await runPass({
        object,
        status,
        conditions,
        store,
        mirrors,
        secret: name => this.#secret(namespace, name),
        repository: name => repositoryOf(this.#repositories.get(namespace, name)),
        signal: context.signal,
      })
    } catch (error) {
      // The controller's own end is no failure of the repository's.
      if (context.signal.aborted) throw error
      failure = error instanceof SourceFailure ? error : unforeseen(error)
      if (failure !== error) context.log.error({ err: error }, 'reconciliation failed unexpectedly')
    } finally {
      await progress.end()
    }
    const ending = endOf(conditions, failure, this.#interval(object))
    if (ending.event) events.push(ending.event)
    return outcome(object, status, conditions, ending, worthTelling(object, events))
  }

  async finalize(object: GitRepository): Promise<FinalOutcome> {
    const { namespace = '', name } = object.metadata
    try {
      const removed = await this.#options.store.removeAll(this.kind.kind, namespace, name)
      const message = 'garbage collected artifacts for deleted resource'
      const event: EventDraft = { severity: 'info', reason: 'GarbageCollectionSucceeded', message }
      return { released: true, events: removed ? [event] : [] }
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error)
      const message = `garbage collection for deleted resource failed: ${said}`
      return { released: false, events: [{ severity: 'error', reason: 'GarbageCollectionFailed', message }] }
    }
  }

  /** Milliseconds until the next look, spread so that many objects do not ask at once. */
  #interval(object: GitRepository): number {
    const { jitterPercentage = 5, random = Math.random } = this.#options
    const interval = durationOr(object.spec.interval, 60_000)
    return interval * (1 + (jitterPercentage / 100) * (2 * random() - 1))
  }

  async #secret(namespace: string, name: string): Promise<SecretData> {
    const secret = await this.#options.runtime.client.get({ apiVersion: 'v1', kind: 'Secret', namespace, name })
    const { data } = secret
    const decoded = new Map<string, string>()
    if (typeof data !== 'object' || data === null) return decoded
    for (const [key, value] of Object.entries(data)) {
      if (typeof value === 'string') decoded.set(key, Buffer.from(value, 'base64').toString('utf8'))
    }
    return decoded
  }

  #including(included: KubeObject): string[] {
    const names: string[] = []
    for (const other of this.#repositories.values()) {
      const repository = repositoryOf(other)
      if (repository?.metadata.namespace !== included.metadata.namespace) continue
      const { include = [] } = repository?.spec ?? {}
      if (include.some(one => one.repository.name === included.metadata.name)) names.push(other.metadata.name)
    }
    return names
  }
}

/** A full disk, a directory without permission: said where users look, not only in the log. */
function unforeseen(error: unknown): SourceFailure {
  const message = error instanceof Error ? error.message : String(error)
  return new SourceFailure('StorageOperationFailed', 'Failed', message, { cause: error })
}

function repositoryOf(object: KubeObject | undefined): GitRepository | undefined {
  return object && isKind(gitRepository, object) ? object : undefined
}

function digestOf(object: KubeObject | undefined): string | undefined {
  const artifact = repositoryOf(object)?.status?.artifact
  return artifact && `${artifact.revision} ${artifact.digest}`
}

/** Nothing is fetched; what is known is summarised again for the present generation. */
function suspended(
  object: GitRepository,
  status: GitRepositoryStatus,
  conditions: ConditionSet,
): Outcome<GitRepositoryStatus> {
  conditions.remove('Stalled')
  conditions.summarise()
  const ending: Ending = { observed: conditions.size > 0, next: { kind: 'stalled' }, event: undefined }
  return outcome(object, status, conditions, ending, [])
}

function outcome(
  object: GitRepository,
  status: GitRepositoryStatus,
  conditions: ConditionSet,
  { observed, next }: Ending,
  events: EventDraft[],
): Outcome<GitRepositoryStatus> {
  const observedGeneration = observed ? object.metadata.generation : status.observedGeneration
  const list = conditions.list
  return { status: { ...status, observedGeneration, conditions: list.length > 0 ? list : undefined }, next, events }
}

const NOTHING_MOVED = new Set(['GitOperationSucceeded', 'ArtifactUpToDate'])

/**
 * Flux writes an event also when its interval found nothing new. Here that is told only to somebody who asked, by a
 * request or a changed object, or after a failure: an idle cluster shall cost its API server nothing.
 */
function worthTelling({ metadata, status }: GitRepository, events: EventDraft[]): EventDraft[] {
  const requested = metadata.annotations?.['reconcile.fluxcd.io/requestedAt']
  const asked =
    metadata.generation !== status?.observedGeneration ||
    (requested !== undefined && requested !== status?.lastHandledReconcileAt) ||
    status?.conditions?.some(condition => condition.type === 'Ready' && condition.status !== 'True')
  return asked ? events : events.filter(event => !NOTHING_MOVED.has(event.reason))
}
