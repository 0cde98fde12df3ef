/**
 * All objects of one resource in memory, in key order (`namespace/name` bytewise, as etcd lists them), with the recent
 * events that watches resume from and that old snapshots are computed from by undoing.
 */
import type { Stored, StoreEvent } from './stored.ts'

/** Events kept per collection; older resource versions answer 410 Expired. */
const historyLimit = 3000

type ByName = Map<string, Stored>

export class Collection {
  readonly key: string
  readonly watchers = new Set<(event: StoreEvent) => void>()
  readonly #namespaces = new Map<string, ByName>()
  readonly #sortedNames = new Map<string, string[]>()
  #sortedNamespaces: string[] | undefined
  /** Lists as they were last asked for; forgotten with every change in their namespace. */
  readonly #listed = new Map<string, Stored[]>()
  #history: StoreEvent[] = []
  /** Every event with a greater revision is in the history. */
  #floor: number
  #size = 0

  constructor(key: string, floor: number) {
    this.key = key
    this.#floor = floor
  }

  get size(): number {
    return this.#size
  }

  get floor(): number {
    return this.#floor
  }

  get(namespace: string, name: string): Stored | undefined {
    return this.#namespaces.get(namespace)?.get(name)
  }

  /** Changes memory only; undefined removes. The store calls it, nobody else. */
  set(namespace: string, name: string, stored: Stored | undefined): void {
    this.#listed.delete(namespace)
    let names = this.#namespaces.get(namespace)
    if (!names) {
      if (!stored) return
      names = new Map()
      this.#namespaces.set(namespace, names)
      this.#sortedNamespaces = undefined
    }
    if (stored) {
      if (!names.has(name)) {
        this.#size++
        this.#sortedNames.delete(namespace)
      }
      names.set(name, stored)
    } else if (names.delete(name)) {
      this.#size--
      this.#sortedNames.delete(namespace)
      if (names.size === 0) {
        this.#namespaces.delete(namespace)
        this.#sortedNamespaces = undefined
      }
    }
  }

  /** In key order; all namespaces when none is given. The array is shared: it must not be changed. */
  items(namespace?: string): readonly Stored[] {
    if (namespace !== undefined) return this.#inNamespace(namespace)
    if (this.#namespaces.size === 1) {
      for (const only of this.#namespaces.keys()) return this.#inNamespace(only)
    }
    this.#sortedNamespaces ??= [...this.#namespaces.keys()].sort(byKeyOrder)
    return this.#sortedNamespaces.flatMap(ns => this.#inNamespace(ns))
  }

  #inNamespace(namespace: string): Stored[] {
    const listed = this.#listed.get(namespace)
    if (listed) return listed
    const names = this.#namespaces.get(namespace)
    if (!names) return []
    let sorted = this.#sortedNames.get(namespace)
    if (!sorted) {
      sorted = [...names.keys()].sort()
      this.#sortedNames.set(namespace, sorted)
    }
    const out: Stored[] = []
    for (const name of sorted) {
      const stored = names.get(name)
      if (stored) out.push(stored)
    }
    this.#listed.set(namespace, out)
    return out
  }

  /** The state as it was at `revision`, or undefined when that is older than the history reaches. */
  itemsAt(revision: number, namespace?: string): readonly Stored[] | undefined {
    if (revision < this.#floor) return undefined
    const undone = this.since(revision)
    if (undone.length === 0) return this.items(namespace)
    const past = new Collection(this.key, 0)
    for (const stored of this.items(namespace)) {
      past.set(stored.object.metadata.namespace ?? '', stored.object.metadata.name, stored)
    }
    for (const event of undone.reverse()) {
      const { namespace: ns = '', name } = event.stored.object.metadata
      if (namespace === undefined || ns === namespace) past.set(ns, name, event.old)
    }
    return past.items(namespace)
  }

  /** Committed events after `revision`, oldest first; only complete when `revision >= floor`. */
  since(revision: number): StoreEvent[] {
    let low = 0
    let high = this.#history.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#history[middle]?.revision ?? 0) > revision) high = middle
      else low = middle + 1
    }
    return this.#history.slice(low)
  }

  /** Records a committed event and hands it to the watchers. */
  publish(event: StoreEvent): void {
    this.#history.push(event)
    if (this.#history.length > historyLimit * 1.25) {
      const dropped = this.#history.length - historyLimit
      this.#floor = this.#history[dropped - 1]?.revision ?? this.#floor
      this.#history = this.#history.slice(dropped)
    }
    for (const watcher of this.watchers) watcher(event)
  }

  /** Forgets the history: watches that resume from before `revision` must start over. */
  forget(revision: number): void {
    this.#history = []
    this.#floor = revision
  }
}

/** Namespaces in the order their keys have: the slash after the name counts (`a-b/` sorts before `a/`). */
function byKeyOrder(a: string, b: string): number {
  const left = `${a}/`
  const right = `${b}/`
  return left < right ? -1 : left > right ? 1 : 0
}
