/**
 * The GitRepository controller, as Flux 2.9's source-controller behaves. Keeps one artifact equal to a reference of a
 * remote repository; woken by its interval, by changes of the object and by those of the repositories it includes.
 */
import { type GitRepository, gitRepository, isKind, type KubeObject } from '@sluice/api'
import type { ArtifactStore, GitMirrors } from '@sluice/artifact'
import {
  durationOr,
  type FinalOutcome,
  type Outcome,
  type ReconcileContext,
  type Reconciler,
  type Wake,
} from '@sluice/controller'
import type { Informer, KindRef } from '@sluice/kube'
import { type Jitter, jittered } from '../../jittered.ts'
import { dropArtifacts } from '../drop-artifacts.ts'
import { type ObjectReader, readSecret } from '../secret-data.ts'
import { reconcileSource } from '../source-frame.ts'
import { type GitRepositoryStatus, runPass } from './pass.ts'

/** What of the cluster is needed; The runtime has it. */
export interface GitRepositoryCluster {
  client: ObjectReader
  informer(kind: KindRef): Pick<Informer, 'get' | 'values' | 'onChange'>
}

export interface GitRepositoryOptions extends Jitter {
  runtime: GitRepositoryCluster
  store: ArtifactStore
  mirrors: GitMirrors
  /** Reconciliations at once (`--concurrent`). */
  concurrency?: number
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
    const { namespace = '' } = object.metadata
    const { store, mirrors, runtime } = this.#options
    const interval = jittered(durationOr(object.spec.interval, 60_000), this.#options)
    return reconcileSource(object, context, interval, pass =>
      runPass({
        ...pass,
        object,
        store,
        mirrors,
        secret: name => readSecret(runtime.client, namespace, name),
        repository: name => repositoryOf(this.#repositories.get(namespace, name)),
        signal: context.signal,
      }),
    )
  }

  finalize(object: GitRepository): Promise<FinalOutcome> {
    return dropArtifacts(this.#options.store, object)
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

function repositoryOf(object: KubeObject | undefined): GitRepository | undefined {
  return object && isKind(gitRepository, object) ? object : undefined
}

function digestOf(object: KubeObject | undefined): string | undefined {
  const artifact = repositoryOf(object)?.status?.artifact
  return artifact && `${artifact.revision} ${artifact.digest}`
}
