import type { KubeObject, ObjectRef } from '@sluice/api'
import type { KindRef, KubeClient } from '../client.ts'
import { type Health, healthOf } from '../health/kstatus.ts'
import { type Change, Informer, isNewer } from '../informer.ts'
import { groupKindKey, refOf } from './object-id.ts'
import { ownedHash } from './owned-fields.ts'

/**
 * What we know of the objects we applied, in bytes an object: where each stands (resource version, health) and whether the
 * fields we own are as we left them. One label-selected watch a kind feeds it. An object that is as we left it needs no
 * request; a foreign change to an owned field, or a deletion, wakes the owner at once.
 */
export interface Tracked {
  uid: string
  resourceVersion: string
  /** Hash of the fields we own and their values; empty when we own none. */
  owned: string
  health: Health
  /** A Job that is removed by itself once it is finished (`ttlSecondsAfterFinished`). */
  cleansUp: boolean
}

export interface TrackerOptions {
  /** Our field manager. */
  manager: string
  /** Objects that carry this label are ours to watch. */
  label: string
  /** What the manager writes otherwise than by server-side apply is its own, too. */
  ownsUpdates?: boolean
  /** Managers whose fields are to be taken over. */
  overridden?: readonly string[]
  /** An object of `owner` is not as it was left. */
  onDrift: (owner: string) => void
  /** The health of an object of `owner` changed. */
  onHealth: (owner: string) => void
  onError: (error: unknown) => void
}

interface Applied {
  owner: string
  /** Version and kind it was applied as: in another version its fields look different. */
  kind: string
  /** Hash of the object as its source wants it. */
  desired: string
  owned: string
  /** Applied right now: the watch may tell of it before the answer does. */
  inFlight: boolean
  /** The owner judges health by fields we do not keep: it wants to hear of every change. */
  everyChange: boolean
  /** It was finished and has removed itself: its absence is what it should be. */
  cleanedUp?: boolean
}

export class ObjectTracker {
  readonly #client: KubeClient
  readonly #options: TrackerOptions
  readonly #informers = new Map<string, Informer<Tracked>>()
  readonly #applied = new Map<string, Applied>()
  /** Keys of {@link #applied} by owner. */
  readonly #ofOwner = new Map<string, Set<string>>()
  /** Objects that more than one owner applied: who else wants them back when they are deleted. Rare, so rarely filled. */
  readonly #alsoOf = new Map<string, Set<string>>()
  /** How many objects of a kind are applied. */
  readonly #ofKind = new Map<string, number>()
  #closed = false

  constructor(client: KubeClient, options: TrackerOptions) {
    this.#client = client
    this.#options = options
  }

  /** Begins to watch a kind; settles when its objects are known. `false`: the kind cannot be watched, at least not yet. */
  async watch(kind: KindRef): Promise<boolean> {
    const key = kindKey(kind)
    let informer = this.#informers.get(key)
    if (!informer) {
      const info = await this.#client.discovery.resourceFor(kind.apiVersion, kind.kind)
      // Work that goes on a little after the end must not begin a watch that nobody ends.
      if (this.#closed) return false
      if (!info.verbs.includes('watch') || !info.verbs.includes('list')) return false
      informer = this.#informers.get(key)
      if (!informer) {
        informer = this.#watchKind(kind)
        this.#informers.set(key, informer)
      }
    }
    await informer.tried
    return informer.isSynced
  }

  get(ref: ObjectRef): Tracked | undefined {
    return this.#informers.get(kindKey(ref))?.get(ref.namespace, ref.name)
  }

  /** Whether the object is known to be exactly what applying `desired` for `owner` would leave behind. */
  isCurrent(ref: ObjectRef, owner: string, desired: string): boolean {
    const applied = this.#applied.get(groupKindKey(ref))
    if (!applied || applied.inFlight || applied.owner !== owner || applied.desired !== desired) return false
    // Of an object of which we own nothing, and of one that is not watched, we would hear nothing.
    if (applied.owned === '' || !this.#informers.get(kindKey(ref))?.isSynced) return false
    const live = this.get(ref)
    return live ? live.owned === applied.owned : applied.cleanedUp === true
  }

  /** A finished Job that has removed itself, as it was told to. */
  isCleanedUp(ref: ObjectRef): boolean {
    return this.#applied.get(groupKindKey(ref))?.cleanedUp === true && !this.get(ref)
  }

  /** Said before a write, so that the watch's word of our own doing is not taken for drift. */
  begin(ref: ObjectRef, owner: string): void {
    const known = this.#applied.get(groupKindKey(ref))
    const { desired = '', owned = '' } = known ?? {}
    this.#set(ref, { owner, kind: kindKey(ref), desired, owned, inFlight: true, everyChange: false })
  }

  /** The write's answer: from now on the object is as we left it. */
  applied(object: KubeObject, owner: string, desired: string): void {
    const ref = refOf(object)
    const owned = this.#ownedHash(object)
    const applied = { owner, kind: kindKey(ref), desired, owned, inFlight: true, everyChange: false }
    this.#set(ref, applied)
    const informer = this.#informers.get(kindKey(ref))
    // Our own doing is no news to the owner, who is at work with the object.
    informer?.observe(object)
    applied.inFlight = false
    const now = this.get(ref)
    const isChanged = now && isNewer(now.resourceVersion, object.metadata.resourceVersion) && now.owned !== owned
    // What the watch told of while the answer was under way nobody has heard.
    const isGone = !now && informer?.isSynced && object.metadata.labels?.[this.#options.label] !== undefined
    if (isChanged || isGone) this.#options.onDrift(owner)
    // The watch was given up between two looks, for want of objects.
    if (!informer) this.watch(ref).catch(this.#options.onError)
  }

  /** From now until it is applied again, any change of the object counts as one of its health. */
  tellEveryChange(ref: ObjectRef): void {
    const applied = this.#applied.get(groupKindKey(ref))
    if (applied) applied.everyChange = true
  }

  /** The write failed: what is there now is unknown. */
  failed(ref: ObjectRef): void {
    this.#delete(groupKindKey(ref))
  }

  /** No longer the owner's: changes to it are nobody's business here. To be said before the owner deletes an object. */
  release(ref: ObjectRef, owner: string): void {
    const key = groupKindKey(ref)
    this.#disclaim(key, owner)
    if (this.#applied.get(key)?.owner === owner) this.#delete(key)
  }

  releaseAll(owner: string): void {
    for (const key of this.#alsoOf.keys()) this.#disclaim(key, owner)
    for (const key of [...(this.#ofOwner.get(owner) ?? [])]) this.#delete(key)
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#informers.values()].map(informer => informer.close()))
  }

  #set(ref: ObjectRef, applied: Applied): void {
    const key = groupKindKey(ref)
    // Counted in before the one before is counted out: their watch shall live on.
    this.#count(applied.kind, 1)
    const before = this.#applied.get(key)?.owner
    if (before !== undefined && before !== applied.owner)
      this.#alsoOf.set(key, new Set([...(this.#alsoOf.get(key) ?? []), before]))
    this.#disclaim(key, applied.owner)
    this.#delete(key)
    this.#applied.set(key, applied)
    const keys = this.#ofOwner.get(applied.owner) ?? new Set()
    this.#ofOwner.set(applied.owner, keys.add(key))
  }

  #disclaim(key: string, owner: string): void {
    const others = this.#alsoOf.get(key)
    others?.delete(owner)
    if (others?.size === 0) this.#alsoOf.delete(key)
  }

  #delete(key: string): void {
    const applied = this.#applied.get(key)
    if (!applied) return
    this.#applied.delete(key)
    const keys = this.#ofOwner.get(applied.owner)
    keys?.delete(key)
    if (keys?.size === 0) this.#ofOwner.delete(applied.owner)
    this.#count(applied.kind, -1)
  }

  /** A kind of which nothing is applied any more is watched no longer: its definition may be gone. */
  #count(kind: string, by: 1 | -1): void {
    const left = (this.#ofKind.get(kind) ?? 0) + by
    if (left > 0) {
      this.#ofKind.set(kind, left)
      return
    }
    this.#ofKind.delete(kind)
    const informer = this.#informers.get(kind)
    this.#informers.delete(kind)
    informer?.close().catch(this.#options.onError)
  }

  #ownedHash(object: KubeObject): string {
    const { manager, ownsUpdates, overridden } = this.#options
    return ownedHash(object, manager, ownsUpdates, overridden)
  }

  #watchKind(kind: KindRef): Informer<Tracked> {
    const informer = new Informer<Tracked>(this.#client, kind, {
      labelSelector: this.#options.label,
      onError: this.#options.onError,
      keep: object => ({
        uid: object.metadata.uid ?? '',
        resourceVersion: object.metadata.resourceVersion ?? '',
        owned: this.#ownedHash(object),
        health: healthOf(object),
        cleansUp: cleansUp(object),
      }),
    })
    informer.onChange(change => this.#onChange(kind, change))
    return informer.start()
  }

  #onChange(kind: KindRef, change: Change<Tracked>): void {
    const { namespace, name } = change.object.metadata
    const key = groupKindKey({ ...kind, namespace, name })
    const applied = this.#applied.get(key)
    // Who applied it last has let it go: to the others it is missing.
    if (!applied && change.type === 'deleted')
      for (const owner of this.#alsoOf.get(key) ?? []) this.#options.onDrift(owner)
    if (!applied || applied.inFlight || applied.kind !== kindKey(kind)) return
    if (change.type === 'deleted' && change.kept.cleansUp && change.kept.health.status === 'Current') {
      applied.cleanedUp = true
      this.#options.onHealth(applied.owner)
    } else if (change.type === 'deleted' || change.kept.owned !== applied.owned) this.#options.onDrift(applied.owner)
    else if (applied.everyChange || change.before?.health.status !== change.kept.health.status)
      this.#options.onHealth(applied.owner)
  }
}

function cleansUp(object: KubeObject): boolean {
  const spec = object.spec as { ttlSecondsAfterFinished?: unknown } | undefined
  return object.kind === 'Job' && spec?.ttlSecondsAfterFinished !== undefined
}

const kindKey = (kind: KindRef): string => `${kind.apiVersion}/${kind.kind}`
