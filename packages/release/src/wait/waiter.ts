/**
 * Waiting for what the cluster does behind an action: for objects to become ready, to go, for hooks to end. By watch
 * events, never by polling.
 */
import type { KubeObject, ObjectRef } from '@sluice/api'
import type { Health } from '@sluice/kube'

/**
 * `watcher`: kstatus of every object. `legacy`: the rules of Helm 3, built-in kinds only. `hookOnly`: hooks alone are
 * waited for.
 */
export type WaitStrategy = 'watcher' | 'legacy' | 'hookOnly'

/** How an object stands by rules of one's own; undefined where they say nothing. */
export type HealthRule = (object: KubeObject) => Health | undefined

export interface WaitOptions {
  /** Milliseconds. */
  timeoutMs: number
  signal?: AbortSignal
}

export interface HookWaitOptions extends WaitOptions {
  /** `legacy` has words of its own for what failed. */
  strategy: WaitStrategy
  health?: HealthRule
}

export interface ReadyOptions extends HookWaitOptions {
  /** Jobs must be complete; otherwise it is enough that they run (`watcher`), or that they are there (`legacy`). */
  jobs: boolean
}

/** Failures are errors with the text of the condition: what is not ready, and how it stands. */
export interface Waiter {
  /** `objects` as the server answered when they were applied. */
  ready(objects: readonly KubeObject[], options: ReadyOptions): Promise<void>
  /** Settles when none of them is there any more. */
  gone(refs: readonly ObjectRef[], options: WaitOptions): Promise<void>
  /** The end of a hook: Jobs complete, Pods succeed, everything else is at its end at once. Throws when it failed. */
  hookEnded(objects: readonly KubeObject[], options: HookWaitOptions): Promise<void>
}
