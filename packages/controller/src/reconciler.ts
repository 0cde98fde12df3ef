import type { KubeObject } from '@sluice/api'
import type { KindRef } from '@sluice/kube'
import type { Log } from './log.ts'
import type { CommonStatus, FinalOutcome, Outcome } from './outcome.ts'

/**
 * What a kind's controller has to say for itself: plain data in, an {@link Outcome} out. Queueing, status writes, events,
 * finalizers, suspension, metrics and wake-ups are the runtime's.
 */
export interface Reconciler<T extends KubeObject, S extends CommonStatus> {
  /** Component that events and logs name: `kustomize-controller`. */
  readonly name: string
  readonly kind: KindRef
  /** Field manager of status writes: `gotk-kustomize-controller`. */
  readonly statusManager: string
  readonly finalizer?: string
  /** Whether the object is to carry the finalizer; default all are. One that no longer is finalized and let go. */
  wantsFinalizer?(object: T): boolean
  /** Reconciliations at once; they wait for I/O only. */
  readonly concurrency?: number
  /** Reconciled also while `spec.suspend` is true: it passes the suspension on to what it made. */
  readonly reconcilesSuspended?: boolean
  /** Called once before the first reconciliation: registers what else wakes an object (sources, dependencies, drift). */
  start?(wake: Wake): void | Promise<void>
  reconcile(object: T, context: ReconcileContext<S>): Promise<Outcome<S>>
  /** Releases what the object holds. Called while it is being deleted and carries the finalizer; also when suspended. */
  finalize?(object: T, context: ReconcileContext<S>): Promise<FinalOutcome>
  /** The object is gone: drop what is remembered of it. */
  forget?(namespace: string, name: string): void
  close?(): Promise<void>
}

/** Asks for a reconciliation of one object. `urgent` ones go first. */
export type Wake = (namespace: string, name: string, options?: { urgent?: boolean; after?: number }) => void

export interface ReconcileContext<S> {
  readonly now: Date
  readonly log: Log
  readonly signal: AbortSignal
  /** Writes an intermediate status, for work that takes long enough for somebody to wonder. */
  progress(status: S): Promise<void>
}
