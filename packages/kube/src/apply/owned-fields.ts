import { createHash } from 'node:crypto'
import type { KubeObject, ManagedFieldsEntry } from '@sluice/api'
import { equalJson } from './equal.ts'

/**
 * What a field manager owns of an object, in a few bytes: a hash over the fields its Apply entry in `managedFields` lists
 * and their values. A foreign write to one of them takes it out of the entry or changes its value, so that the hash differs;
 * writes to other fields (status, other managers' fields) leave it alone. Entries of managers that Flux absorbs (kubectl,
 * and those of `overridden`) are part of the hash, because their fields are to be taken away again. With `withUpdates`,
 * what the manager wrote by other ways than Apply is its own, too.
 */
export function ownedHash(
  object: KubeObject,
  manager: string,
  withUpdates = false,
  overridden: readonly string[] = [],
): string {
  const hash = createHash('sha1')
  let owned = false
  for (const entry of object.metadata.managedFields ?? []) {
    const isOwn = entry.manager === manager && (withUpdates || entry.operation === 'Apply')
    if (isOwn && !entry.subresource) {
      owned = true
      hash.update(JSON.stringify(project(object, entry.fieldsV1 ?? {})))
    } else if (isAbsorbed(entry, overridden)) hash.update(`${entry.manager}/${JSON.stringify(entry.fieldsV1)}`)
  }
  return owned ? hash.digest('base64url') : ''
}

/** Whether a manager owns the same fields by server-side apply in both states of an object. */
export function ownsTheSame(one: KubeObject, other: KubeObject, manager: string): boolean {
  return equalJson(ownSets(one, manager), ownSets(other, manager))
}

const ownSets = (object: KubeObject, manager: string): unknown[] =>
  (object.metadata.managedFields ?? [])
    .filter(e => e.manager === manager && e.operation === 'Apply' && !e.subresource)
    .map(e => e.fieldsV1)

/**
 * Managers whose fields Flux takes over (kustomize-controller's `FieldManager` list): kubectl's, what came before
 * managers, and those that may not change managed objects (`--override-manager`).
 */
export function isAbsorbed(entry: ManagedFieldsEntry, overridden: readonly string[] = []): boolean {
  if (entry.subresource) return false
  const name = entry.manager ?? ''
  if (overridden.includes(name)) return true
  return name.startsWith('kubectl') || (name.startsWith('before-first-apply') && entry.operation === 'Update')
}

type Fields = Record<string, unknown>

/** The part of `value` that a FieldsV1 set covers. A leaf covers all that is below it. */
function project(value: unknown, set: Fields): unknown {
  const keys = Object.keys(set)
  if (keys.length === 0) return value
  // Only the map or element itself is owned: that it is there.
  if (keys.length === 1 && keys[0] === '.') return value !== undefined
  const result: [string, unknown][] = []
  for (const key of keys) {
    if (key === '.') continue
    const child = asFields(set[key])
    const rest = key.slice(2)
    if (key.startsWith('f:')) result.push([key, project(asFields(value)[rest], child)])
    else if (key.startsWith('k:')) result.push([key, project(elementWith(value, rest), child)])
    else if (key.startsWith('v:')) result.push([key, Array.isArray(value) && value.includes(JSON.parse(rest))])
    else if (key.startsWith('i:')) result.push([key, Array.isArray(value) ? project(value[Number(rest)], child) : null])
  }
  return result
}

function elementWith(value: unknown, keyJson: string): unknown {
  if (!Array.isArray(value)) return undefined
  const wanted = Object.entries(JSON.parse(keyJson) as Fields)
  return value.find(element => wanted.every(([key, v]) => asFields(element)[key] === v))
}

const asFields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})
