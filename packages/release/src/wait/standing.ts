/** How the objects somebody waits for stand, followed until that is decided. */
import type { KubeObject, ObjectRef } from '@sluice/api'
import type { Health } from '@sluice/kube'
import type { ObjectWatches, WatchedSet } from './object-watches.ts'
import type { WaitOptions } from './waiter.ts'

export interface State {
  ref: ObjectRef
  object: KubeObject | undefined
  health: Health
}

export interface Outcome {
  states: State[]
  timedOut: boolean
}

export class Standing {
  readonly #states: State[]
  readonly #judge: (object: KubeObject) => Health
  readonly #missing: Health
  readonly #isDecided: (states: readonly State[]) => boolean

  constructor(
    objects: readonly KubeObject[],
    judge: (object: KubeObject) => Health,
    missing: Health,
    isDecided: (states: readonly State[]) => boolean,
  ) {
    this.#judge = judge
    this.#missing = missing
    this.#isDecided = isDecided
    this.#states = objects.map(object => ({ ref: refOf(object), object, health: judge(object) }))
  }

  /** Costs no request when what is known already decides it. Rejects with the reason of `signal`. */
  async outcome(watches: ObjectWatches, set: WatchedSet, { timeoutMs, signal }: WaitOptions): Promise<Outcome> {
    signal?.throwIfAborted()
    if (this.#isDecided(this.#states)) return { states: this.#states, timedOut: false }
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
          if (state.health.status === 'Current') continue
          const listener = (object: KubeObject | undefined) => {
            state.object = object ?? state.object
            state.health = object ? this.#judge(object) : this.#missing
            if (this.#isDecided(this.#states)) resolve(false)
          }
          ends.push(watches.follow(state.ref, set, state.object, listener))
        }
      })
      return { states: this.#states, timedOut }
    } finally {
      for (const end of ends) end()
    }
  }
}

function refOf({ apiVersion, kind, metadata: { namespace, name } }: KubeObject): ObjectRef {
  return namespace === undefined ? { apiVersion, kind, name } : { apiVersion, kind, name, namespace }
}
