/**
 * Server-side apply: the live object with the applied configuration laid over it, without what the manager applied before and now does not,
 * and the managed fields that result. Follows apimachinery's managedfields and structured-merge-diff (v6).
 */
import type { KubeObject } from '@sluice/api'
import { typedErrors } from './check-typed.ts'
import { compare } from './compare.ts'
import { ConflictError } from './conflict-error.ts'
import { fieldSetOf } from './field-set.ts'
import { difference, exclude, type Fields, intersection, isEmpty, noFields, union } from './fields.ts'
import { isObject } from './json.ts'
import {
  type ManagerKey,
  type Managers,
  managerId,
  readManagers,
  withoutServerFields,
  writeManagers,
} from './manager-records.ts'
import { MergeError } from './merge-error.ts'
import { mergeValues } from './merge-values.ts'
import { disown, ignoredFields, type OwnershipOptions, rootOf } from './ownership.ts'
import { removeItems } from './remove-items.ts'
import { type Structure, withNamedFields } from './structure.ts'
import { recordUpdate, withManagedFields, withoutManagedFields } from './track-update.ts'

export interface ApplyServerSideOptions extends OwnershipOptions {
  /** Undefined when the apply creates the object. */
  live: KubeObject | undefined
  applied: KubeObject
  manager: string
  force: boolean
  apiVersion: string
  /** RFC 3339, UTC, whole seconds. */
  time: string
}

/**
 * `changed` says whether anything but `managedFields` differs from `live`; defaulting by the caller may still undo that.
 * @throws ConflictError when others own what would change and `force` is not given
 * @throws MergeError when the applied object does not fit the schema
 */
export function applyServerSide(options: ApplyServerSideOptions): { object: KubeObject; changed: boolean } {
  const { schema, applied, apiVersion } = options
  if (schema !== undefined) {
    const problem = typedErrors(schema, applied)
    if (problem !== undefined) {
      const { namespace = '', name = '' } = applied.metadata
      const groupVersion = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`
      const what = `${namespace}/${name}; ${groupVersion}, Kind=${applied.kind}`
      throw new MergeError(500, undefined, `failed to create typed patch object (${what}): ${problem}`)
    }
  }
  try {
    return apply(options, options.force)
  } catch (error) {
    if (options.manager !== 'kubectl' || !(error instanceof ConflictError)) throw error
    return applyOverClientSide(options, error)
  }
}

function apply(options: ApplyServerSideOptions, force: boolean): { object: KubeObject; changed: boolean } {
  const { schema, applied, manager, apiVersion, subresource, time } = options
  const root = rootOf(schema)
  const live = options.live === undefined ? undefined : withoutManagedFields(options.live)
  const managers = readManagers(options.live?.metadata.managedFields) ?? new Map()
  if (live !== undefined && managers.size === 0) {
    const before: ManagerKey = { manager: 'before-first-apply', operation: 'Update', apiVersion, subresource }
    recordUpdate(managers, before, { schema, subresource, live: undefined, updated: live, time })
  }
  const key: ManagerKey = { manager, operation: 'Apply', apiVersion, subresource }
  const id = managerId(key)
  const ignored = ignoredFields(options)
  const last = managers.get(id)
  const fields = exclude(fieldSetOf(root, applied), ignored)
  managers.set(id, { ...key, time: last?.time, fields })
  const merged = mergeValues(root, live ?? {}, applied)
  const pruned = last === undefined ? merged : prune(root, merged, last.fields, managers)
  const next = isKubeObject(pruned) ? pruned : applied
  const change = disown(root, live ?? {}, next, managers, id, ignored, force)
  const changed = next !== live
  const owned = withoutServerFields(fields)
  if (isEmpty(owned)) managers.delete(id)
  else managers.set(id, { ...key, time: !isNothing(change) ? time : last?.time, fields: owned })
  return { object: withLastApplied(withManagedFields(next, writeManagers(managers)), options), changed }
}

const isNothing = (change: { added: Fields; removed: Fields; modified: Fields }) =>
  isEmpty(change.added) && isEmpty(change.removed) && isEmpty(change.modified)

const isKubeObject = (value: unknown): value is KubeObject => isObject(value) && isObject(value.metadata)

/** Takes out what `last` has, unless somebody (this apply included) still owns it or something in it. */
function prune(root: Structure, merged: unknown, last: Fields, managers: Managers): unknown {
  let owned: Fields = noFields
  for (const { fields } of managers.values()) owned = union(owned, fields)
  if (isEmpty(difference(last, owned))) return merged
  const named = (fields: Fields) => withNamedFields(fields, root)
  const lastNamed = named(last)
  const without = removeItems(root, merged, lastNamed)
  const mergedSet = named(fieldSetOf(root, merged))
  const kept = union(named(fieldSetOf(root, without ?? {})), named(owned))
  const ownedBack = removeItems(root, merged, difference(mergedSet, kept))
  const gone = difference(mergedSet, named(fieldSetOf(root, ownedBack ?? {})))
  return removeItems(root, merged, intersection(gone, lastNamed))
}

const lastAppliedKey = 'kubectl.kubernetes.io/last-applied-configuration'

/** kubectl takes over, without force, what it applied client-side before and what is still as it was. */
function applyOverClientSide(
  options: ApplyServerSideOptions,
  error: ConflictError,
): { object: KubeObject; changed: boolean } {
  const { live, schema } = options
  const text = live?.metadata.annotations?.[lastAppliedKey]
  if (live === undefined || text === undefined) throw error
  let lastApplied: unknown
  try {
    lastApplied = JSON.parse(text)
  } catch {
    throw error
  }
  const root = rootOf(schema)
  const differs = compare(root, lastApplied, withoutManagedFields(live))
  const taken = [differs.modified, differs.added, differs.removed].reduce(difference, fieldSetOf(root, lastApplied))
  if (!isEmpty(difference(error.fields, taken))) throw error.without(taken)
  return apply(options, true)
}

/** kubectl's annotation, where there is one, follows its applies. */
function withLastApplied(object: KubeObject, { manager, applied }: ApplyServerSideOptions): KubeObject {
  const { annotations } = object.metadata
  if (manager !== 'kubectl' || annotations?.[lastAppliedKey] === undefined) return object
  const { [lastAppliedKey]: _, ...others } = applied.metadata.annotations ?? {}
  const config =
    applied.metadata.annotations === undefined
      ? applied
      : { ...applied, metadata: { ...applied.metadata, annotations: others } }
  const text = `${JSON.stringify(config, sortKeys)}\n`
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [lastAppliedKey]: text } } }
}

const sortKeys = (_: string, value: unknown) =>
  isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value
