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

export function adoptPatch(
  live: KubeObject,
  manager: string,
  overridden: readonly string[] = [],
): JsonPatchOperation[] {
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
    !(e.subresource ?? '') && (isAbsorbed(e, overridden) || (e.manager === manager && e.operation === 'Update'))
  const taken = entries.filter(isTaken)
  if (taken.length > 0)
    patch.push({ op: 'replace', path: '/metadata/managedFields', value: merged(entries, taken, manager) })
  return guarded(patch, live)
}

/** Makes the fields of the managers named ours, and leaves those of all others (`PatchReplaceFieldsManagers` of pkg/ssa). */
export function overridePatch(live: KubeObject, manager: string, overridden: readonly string[]): JsonPatchOperation[] {
  const entries = live.metadata.managedFields ?? []
  const taken = entries.filter(e => !e.subresource && overridden.includes(e.manager ?? '') && e.manager !== manager)
  if (taken.length === 0) return []
  return guarded([{ op: 'replace', path: '/metadata/managedFields', value: merged(entries, taken, manager) }], live)
}

/** Only onto the object as we saw it: fields that others came to own since must not be forgotten. */
function guarded(patch: JsonPatchOperation[], { metadata: { resourceVersion } }: KubeObject): JsonPatchOperation[] {
  if (patch.length === 0 || resourceVersion === undefined) return patch
  return [...patch, { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion }]
}

function merged(entries: ManagedFieldsEntry[], taken: ManagedFieldsEntry[], manager: string): ManagedFieldsEntry[] {
  const own = entries.find(e => e.manager === manager && e.operation === 'Apply' && !e.subresource)
  const base = own ?? taken[0]
  const fieldsV1 = unionOfEntries([...(own ? [own] : []), ...taken])
  const rest = entries.filter(e => e !== own && !taken.includes(e))
  return [{ ...base, manager, operation: 'Apply', fieldsType: 'FieldsV1', fieldsV1 }, ...rest]
}

const pointerToken = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')
