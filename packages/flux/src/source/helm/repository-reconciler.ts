/**
 * The HelmRepository controller, as Flux 2.9's source-controller behaves. Keeps one artifact equal to the index of a chart
 * repository over HTTP. Objects of type `oci` are addresses only: nothing is done about them.
 */
import type { HelmRepository } from '@sluice/api'
import type { ArtifactStore, ChartRepositories } from '@sluice/artifact'
import { durationOr, type FinalOutcome, type Outcome, type ReconcileContext, type Reconciler } from '@sluice/controller'
import { type Jitter, jittered } from '../../jittered.ts'
import { dropArtifacts } from '../drop-artifacts.ts'
import { type ObjectReader, readSecret } from '../secret-data.ts'
import { reconcileSource } from '../source-frame.ts'
import { type HelmRepositoryStatus, runRepositoryPass, type SeenIndex } from './repository-pass.ts'

export interface HelmRepositoryOptions extends Jitter {
  client: ObjectReader
  store: ArtifactStore
  repositories: ChartRepositories
  /** Reconciliations at once (`--concurrent`). */
  concurrency?: number
}

export class HelmRepositoryReconciler implements Reconciler<HelmRepository, HelmRepositoryStatus> {
  readonly name = 'source-controller'
  readonly kind = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'HelmRepository' }
  readonly statusManager = 'source-controller'
  readonly finalizer = 'finalizers.fluxcd.io'
  /** A suspended object's request is acknowledged and its Ready brought up to date. */
  readonly reconcilesSuspended = true
  readonly concurrency: number | undefined
  readonly #options: HelmRepositoryOptions
  readonly #seen = new Map<string, SeenIndex>()

  constructor(options: HelmRepositoryOptions) {
    this.#options = options
    this.concurrency = options.concurrency
  }

  wantsFinalizer({ spec }: HelmRepository): boolean {
    return spec.type !== 'oci'
  }

  async reconcile(
    object: HelmRepository,
    context: ReconcileContext<HelmRepositoryStatus>,
  ): Promise<Outcome<HelmRepositoryStatus>> {
    const { namespace = '', name } = object.metadata
    const { client, store, repositories } = this.#options
    if (object.spec.type === 'oci') return { status: this.#asAddress(object), next: { kind: 'stalled' } }
    const key = `${namespace}/${name}`
    const interval = jittered(durationOr(object.spec.interval, 60_000), this.#options)
    return reconcileSource(object, context, interval, pass =>
      runRepositoryPass({
        ...pass,
        object,
        store,
        repositories,
        secret: secret => readSecret(client, namespace, secret),
        seen: this.#seen.get(key),
        remember: seen => {
          if (seen) this.#seen.set(key, seen)
          else this.#seen.delete(key)
        },
      }),
    )
  }

  finalize(object: HelmRepository): Promise<FinalOutcome> {
    return dropArtifacts(this.#options.store, object)
  }

  forget(namespace: string, name: string): void {
    this.#seen.delete(`${namespace}/${name}`)
  }

  /** What it was before, with another type, is gone. */
  #asAddress({ spec, status = {} }: HelmRepository): HelmRepositoryStatus {
    return spec.suspend ? status : {}
  }
}
