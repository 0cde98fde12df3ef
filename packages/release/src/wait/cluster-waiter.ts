/** The waiter on a real cluster. One for all releases under one identity: they share its watches. */
import type { KubeObject, ObjectRef } from '@sluice/api'
import { type Health, healthOf, inParallel, type KubeClient } from '@sluice/kube'
import { managedByLabel } from '../cluster/ownership.ts'
import { applyWindow } from '../cluster/side-by-side.ts'
import { fields, hookHealth, jobFailure, jobHealth } from './hook-health.ts'
import { legacyHealth } from './legacy-health.ts'
import { ObjectWatches, type WatchedSet } from './object-watches.ts'
import { type Outcome, Standing } from './standing.ts'
import { fluxFailure, goneFailure, helmFailure } from './wait-failure.ts'
import type { HookWaitOptions, ReadyOptions, Waiter, WaitOptions } from './waiter.ts'

export interface ClusterWaiterOptions {
  client: KubeClient
  /**
   * Whose words failures have; default Flux's. Flux ends a wait when the first object failed, Helm when the others
   * are ready.
   */
  wording?: 'flux' | 'helm'
  /** Watches go over the whole cluster instead of a namespace: fewer of them, for an identity that may do so. */
  clusterWide?: boolean
}

export interface ClusterWaiter extends Waiter {
  /** Ends its watches. */
  close(): Promise<void>
}

export function clusterWaiter(options: ClusterWaiterOptions): ClusterWaiter {
  return new WatchingWaiter(options)
}

/** What is applied for a release carries this label, and shares watches; hooks and definitions of crds/ do not. */
const ofRelease: WatchedSet = { labelSelector: `${managedByLabel}=Helm` }
const setOf = ({ metadata }: KubeObject): WatchedSet =>
  metadata.labels?.[managedByLabel] === 'Helm' ? ofRelease : { single: true }

class WatchingWaiter implements ClusterWaiter {
  readonly #client: KubeClient
  readonly #wording: 'flux' | 'helm'
  readonly #watches: ObjectWatches

  constructor({ client, wording = 'flux', clusterWide = false }: ClusterWaiterOptions) {
    this.#client = client
    this.#wording = wording
    this.#watches = new ObjectWatches(client, clusterWide)
  }

  close(): Promise<void> {
    return this.#watches.close()
  }

  async ready(objects: readonly KubeObject[], options: ReadyOptions): Promise<void> {
    const { strategy, jobs, health } = options
    if (strategy === 'hookOnly') return
    if (strategy === 'legacy') {
      const outcome = await this.#settled(objects, object => legacyHealth(object, jobs), true, options)
      const failed = outcome.states.find(({ health: { status } }) => status === 'Failed')
      if (failed) throw new Error(failed.health.message)
      if (outcome.timedOut) throw new Error('context deadline exceeded')
      return
    }
    const judge = (object: KubeObject) => health?.(object) ?? this.#healthOf(object, jobs)
    const waited = objects.filter(object => !isPaused(object))
    await this.#settledOrThrow(waited, judge, options)
  }

  async hookEnded(objects: readonly KubeObject[], options: HookWaitOptions): Promise<void> {
    const { health, strategy } = options
    if (strategy === 'legacy') {
      const outcome = await this.#settled(objects, hookHealth, true, options)
      const failed = outcome.states.find(state => state.health.status === 'Failed')
      if (failed?.object?.kind === 'Job') {
        throw new Error(`job ${failed.ref.name} failed: ${jobFailure(failed.object)}`)
      }
      if (failed) throw new Error(failed.health.message)
      if (outcome.timedOut) throw new Error('context deadline exceeded')
      return
    }
    const judge = (object: KubeObject) => health?.(object) ?? hookHealth(object)
    await this.#settledOrThrow(objects, judge, options)
  }

  async gone(refs: readonly ObjectRef[], options: WaitOptions): Promise<void> {
    const left: KubeObject[] = []
    await inParallel(refs, applyWindow, async ref => {
      const live = await this.#client.find(ref, options.signal)
      if (live) left.push(live)
    })
    if (left.length === 0) return
    const standing = new Standing(left, object => healthOf(object), { status: 'NotFound', failFast: false })
    const outcome = await standing.outcome(this.#watches, () => ({ single: true }), options)
    if (outcome.timedOut) throw goneFailure(outcome, this.#wording)
  }

  async #settledOrThrow(
    objects: readonly KubeObject[],
    judge: (object: KubeObject) => Health,
    options: WaitOptions,
  ): Promise<void> {
    const isFlux = this.#wording === 'flux'
    const outcome = await this.#settled(objects, judge, isFlux, options)
    const failure = isFlux ? fluxFailure(outcome) : helmFailure(outcome)
    if (failure) throw failure
  }

  /** Until all are Current or Failed; with `failFast` until the first is Failed. */
  #settled(
    objects: readonly KubeObject[],
    judge: (object: KubeObject) => Health,
    failFast: boolean,
    options: WaitOptions,
  ): Promise<Outcome> {
    const standing = new Standing(objects, judge, { status: 'Current', failFast })
    return standing.outcome(this.#watches, setOf, options)
  }

  #healthOf(object: KubeObject, jobs: boolean): Health {
    const isJob = object.kind === 'Job' && object.apiVersion === 'batch/v1'
    if (isJob && jobs && this.#wording === 'helm') return jobHealth(object)
    const health = healthOf(object)
    // kstatus is content with a Job that has begun.
    const isBegun = isJob && !jobs && health.status === 'InProgress' && fields(object.status).startTime !== undefined
    return isBegun ? { status: 'Current', message: health.message } : health
  }
}

const isPaused = (object: KubeObject): boolean => object.kind === 'Deployment' && fields(object.spec).paused === true
