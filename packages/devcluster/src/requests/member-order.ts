/** The order of an object's members as Go writes them: kind, version and metadata first, and metadata in its struct's order. */
import type { KubeObject, ObjectMeta } from '@sluice/api'
import type { ServedVersion } from '../resources/resource-type.ts'

const metadataOrder: readonly (keyof ObjectMeta)[] = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
]

/** Custom kinds are maps in Go, whose members come out sorted. */
const sortedOrder = [...metadataOrder].sort()

/** A copy as deep as the metadata's own members. */
export function inOrder({ type }: ServedVersion, object: KubeObject): KubeObject {
  const { kind, apiVersion, metadata, ...rest } = object
  const ordered: ObjectMeta = { name: metadata.name }
  if (type.custom) Reflect.deleteProperty(ordered, 'name')
  for (const key of type.custom ? sortedOrder : metadataOrder) {
    if (metadata[key] !== undefined) Object.assign(ordered, { [key]: metadata[key] })
  }
  return { kind, apiVersion, metadata: ordered, ...rest }
}
