/**
 * Long-running operations as rows: one for each accepted write, ended by the cluster's report, by a newer write, or
 * by time. They stay readable for some days, also when their resource is gone.
 */
import type { Selectable, Transaction } from 'kysely'
import type { ErrorDetail } from '../arm/arm-error.ts'
import type { Json } from '../arm/field.ts'
import type { Keyring } from '../store/keyring.ts'
import type { Database } from '../store/store.ts'
import type { OperationsTable, Tables } from '../store/tables.ts'
import type { ResourceRow } from './resource-row.ts'

export type OperationRow = Selectable<OperationsTable>

export type RunningStatus = 'Creating' | 'Updating' | 'Deleting'
type EndStatus = 'Succeeded' | 'Failed' | 'Canceled'

type ResourceOfOperation = Pick<ResourceRow, 'cluster_id' | 'id' | 'type_key' | 'name_key' | 'operation_id'>

function errorContext(operationId: string): string {
  return `operation/${operationId}#error`
}

export async function startOperation(
  trx: Transaction<Tables>,
  resource: ResourceOfOperation,
  status: RunningStatus,
  at: string,
): Promise<void> {
  await trx
    .insertInto('operations')
    .values({
      cluster_id: resource.cluster_id,
      operation_id: resource.operation_id,
      resource_id: resource.id,
      type_key: resource.type_key,
      name_key: resource.name_key,
      status,
      error_sealed: null,
      started_at: at,
      ended_at: null,
    })
    .execute()
}

/** Ends the operation if it still runs. */
export async function endOperation(
  trx: Transaction<Tables>,
  keyring: Keyring,
  resource: Pick<ResourceRow, 'cluster_id' | 'operation_id'>,
  end: { status: EndStatus; error?: ErrorDetail; at: string },
): Promise<void> {
  const error = end.error === undefined ? null : JSON.stringify(end.error)
  await trx
    .updateTable('operations')
    .set({
      status: end.status,
      error_sealed: error === null ? null : keyring.seal(error, errorContext(resource.operation_id)),
      ended_at: end.at,
    })
    .where('cluster_id', '=', resource.cluster_id)
    .where('operation_id', '=', resource.operation_id)
    .where('ended_at', 'is', null)
    .execute()
}

export function findOperation(db: Database, clusterId: string, operationId: string): Promise<OperationRow | undefined> {
  return db
    .selectFrom('operations')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .where('operation_id', '=', operationId.toLowerCase())
    .executeTakeFirst()
}

/** Those in progress, oldest first. */
export function runningOperations(db: Database, clusterId: string): Promise<OperationRow[]> {
  return db
    .selectFrom('operations')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .where('ended_at', 'is', null)
    .orderBy('started_at')
    .orderBy('operation_id')
    .execute()
}

/** ARM's OperationStatusResult; `id` is the path of the monitor. */
export function showOperation(keyring: Keyring, row: OperationRow, id: string): Json {
  const error: unknown =
    row.error_sealed === null ? null : JSON.parse(keyring.open(row.error_sealed, errorContext(row.operation_id)))
  return {
    id,
    name: row.operation_id,
    status: row.status,
    startTime: row.started_at,
    ...(row.ended_at === null ? {} : { endTime: row.ended_at }),
    properties: {},
    error,
  }
}
