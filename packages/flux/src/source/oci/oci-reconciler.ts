/**
 * The OCIRepository controller, as Flux 2.9's source-controller behaves. Keeps one artifact equal to a layer of what a tag,
 * a range of versions or a digest names in a registry.
 */
import type { OCIRepository } from '@sluice/api'
import type { ArtifactStore, Registries } from '@sluice/artifact'
import { durationOr, type FinalOutcome, type Outcome, type ReconcileContext, type Reconciler } from '@sluice/controller'
import { type Jitter, jittered } from '../../jittered.ts'
import { dropArtifacts } from '../drop-artifacts.ts'
import type { ObjectReader } from '../secret-data.ts'
import { reconcileSource } from '../source-frame.ts'
import { type OCIRepositoryStatus, runOCIPass } from './oci-pass.ts'

export interface OCIRepositoryOptions extends Jitter {
  client: ObjectReader
  store: ArtifactStore
  registries: Registries
  /** Largest layer, and largest sum of its files, in bytes. Default 512 MiB. */
  maxContentBytes?: number
  /** Reconciliations at once (`--concurrent`). */
  concurrency?: number
}

export class OCIRepositoryReconciler implements Reconciler<OCIRepository, OCIRepositoryStatus> {
  readonly name = 'source-controller'
  readonly kind = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'OCIRepository' }
  readonly statusManager = 'source-controller'
  readonly finalizer = 'finalizers.fluxcd.io'
  /** A suspended object's request is acknowledged and its Ready brought up to date. */
  readonly reconcilesSuspended = true
  readonly concurrency: number | undefined
  readonly #options: OCIRepositoryOptions

  constructor(options: OCIRepositoryOptions) {
    this.#options = options
    this.concurrency = options.concurrency
  }

  async reconcile(
    object: OCIRepository,
    context: ReconcileContext<OCIRepositoryStatus>,
  ): Promise<Outcome<OCIRepositoryStatus>> {
    const { client, store, registries, maxContentBytes = 512 * 1024 * 1024 } = this.#options
    const interval = jittered(durationOr(object.spec.interval, 60_000), this.#options)
    return reconcileSource(object, context, interval, pass =>
      runOCIPass({ ...pass, object, store, registries, client, maxBytes: maxContentBytes }),
    )
  }

  finalize(object: OCIRepository): Promise<FinalOutcome> {
    return dropArtifacts(this.#options.store, object)
  }
}
