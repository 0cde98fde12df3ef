import type { Waiter } from '@sluice/release'

/**
 * Ends waits for health when there is something new to do, so that a fix need not wait for what it fixes to time out.
 * Hooks and deletions are always waited for: a hook may be half-way through a migration.
 */
export class WaitInterrupt {
  readonly #controller = new AbortController()
  #trigger: string | undefined

  /** `trigger` is `<Kind>/<namespace>/<name>` of what is new; the first one counts. */
  by(trigger: string): void {
    this.#trigger ??= trigger
    this.#controller.abort(new Error('context canceled'))
  }

  get trigger(): string | undefined {
    return this.#trigger
  }

  over(waiter: Waiter): Waiter {
    const { signal } = this.#controller
    const until = (other?: AbortSignal) => (other ? AbortSignal.any([other, signal]) : signal)
    return {
      ready: (objects, options) => waiter.ready(objects, { ...options, signal: until(options.signal) }),
      gone: (refs, options) => waiter.gone(refs, options),
      hookEnded: (objects, options) => waiter.hookEnded(objects, options),
    }
  }
}
