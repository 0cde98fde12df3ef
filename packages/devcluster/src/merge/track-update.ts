/** What a create, an update or a patch does to `managedFields`: the writer comes to own what it changed, others lose it. */
import type { KubeObject, ManagedFieldsEntry } from '@sluice/api'
import { difference, exclude, isEmpty, union } from './fields.ts'
import {
  capUpdateManagers,
  type ManagerKey,
  type Managers,
  managerId,
  readManagers,
  withoutServerFields,
  writeManagers,
} from './manager-records.ts'
import { disown, ignoredFields, type OwnershipOptions, rootOf } from './ownership.ts'

export interface TrackOptions extends OwnershipOptions {
  /** Undefined when the object is being created. */
  live: KubeObject | undefined
  /** What an object of the kind is before anybody sets anything: a create owns only what differs from it. */
  baseline?: KubeObject
  updated: KubeObject
  manager: string
  apiVersion: string
  /** RFC 3339, UTC, whole seconds. */
  time: string
}

/** `updated` with managed fields; shares all else with it. */
export function trackUpdate(options: TrackOptions): KubeObject {
  const { live, updated, subresource } = options
  const sent = updated.metadata.managedFields
  const isReset = sent !== undefined && (sent.length === 0 || (sent.length === 1 && isBlank(sent[0])))
  const managers = isReset && subresource === '' ? new Map() : startingManagers(live, sent, subresource)
  // Once an object has no managed fields, updates leave it so; the next apply begins to track it.
  if (live !== undefined && managers.size === 0) return withManagedFields(updated, undefined)
  const key: ManagerKey = {
    manager: options.manager,
    operation: 'Update',
    apiVersion: options.apiVersion,
    subresource,
  }
  recordUpdate(managers, key, options)
  capUpdateManagers(managers)
  return withManagedFields(updated, writeManagers(managers))
}

/** The part without reading and writing `managedFields`. Changes `managers`. */
export function recordUpdate(
  managers: Managers,
  key: ManagerKey,
  options: OwnershipOptions & {
    live: KubeObject | undefined
    baseline?: KubeObject
    updated: KubeObject
    time: string | undefined
  },
): void {
  const { live, updated, schema } = options
  const id = managerId(key)
  const ignored = ignoredFields(options)
  const before = live === undefined ? options.baseline : withoutManagedFields(live)
  const after = withoutManagedFields(updated)
  const change = disown(rootOf(schema), before ?? {}, after, managers, id, ignored, true)
  const taken = withoutServerFields(union(change.modified, change.added))
  const previous = managers.get(id)
  if (previous === undefined) {
    if (!isEmpty(taken)) managers.set(id, { ...key, time: options.time, fields: taken })
    return
  }
  const kept = difference(previous.fields, change.removed)
  const fields = exclude(union(kept, taken), ignored)
  if (isEmpty(fields)) managers.delete(id)
  else if (!isEmpty(taken)) managers.set(id, { ...previous, time: options.time, fields })
  else if (fields !== previous.fields) managers.set(id, { ...previous, fields })
}

const isBlank = (entry: ManagedFieldsEntry | undefined) => entry !== undefined && Object.keys(entry).length === 0

/** A client may edit managed fields on the object itself; what cannot be read, or is sent to a subresource, is not taken. */
function startingManagers(
  live: KubeObject | undefined,
  sent: ManagedFieldsEntry[] | undefined,
  subresource: string,
): Managers {
  const own = subresource === '' && sent !== undefined ? readManagers(sent) : undefined
  if (own !== undefined && own.size > 0) return own
  return readManagers(live?.metadata.managedFields) ?? new Map()
}

export function withoutManagedFields(object: KubeObject): KubeObject {
  if (object.metadata.managedFields === undefined) return object
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

export function withManagedFields(object: KubeObject, managedFields: ManagedFieldsEntry[] | undefined): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } }
}
