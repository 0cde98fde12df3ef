/** Who wrote a resource and when (`systemData`): set by users' writes only, never by a cluster's reports. */
import type { Principal } from '../access/users.ts'
import type { Json } from '../arm/field.ts'

export interface SystemDataRow {
  created_by: string
  created_by_type: string
  created_at: string
  modified_by: string
  modified_by_type: string
  modified_at: string
}

export function modifiedBy(principal: Principal, at: string) {
  return { modified_by: principal.name, modified_by_type: 'User', modified_at: at }
}

export function createdBy(principal: Principal, at: string): SystemDataRow {
  return { created_by: principal.name, created_by_type: 'User', created_at: at, ...modifiedBy(principal, at) }
}

export function showSystemData(row: SystemDataRow): Json {
  return {
    createdBy: row.created_by,
    createdByType: row.created_by_type,
    createdAt: row.created_at,
    lastModifiedBy: row.modified_by,
    lastModifiedByType: row.modified_by_type,
    lastModifiedAt: row.modified_at,
  }
}
