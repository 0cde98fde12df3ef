import type { KubeObject, ManagedFieldsEntry } from '@sluice/api'
import { unionOfEntries } from './field-sets.ts'
import { isAbsorbed } from './owned-fields.ts'

/**
 * The JSON patch that makes an object ours before the next apply (fluxcd/pkg/ssa `patchRemoveFieldsManagers` and
 * friends): fields of kubectl and of our own earlier updates move into our Apply entry, so that what the source no longer
 * names goes away; kubectl's and old Flux's bookkeeping annotations and labels are removed.
 */
export interface JsonPatchOperation {
  op: 'add' | 'remove' | 'replace' | 'test'
  path: string
  value?: unknown
}

const ANNOTATIONS = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'kustomize.toolkit.fluxcd.io/checksum',
  'fluxcd.io/sync-checksum',
]
const LABELS = ['fluxcd.io/sync-gc-mark']

export function adoptPatch(live: KubeObject, manager: string): JsonPatchOperation[] {
  const { metadata } = live
  const patch: JsonPatchOperation[] = []
  for (const key of ANNOTATIONS) {
    if (metadata.annotations?.[key] !== undefined)
      patch.push({ op: 'remove', path: `/metadata/annotations/${pointerToken(key)}` })
  }
  for (const key of LABELS) {
    if (metadata.labels?.[key] !== undefined)
      patch.push({ op: 'remove', path: `/metadata/labels/${pointerToken(key)}` })
  }
  const entries = metadata.managedFields ?? []
  const isTaken = (e: ManagedFieldsEntry) =>
    !(e.subresource ?? '') && (isAbsorbed(e) || (e.manager === manager && e.operation === 'Update'))
  const taken = entries.filter(isTaken)
  if (taken.length > 0)
    patch.push({ op: 'replace', path: '/metadata/managedFields', value: merged(entries, taken, manager) })
  // Only onto the object as we saw it: fields that others came to own since must not be forgotten.
  if (patch.length > 0 && metadata.resourceVersion !== undefined)
    patch.push({ op: 'replace', path: '/metadata/resourceVersion', value: metadata.resourceVersion })
  return patch
}

function merged(entries: ManagedFieldsEntry[], taken: ManagedFieldsEntry[], manager: string): ManagedFieldsEntry[] {
  const own = entries.find(e => e.manager === manager && e.operation === 'Apply' && !e.subresource)
  const base = own ?? taken[0]
  const fieldsV1 = unionOfEntries([...(own ? [own] : []), ...taken])
  const rest = entries.filter(e => e !== own && !taken.includes(e))
  return [{ ...base, manager, operation: 'Apply', fieldsType: 'FieldsV1', fieldsV1 }, ...rest]
}

const pointerToken = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')
