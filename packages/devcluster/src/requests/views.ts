/**
 * How a version shows what is stored. Built-in kinds are stored as shown, so a view is the stored object itself; custom kinds are pruned and
 * defaulted by the version's current schema at each read (remembered per object and version), which is how a new default
 * appears in old objects without a write.
 */
import type { KubeObject } from '@sluice/api'
import type { ServedVersion } from '../resources/resource-type.ts'
import { Stored } from '../store/stored.ts'

const views = new WeakMap<ServedVersion, WeakMap<Stored, Stored>>()

/** What a dry run answers: the object as it would come back from the store. */
export function viewOfUnstored(served: ServedVersion, object: KubeObject): KubeObject {
  const { convert, type } = served
  return convert && served !== type.storage ? convert.fromStored(convert.toStored(object)) : object
}

export function viewOf(served: ServedVersion, stored: Stored): Stored {
  if (!served.convert) return stored
  let known = views.get(served)
  if (!known) {
    known = new WeakMap()
    views.set(served, known)
  }
  let view = known.get(stored)
  if (!view) {
    const object = served.convert.fromStored(stored.object)
    view = object === stored.object ? stored : new Stored(object, stored.revision)
    known.set(stored, view)
  }
  return view
}
