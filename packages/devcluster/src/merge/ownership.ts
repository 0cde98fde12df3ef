/** Who loses what by a change: the step that applies and updates have in common (structured-merge-diff's Updater.update). */
import type { Schema } from '@sluice/api/builtin'
import { type Comparison, compare } from './compare.ts'
import { ConflictError, type Conflicts } from './conflict-error.ts'
import { difference, exclude, type Fields, intersection, isEmpty, noFields, union } from './fields.ts'
import type { Managers } from './manager-records.ts'
import { deduced, type Structure, structureOf } from './structure.ts'

export interface OwnershipOptions {
  schema: Schema | undefined
  subresource: string
  /** Paths that this endpoint resets: they are neither owned nor in conflict. Default: the status, or all but it on `status`. */
  ignored?: Fields
}

const status: Fields = { 'f:status': noFields }

export function ignoredFields({ schema, subresource, ignored }: OwnershipOptions): Fields {
  if (ignored !== undefined) return ignored
  if (subresource === '') return schema === undefined || schema.properties?.status !== undefined ? status : noFields
  if (subresource !== 'status') return noFields
  const out: Record<string, Fields> = { 'f:metadata': noFields, 'f:spec': noFields }
  for (const name in schema?.properties ?? {}) if (name !== 'status') out[`f:${name}`] = noFields
  return out
}

export const rootOf = (schema: Schema | undefined): Structure => (schema === undefined ? deduced : structureOf(schema))

/**
 * Takes from every manager but `self` what the change from `live` to `next` modifies or adds (a conflict, unless forced) and removes.
 * Changes `managers`.
 */
export function disown(
  root: Structure,
  live: unknown,
  next: unknown,
  managers: Managers,
  self: string,
  ignored: Fields,
  force: boolean,
): Comparison {
  const all = compare(root, live, next)
  const change: Comparison = {
    added: exclude(all.added, ignored),
    removed: exclude(all.removed, ignored),
    modified: exclude(all.modified, ignored),
  }
  if (isEmpty(change.added) && isEmpty(change.removed) && isEmpty(change.modified)) return change
  const touched = union(change.modified, change.added)
  const conflicts: Conflicts = new Map()
  for (const [id, record] of managers) {
    if (id === self) continue
    const fields = intersection(record.fields, touched)
    if (!isEmpty(fields)) conflicts.set(id, { record, fields })
  }
  if (!force && conflicts.size > 0) throw new ConflictError(conflicts)
  for (const [id, record] of managers) {
    if (id === self) continue
    const lost = conflicts.get(id)
    let fields = lost === undefined ? record.fields : difference(record.fields, lost.fields)
    fields = difference(fields, change.removed)
    if (isEmpty(fields)) managers.delete(id)
    else if (fields !== record.fields) managers.set(id, { ...record, fields })
  }
  return change
}
