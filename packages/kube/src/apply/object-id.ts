import { type KubeObject, type ObjectRef, parseApiVersion } from '@sluice/api'

/** How Flux names objects: in inventories (`<namespace>_<name>_<group>_<kind>`) and in texts (`Kind/namespace/name`). */
export interface InventoryEntry {
  id: string
  /** API version without the group. */
  v: string
}

export function refOf(object: KubeObject): ObjectRef {
  const { apiVersion, kind, metadata } = object
  return metadata.namespace
    ? { apiVersion, kind, namespace: metadata.namespace, name: metadata.name }
    : { apiVersion, kind, name: metadata.name }
}

/** RBAC names may hold colons, which the id writes as two underscores (fluxcd/pkg/ssa and cli-utils). */
export function inventoryEntry(ref: ObjectRef): InventoryEntry {
  const { group, version } = parseApiVersion(ref.apiVersion)
  const name = RBAC.has(ref.kind) ? ref.name.replaceAll(':', '__') : ref.name
  return { id: `${ref.namespace ?? ''}_${name}_${group}_${ref.kind}`, v: version }
}

/** `undefined` when the id is none of ours. */
export function parseInventoryEntry(entry: InventoryEntry): ObjectRef | undefined {
  const first = entry.id.indexOf('_')
  const last = entry.id.lastIndexOf('_')
  const middle = entry.id.lastIndexOf('_', last - 1)
  if (first < 0 || middle <= first) return undefined
  const group = entry.id.slice(middle + 1, last)
  const name = entry.id.slice(first + 1, middle).replaceAll('__', ':')
  const namespace = entry.id.slice(0, first)
  const apiVersion = group ? `${group}/${entry.v}` : entry.v
  const kind = entry.id.slice(last + 1)
  return namespace ? { apiVersion, kind, namespace, name } : { apiVersion, kind, name }
}

/** `Deployment/apps/web`, or `Namespace/apps` for what has no namespace. */
export function formatRef(ref: ObjectRef): string {
  return ref.namespace ? `${ref.kind}/${ref.namespace}/${ref.name}` : `${ref.kind}/${ref.name}`
}

/** Identity of an object whatever version it is written in. */
export function groupKindKey(ref: ObjectRef): string {
  return `${parseApiVersion(ref.apiVersion).group}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`
}

const RBAC = new Set(['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'])
