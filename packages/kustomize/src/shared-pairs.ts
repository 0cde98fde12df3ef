/**
 * A label that kustomize writes into several places of an object at once is one node to it, so that a later change in one of these places changes them
 * all: an overlay's label without selectors still reaches the selectors that a base has set. This keeps account of such places.
 */
import { type Mapping, own, put } from './tree.ts'

interface Slot {
  container: Mapping
  /** Where the container is, for the order in which a merge visits places. */
  path: string
}

interface SharedPair {
  key: string
  value: unknown
  slots: Slot[]
}

export class SharedPairs {
  private pairs: SharedPair[] = []

  /** Notes places that just got the same value for the first time. */
  add(key: string, value: unknown, slots: Slot[]): void {
    if (slots.length > 1) this.pairs.push({ key, value, slots })
  }

  /** Brings a change of one place to the others; to be called after a step that may have changed one. */
  settle(): void {
    for (const pair of this.pairs) {
      pair.slots = pair.slots.filter(({ container }) => Object.hasOwn(container, pair.key))
      const changed = pair.slots.filter(({ container }) => own(container, pair.key) !== pair.value)
      if (changed.length === 0) continue
      const last = changed.reduce((a, b) => (b.path >= a.path ? b : a))
      pair.value = own(last.container, pair.key)
      for (const { container } of pair.slots) put(container, pair.key, pair.value)
    }
  }

  /** The same account for a copy of the object. */
  twin(copyOf: ReadonlyMap<unknown, Mapping>): SharedPairs {
    const twin = new SharedPairs()
    twin.pairs = this.pairs.map(pair => ({
      ...pair,
      slots: pair.slots.flatMap(({ container, path }) => {
        const copy = copyOf.get(container)
        return copy ? [{ container: copy, path }] : []
      }),
    }))
    return twin
  }

  get isEmpty(): boolean {
    return this.pairs.length === 0
  }

  /** The object was rebuilt: nothing is shared any more. */
  forget(): void {
    this.pairs = []
  }
}
