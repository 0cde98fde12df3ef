/** Waiting for what the cluster does behind an action: for objects to become ready, to go, for hooks to end. By watch events, never by polling. */
import type { KubeObject, ObjectRef } from '@sluice/api'

/**
 * `watcher`: kstatus of every object, and the first that failed ends the wait. `legacy`: the rules of Helm 3, built-in kinds only.
 * `hookOnly`: for hooks alone.
 */
export type WaitStrategy = 'watcher' | 'legacy' | 'hookOnly'

export interface WaitOptions {
  /** Milliseconds. */
  timeoutMs: number
  signal?: AbortSignal
}

export interface ReadyOptions extends WaitOptions {
  strategy: WaitStrategy
  /** Jobs of the release must be complete, too. The watcher always waits for them unless this is false. */
  jobs: boolean
}

/** Failures are errors with the text of the condition: what is not ready, and how it stands. */
export interface Waiter {
  /** `objects` as the server answered when they were applied. */
  ready(objects: readonly KubeObject[], options: ReadyOptions): Promise<void>
  /** Settles when none of them is there any more. */
  gone(refs: readonly ObjectRef[], options: WaitOptions): Promise<void>
  /** A hook's end: Jobs complete, Pods succeed, everything else is at its end at once. Throws when it failed. */
  hookEnded(hook: KubeObject, options: WaitOptions): Promise<void>
}
