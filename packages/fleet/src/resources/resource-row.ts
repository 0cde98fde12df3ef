/**
 * A stored configuration or extension between its row and what the rest works with: sealed columns opened, the
 * answer's envelope put together.
 */
import type { Selectable } from 'kysely'
import { isJson, type Json } from '../arm/field.ts'
import type { Keyring } from '../store/keyring.ts'
import type { ResourcesTable } from '../store/tables.ts'
import type { ReportedStatus, ResourceKind, StoredBody } from './resource-kind.ts'
import { showSystemData } from './system-data.ts'

export type ResourceRow = Selectable<ResourcesTable>

type SealedColumn = 'body' | 'status' | 'protected'

/** What a sealed column is bound to: the resource's id and the column's name. */
function context(id: string, column: SealedColumn): string {
  return `${id.toLowerCase()}#${column}`
}

export function sealColumn(keyring: Keyring, id: string, column: SealedColumn, value: unknown): string {
  return keyring.seal(JSON.stringify(value), context(id, column))
}

function openColumn(keyring: Keyring, id: string, column: SealedColumn, sealed: string): Json {
  const value: unknown = JSON.parse(keyring.open(sealed, context(id, column)))
  return isJson(value) ? value : {}
}

export function openBody(keyring: Keyring, row: Pick<ResourceRow, 'id' | 'body_sealed'>): StoredBody {
  const { envelope, properties } = openColumn(keyring, row.id, 'body', row.body_sealed)
  return { envelope: isJson(envelope) ? envelope : {}, properties: isJson(properties) ? properties : {} }
}

export function openStatus(keyring: Keyring, row: Pick<ResourceRow, 'id' | 'status_sealed'>): ReportedStatus {
  return row.status_sealed === null ? {} : openColumn(keyring, row.id, 'status', row.status_sealed)
}

export function openSecrets(
  keyring: Keyring,
  row: Pick<ResourceRow, 'id' | 'protected_sealed'>,
): Record<string, string> | undefined {
  if (row.protected_sealed === null) return undefined
  const opened = openColumn(keyring, row.id, 'protected', row.protected_sealed)
  return Object.fromEntries(Object.entries(opened).map(([key, value]) => [key, String(value)]))
}

/** The resource as the API answers it. */
export function showResource(keyring: Keyring, kind: ResourceKind, row: ResourceRow, apiVersion: string): Json {
  const body = openBody(keyring, row)
  const state = {
    provisioningState: row.provisioning_state,
    status: openStatus(keyring, row),
    statusUpdatedAt: row.status_updated_at,
    isCurrent: row.reported_generation === row.generation,
  }
  return {
    id: row.id,
    name: row.name,
    type: kind.type,
    etag: row.etag,
    systemData: showSystemData(row),
    ...body.envelope,
    properties: kind.showProperties(body, state, apiVersion),
  }
}
