/**
 * A kind's objects in memory, kept by a watch. What a controller has just written is put in at once (`learn`), so that it does not act twice on
 * an old view; the watch's own, older, word on the object is then ignored.
 */
import type { KubeObject } from '@sluice/api'
import type { KindRef, LocalClient } from '../local-client.ts'

export const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`

const version = (object: KubeObject) => Number(object.metadata.resourceVersion ?? 0)

export const controllerOf = (object: KubeObject) =>
  object.metadata.ownerReferences?.find(owner => owner.controller === true)

/** An answer is late by a turn of the event loop, not by this many deletions. */
const goneLimit = 1000

/** Where the index keeps what has no owner; no uid looks like it. */
const orphansOf = (namespace: string | undefined) => `orphans of ${namespace ?? ''}`

export type ChangeHandler<T> = (object: T, old: T | undefined) => void

export class ObjectCache<T extends KubeObject> {
  readonly #objects = new Map<string, T>()
  readonly #byOwner = new Map<string, Map<string, T>>()
  readonly #byNamespace = new Map<string, Map<string, T>>()
  readonly #deleting = new Set<string>()
  /** Uids of what is gone, the last ones. */
  readonly #gone = new Set<string>()
  readonly #handlers: ChangeHandler<T>[] = []
  readonly #goneHandlers: ((object: T) => void)[] = []
  readonly #stop: () => void

  /** The type parameter is the caller's word that the kind's objects have this shape; the server validates them. */
  constructor(client: LocalClient, kind: KindRef) {
    this.#stop = client.watch(kind, event => {
      const object = event.object as T
      if (event.type === 'DELETED') this.#remove(object)
      else this.learn(object)
    })
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.#objects.get(`${namespace ?? ''}/${name}`)
  }

  byKey(key: string): T | undefined {
    return this.#objects.get(key)
  }

  all(): Iterable<T> {
    return this.#objects.values()
  }

  in(namespace: string | undefined): T[] {
    return [...(this.#byNamespace.get(namespace ?? '')?.values() ?? [])]
  }

  /** Objects whose controlling owner has this uid. */
  ownedBy(uid: string | undefined): T[] {
    return uid === undefined ? [] : [...(this.#byOwner.get(uid)?.values() ?? [])]
  }

  /** Objects of a namespace that no controller owns. */
  orphansIn(namespace: string | undefined): T[] {
    return [...(this.#byOwner.get(orphansOf(namespace))?.values() ?? [])]
  }

  /** Terminating, or told to go by ourselves. */
  isGoing(object: T): boolean {
    return object.metadata.deletionTimestamp !== undefined || this.#deleting.has(object.metadata.uid ?? '')
  }

  /** Marks what we have asked the server to delete. */
  markDeleted(object: T): void {
    if (object.metadata.uid !== undefined) this.#deleting.add(object.metadata.uid)
  }

  unmarkDeleted(object: T): void {
    if (object.metadata.uid !== undefined) this.#deleting.delete(object.metadata.uid)
  }

  onChange(handler: ChangeHandler<T>): void {
    this.#handlers.push(handler)
    for (const object of this.#objects.values()) handler(object, undefined)
  }

  onGone(handler: (object: T) => void): void {
    this.#goneHandlers.push(handler)
  }

  learn(object: T): T {
    // The answer to a write that let the object go comes after the watch told of its end.
    if (this.#gone.has(object.metadata.uid ?? '')) return object
    const key = keyOf(object)
    const known = this.#objects.get(key)
    if (known !== undefined && known.metadata.uid === object.metadata.uid && version(known) >= version(object))
      return known
    if (known !== undefined) this.#unindex(key, known)
    this.#objects.set(key, object)
    put(this.#byOwner, controllerOf(object)?.uid ?? orphansOf(object.metadata.namespace), key, object)
    put(this.#byNamespace, object.metadata.namespace ?? '', key, object)
    for (const handler of this.#handlers) handler(object, known)
    return object
  }

  close(): void {
    this.#stop()
  }

  #remove(object: T): void {
    const key = keyOf(object)
    const known = this.#objects.get(key)
    this.#deleting.delete(object.metadata.uid ?? '')
    this.#gone.add(object.metadata.uid ?? '')
    if (this.#gone.size > goneLimit) for (const oldest of this.#gone) if (this.#gone.delete(oldest)) break
    if (known === undefined || known.metadata.uid !== object.metadata.uid) return
    this.#unindex(key, known)
    this.#objects.delete(key)
    for (const handler of this.#goneHandlers) handler(object)
  }

  #unindex(key: string, object: T): void {
    drop(this.#byOwner, controllerOf(object)?.uid ?? orphansOf(object.metadata.namespace), key)
    drop(this.#byNamespace, object.metadata.namespace ?? '', key)
  }
}

function put<T>(index: Map<string, Map<string, T>>, group: string, key: string, object: T): void {
  const members = index.get(group)
  if (members === undefined) index.set(group, new Map([[key, object]]))
  else members.set(key, object)
}

function drop<T>(index: Map<string, Map<string, T>>, group: string, key: string): void {
  const members = index.get(group)
  members?.delete(key)
  if (members?.size === 0) index.delete(group)
}
