/** Which objects are a controller's own: orphans that match its selector are taken in, and what matches no longer is let go. */
import type { KubeObject } from '@sluice/api'
import type { LabelSelector } from './kinds.ts'
import { controllerOf, type ObjectCache } from './object-cache.ts'
import { ownerReference } from './pods.ts'
import { selects } from './selector.ts'
import type { World } from './world.ts'

/** The controller's objects, those on their way out included. A controller that is going itself claims nothing new. */
export async function claimed<T extends KubeObject>(
  world: World,
  cache: ObjectCache<T>,
  owner: KubeObject,
  selector: LabelSelector | undefined,
): Promise<T[]> {
  const { uid, namespace, deletionTimestamp } = owner.metadata
  const own: T[] = []
  for (const object of cache.ownedBy(uid)) {
    if (selects(selector, object.metadata.labels) || cache.isGoing(object)) own.push(object)
    else await release(world, cache, object)
  }
  if (deletionTimestamp !== undefined) return own
  for (const orphan of cache.orphansIn(namespace)) {
    if (!selects(selector, orphan.metadata.labels) || cache.isGoing(orphan)) continue
    const ownerReferences = [...(orphan.metadata.ownerReferences ?? []), ownerReference(owner)]
    own.push(await world.update(cache, { ...orphan, metadata: { ...orphan.metadata, ownerReferences } }))
  }
  return own
}

async function release<T extends KubeObject>(world: World, cache: ObjectCache<T>, object: T): Promise<void> {
  const uid = controllerOf(object)?.uid
  const ownerReferences = (object.metadata.ownerReferences ?? []).filter(owner => owner.uid !== uid)
  await world.update(cache, { ...object, metadata: { ...object.metadata, ownerReferences } })
}
