/**
 * `metadata.managedFields` read into one record a manager, and written back in the server's order. A manager is identified by its name, operation
 * and subresource, and for updates by the version it wrote.
 */
import type { ManagedFieldsEntry } from '@sluice/api'
import { type Fields, isEmpty, noFields, ordered, union } from './fields.ts'
import { isObject } from './json.ts'

export interface ManagerRecord {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  subresource: string
  time: string | undefined
  fields: Fields
}

/** By identifier. */
export type Managers = Map<string, ManagerRecord>

export type ManagerKey = Pick<ManagerRecord, 'manager' | 'operation' | 'apiVersion' | 'subresource'>

/** Sorts as the server sorts managers in its texts. */
export function managerId({ manager, operation, apiVersion, subresource }: ManagerKey): string {
  const version = operation === 'Apply' ? {} : { apiVersion }
  const sub = subresource === '' ? {} : { subresource }
  return JSON.stringify({ manager, operation, ...version, ...sub })
}

const isFields = (value: unknown): value is Fields => isObject(value) && Object.values(value).every(isFields)

/** Undefined when an entry cannot be read. */
export function readManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers | undefined {
  const managers: Managers = new Map()
  for (const entry of entries ?? []) {
    const { manager = '', operation, apiVersion, subresource = '', time, fieldsType, fieldsV1 = noFields } = entry
    if (fieldsType !== 'FieldsV1' || apiVersion === undefined || apiVersion === '') return undefined
    if (operation !== 'Apply' && operation !== 'Update') return undefined
    if (!isFields(fieldsV1)) return undefined
    const record = { manager, operation, apiVersion, subresource, time, fields: fieldsV1 }
    managers.set(managerId(record), record)
  }
  return managers
}

const seconds = (time: string | undefined) => (time === undefined ? 0 : Math.floor(Date.parse(time) / 1000))
const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function compareRecords(a: ManagerRecord, b: ManagerRecord): number {
  return (
    order(a.operation, b.operation) ||
    seconds(a.time) - seconds(b.time) ||
    order(a.manager, b.manager) ||
    order(a.apiVersion, b.apiVersion) ||
    order(a.subresource, b.subresource)
  )
}

/** Undefined when nobody manages anything. */
export function writeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined
  return [...managers.values()]
    .sort(compareRecords)
    .map(({ manager, operation, apiVersion, time, fields, subresource }) => ({
      manager,
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: ordered(fields),
      ...(subresource === '' ? {} : { subresource }),
    }))
}

/** Server-set and identifying fields have no owner. */
const neverOwned = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
])

export function withoutServerFields(fields: Fields): Fields {
  if (!('f:apiVersion' in fields) && !('f:kind' in fields) && !('f:metadata' in fields)) return fields
  const { 'f:apiVersion': _, 'f:kind': __, 'f:metadata': metadata, ...rest } = fields
  if (metadata === undefined) return rest
  const kept: Record<string, Fields> = {}
  for (const key in metadata) {
    const below = metadata[key]
    if (below !== undefined && key !== '.' && !neverOwned.has(key.slice(2))) kept[key] = below
  }
  return isEmpty(kept) ? rest : { ...rest, 'f:metadata': kept }
}

const maxUpdateManagers = 10
const bucketName = 'ancient-changes'

/** Joins the oldest updates into one entry a version when there are more than ten. */
export function capUpdateManagers(managers: Managers): void {
  const updaters = [...managers].filter(([, record]) => record.operation === 'Update')
  let count = updaters.length
  if (count <= maxUpdateManagers) return
  updaters.sort(([a, x], [b, y]) => seconds(x.time) - seconds(y.time) || order(a, b))
  const firsts = new Map<string, string>()
  for (const [id, record] of updaters) {
    if (count <= maxUpdateManagers) return
    const first = firsts.get(record.apiVersion)
    if (first === undefined) {
      firsts.set(record.apiVersion, id)
      continue
    }
    const key: ManagerKey = { manager: bucketName, operation: 'Update', apiVersion: record.apiVersion, subresource: '' }
    const bucket = managerId(key)
    const oldest = managers.get(bucket) ?? managers.get(first)
    if (!managers.has(bucket)) managers.delete(first)
    managers.delete(id)
    const fields = oldest === undefined ? record.fields : union(record.fields, oldest.fields)
    managers.set(bucket, { ...key, time: record.time, fields })
    count--
  }
}
