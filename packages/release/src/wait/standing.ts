/** How the objects somebody waits for stand, followed until that is decided. */
import type { KubeObject, ObjectRef } from '@sluice/api'
import type { Health } from '@sluice/kube'
import type { ObjectWatches, WatchedSet } from './object-watches.ts'
import type { WaitOptions } from './waiter.ts'

export interface State {
  ref: ObjectRef
  object: KubeObject
  health: Health
}

export interface Outcome {
  states: State[]
  timedOut: boolean
}

export interface Goal {
  status: 'Current' | 'NotFound'
  /** Whether it ends with the first that failed, instead of when the others are where they should be. */
  failFast: boolean
}

const missing: Health = { status: 'NotFound', message: 'Resource not found' }

export class Standing {
  readonly #states: State[]
  readonly #judge: (object: KubeObject) => Health
  readonly #goal: Goal

  constructor(objects: readonly KubeObject[], judge: (object: KubeObject) => Health, goal: Goal) {
    this.#judge = judge
    this.#goal = goal
    this.#states = objects.map(object => ({ ref: refOf(object), object, health: judge(object) }))
  }

  /** Costs no request when what is known already decides it. Rejects with the reason of `signal`. */
  async outcome(
    watches: ObjectWatches,
    setOf: (object: KubeObject) => WatchedSet,
    { timeoutMs, signal }: WaitOptions,
  ): Promise<Outcome> {
    signal?.throwIfAborted()
    if (this.#isDecided()) return { states: this.#states, timedOut: false }
    const ends: (() => void)[] = []
    try {
      const timedOut = await new Promise<boolean>((resolve, reject) => {
        const timer = setTimeout(resolve, timeoutMs, true)
        const abort = () => reject(signal?.reason)
        signal?.addEventListener('abort', abort)
        ends.push(
          () => clearTimeout(timer),
          () => signal?.removeEventListener('abort', abort),
        )
        for (const state of this.#states) {
          const { object } = state
          if (state.health.status === this.#goal.status) continue
          const listener = (now: KubeObject | undefined) => {
            state.object = now ?? state.object
            state.health = now ? this.#judge(now) : missing
            if (this.#isDecided()) resolve(false)
          }
          ends.push(watches.follow(state.ref, setOf(object), object, listener))
        }
      })
      return { states: this.#states, timedOut }
    } finally {
      for (const end of ends) end()
    }
  }

  #isDecided(): boolean {
    const statuses = this.#states.map(({ health }) => health.status)
    if (this.#goal.failFast && statuses.includes('Failed')) return true
    // Nothing that failed becomes ready by waiting.
    return statuses.every(
      status => status === this.#goal.status || (this.#goal.status === 'Current' && status === 'Failed'),
    )
  }
}

function refOf({ apiVersion, kind, metadata: { namespace, name } }: KubeObject): ObjectRef {
  return namespace === undefined ? { apiVersion, kind, name } : { apiVersion, kind, name, namespace }
}
