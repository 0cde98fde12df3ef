/**
 * Owner references: dependents of what is gone are deleted, `foregroundDeletion` waits for dependents, `orphan` lets them go
 * (k/k `controller/garbagecollector`). The graph is an index over the store's own events, so it is never behind.
 */
import type { KubeObject, OwnerReference } from '@sluice/api'
import type { DeleteOptions } from '../local-client.ts'
import type { Api } from '../requests/api.ts'
import { remove } from '../requests/remove.ts'
import type { Caller, Target } from '../requests/request.ts'
import { patch } from '../requests/update.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import type { Collection } from '../store/collection.ts'
import type { StoreEvent } from '../store/stored.ts'
import { WorkQueue } from './work-queue.ts'

interface Place {
  collection: Collection
  namespace: string
  name: string
}

const foreground = 'foregroundDeletion'
const orphan = 'orphan'

const finalizersOf = (object: KubeObject) => object.metadata.finalizers ?? []
const isWaiting = (object: KubeObject) =>
  object.metadata.deletionTimestamp !== undefined && finalizersOf(object).includes(foreground)

export function startGarbageCollector(api: Api): () => void {
  const places = new Map<string, Place>()
  const dependents = new Map<string, Set<string>>()
  const queue = new WorkQueue(uid => reconcile(uid))
  const caller: Caller = {
    user: { name: 'system:serviceaccount:kube-system:generic-garbage-collector', groups: ['system:masters'] },
    defaultManager: 'kube-controller-manager',
    warnings: [],
  }
  const types = new Map<string, ResourceType>()

  function typeOf(collection: Collection): ResourceType | undefined {
    const known = types.get(collection.key)
    const [group = '', resource = ''] = collection.key.split('/')
    const current = api.registry.type(group, resource)
    if (current && current !== known) types.set(collection.key, current)
    return current
  }

  function targetOf({ collection, namespace, name }: Place): Target | undefined {
    const type = typeOf(collection)
    return type && { served: type.storage, namespace, name, subresource: '' }
  }

  const objectAt = (uid: string): KubeObject | undefined => {
    const place = places.get(uid)
    const object = place?.collection.get(place.namespace, place.name)?.object
    return object?.metadata.uid === uid ? object : undefined
  }

  /** The owner, if it is there and may own things in that namespace. */
  function ownerOf(reference: OwnerReference, dependent: KubeObject): KubeObject | undefined {
    // Of a kind that nobody serves it cannot be said that the owner is gone: the reference counts.
    if (!api.registry.byKind(reference.apiVersion, reference.kind)) return dependent
    const owner = objectAt(reference.uid)
    if (!owner) return undefined
    const { namespace } = owner.metadata
    return namespace && namespace !== dependent.metadata.namespace ? undefined : owner
  }

  function index(collection: Collection, event: StoreEvent): void {
    const { object } = event.stored
    const { uid, namespace = '', name } = object.metadata
    if (!uid) return
    for (const { uid: owner } of event.old?.object.metadata.ownerReferences ?? []) {
      dependents.get(owner)?.delete(uid)
      if (event.type === 'DELETED') queue.add(owner)
    }
    if (event.type === 'DELETED') {
      places.delete(uid)
      for (const dependent of dependents.get(uid) ?? []) queue.add(dependent)
      return
    }
    places.set(uid, { collection, namespace, name })
    for (const { uid: owner } of object.metadata.ownerReferences ?? []) {
      let set = dependents.get(owner)
      if (!set) {
        set = new Set()
        dependents.set(owner, set)
      }
      set.add(uid)
    }
    const owners = object.metadata.ownerReferences ?? []
    if (owners.length && (event.type === 'ADDED' || owners.some(o => !objectAt(o.uid)))) queue.add(uid)
    const collects = finalizersOf(object).some(f => f === foreground || f === orphan)
    if (object.metadata.deletionTimestamp && collects) queue.add(uid)
  }

  async function reconcile(uid: string): Promise<void> {
    const object = objectAt(uid)
    if (!object) return
    if (object.metadata.deletionTimestamp) {
      if (finalizersOf(object).includes(orphan)) await release(uid)
      else if (finalizersOf(object).includes(foreground)) await collectForeground(uid)
      return
    }
    const references = object.metadata.ownerReferences ?? []
    if (references.length === 0) return
    const solid = references.filter(r => {
      const owner = ownerOf(r, object)
      return owner !== undefined && !isWaiting(owner)
    })
    const waiting = references.filter(r => {
      const owner = ownerOf(r, object)
      return owner !== undefined && isWaiting(owner)
    })
    if (solid.length) {
      if (solid.length < references.length) await keepOwners(object, solid)
      return
    }
    const finalizers = finalizersOf(object)
    const policy: DeleteOptions['propagationPolicy'] = finalizers.includes(orphan)
      ? 'Orphan'
      : finalizers.includes(foreground) || (waiting.length > 0 && (dependents.get(uid)?.size ?? 0) > 0)
        ? 'Foreground'
        : 'Background'
    await removeObject(uid, policy)
  }

  async function removeObject(uid: string, propagationPolicy: DeleteOptions['propagationPolicy']): Promise<void> {
    const place = places.get(uid)
    const target = place && targetOf(place)
    if (!target) return
    await remove(api, caller, target, { ...(propagationPolicy ? { propagationPolicy } : {}), preconditions: { uid } })
  }

  async function change(object: KubeObject, metadata: Partial<KubeObject['metadata']>): Promise<void> {
    const place = places.get(object.metadata.uid ?? '')
    const target = place && targetOf(place)
    if (!target) return
    const query = { fieldManager: '', dryRun: false, fieldValidation: 'Ignore' as const }
    await patch(api, caller, target, query, live => ({
      ...live,
      metadata: { ...Object(live.metadata), ...metadata },
    }))
  }

  const keepOwners = (object: KubeObject, ownerReferences: OwnerReference[]) => change(object, { ownerReferences })

  const dropFinalizer = (object: KubeObject, finalizer: string) =>
    change(object, { finalizers: finalizersOf(object).filter(f => f !== finalizer) })

  async function release(uid: string): Promise<void> {
    for (const dependentUid of dependents.get(uid) ?? []) {
      const dependent = objectAt(dependentUid)
      const others = (dependent?.metadata.ownerReferences ?? []).filter(r => r.uid !== uid)
      if (dependent) await keepOwners(dependent, others)
    }
    const live = objectAt(uid)
    if (live) await dropFinalizer(live, orphan)
  }

  async function collectForeground(uid: string): Promise<void> {
    let blocked = false
    for (const dependentUid of [...(dependents.get(uid) ?? [])]) {
      const dependent = objectAt(dependentUid)
      if (!dependent) continue
      const reference = dependent.metadata.ownerReferences?.find(r => r.uid === uid)
      const others = (dependent.metadata.ownerReferences ?? []).filter(r => {
        const owner = ownerOf(r, dependent)
        return owner !== undefined && !isWaiting(owner)
      })
      if (others.length === 0 && !dependent.metadata.deletionTimestamp) await reconcile(dependentUid)
      if (others.length === 0 && reference?.blockOwnerDeletion && objectAt(dependentUid)) blocked = true
    }
    const live = objectAt(uid)
    if (!blocked && live) await dropFinalizer(live, foreground)
  }

  const listener = (batch: readonly { collection: Collection; event: StoreEvent }[]) => {
    for (const { collection, event } of batch) index(collection, event)
  }
  api.store.listeners.add(listener)
  for (const collection of api.store.collections) {
    for (const stored of collection.items()) {
      const { revision } = stored
      index(collection, { type: 'ADDED', revision, stored, old: undefined, frames: new Map() })
    }
  }
  return () => {
    api.store.listeners.delete(listener)
    queue.stop()
  }
}
