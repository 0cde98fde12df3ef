/**
 * The rows of configurations and extensions: found, written with their operation, dropped with a mark for streams
 * that are behind.
 */
import { randomUUID } from 'node:crypto'
import type { Insertable, Transaction } from 'kysely'
import type { Principal } from '../access/users.ts'
import { notFound } from '../arm/arm-error.ts'
import { extensionResourceId } from '../arm/resource-ids.ts'
import type { Keyring } from '../store/keyring.ts'
import type { Database } from '../store/store.ts'
import type { ResourcesTable, Tables } from '../store/tables.ts'
import type { ClusterChange } from './change-sequence.ts'
import { endOperation, startOperation } from './operations.ts'
import type { AcceptedBody, ResourceKind } from './resource-kind.ts'
import { type ResourceRow, sealColumn } from './resource-row.ts'
import { createdBy, modifiedBy } from './system-data.ts'

/** What a row is written from, besides the accepted body. */
export interface RowWrite {
  kind: ResourceKind
  name: string
  principal: Principal
  correlationId: string
}

export function resourceNotFound(kind: ResourceKind, name: string) {
  return notFound('ResourceNotFound', `${kind.noun} instance with name '${name}' not found.`)
}

export function newEtag(): string {
  return `"${randomUUID()}"`
}

export function findResource(db: Database, clusterId: string, kind: Pick<ResourceKind, 'typeKey'>, name: string) {
  return db
    .selectFrom('resources')
    .selectAll()
    .where('cluster_id', '=', clusterId.toLowerCase())
    .where('type_key', '=', kind.typeKey)
    .where('name_key', '=', name.toLowerCase())
    .executeTakeFirst()
}

/** Removes the row and leaves a mark for streams that are behind. */
export async function dropResource(trx: Transaction<Tables>, row: ResourceRow, seq: number, at: string): Promise<void> {
  await trx
    .deleteFrom('resources')
    .where('cluster_id', '=', row.cluster_id)
    .where('type_key', '=', row.type_key)
    .where('name_key', '=', row.name_key)
    .execute()
  await trx
    .insertInto('removals')
    .values({ cluster_id: row.cluster_id, change_seq: seq, resource_id: row.id.toLowerCase(), removed_at: at })
    .execute()
}

/** Columns that every accepted body sets. */
function written(
  keyring: Keyring,
  write: RowWrite,
  accepted: AcceptedBody,
  position: { id: string; generation: number; seq: number; at: string },
) {
  const { id, generation, seq, at } = position
  const { secrets, envelope, properties } = accepted
  const protectedColumns =
    secrets === undefined
      ? {}
      : {
          protected_sealed: sealColumn(keyring, id, 'protected', secrets),
          protected_generation: generation,
          protected_at: at,
        }
  return {
    id,
    generation,
    change_seq: seq,
    operation_id: randomUUID(),
    correlation_id: write.correlationId,
    deleting: 0,
    expired: 0,
    etag: newEtag(),
    body_sealed: sealColumn(keyring, id, 'body', { envelope, properties }),
    ...protectedColumns,
    ...modifiedBy(write.principal, at),
  }
}

export async function insertResource(
  trx: Transaction<Tables>,
  keyring: Keyring,
  write: RowWrite,
  accepted: AcceptedBody,
  { clusterId, id: cluster, seq, at }: ClusterChange & { at: string },
): Promise<ResourceRow> {
  const { kind, name } = write
  const id = extensionResourceId(cluster, kind.segment, name)
  const values: Insertable<ResourcesTable> = {
    cluster_id: clusterId,
    type_key: kind.typeKey,
    name_key: name.toLowerCase(),
    name,
    provisioning_state: 'Creating',
    reported_generation: 0,
    status_sealed: null,
    status_updated_at: null,
    protected_sealed: null,
    protected_generation: 0,
    protected_at: null,
    ...createdBy(write.principal, at),
    ...written(keyring, write, accepted, { id, generation: 1, seq, at }),
  }
  const row = await trx.insertInto('resources').values(values).returningAll().executeTakeFirstOrThrow()
  await startOperation(trx, row, 'Creating', at)
  return row
}

/** Writes the next generation and ends the operation that it overtakes. */
export async function updateResource(
  trx: Transaction<Tables>,
  keyring: Keyring,
  write: RowWrite,
  accepted: AcceptedBody,
  stored: ResourceRow,
  { seq, at }: { seq: number; at: string },
): Promise<ResourceRow> {
  await endOperation(trx, keyring, stored, {
    status: 'Canceled',
    error: { code: 'OperationSuperseded', message: `A newer write to '${stored.name}' took the place of this one.` },
    at,
  })
  // A configuration that never reached its cluster is still being created, however often it is rewritten.
  const state = stored.reported_generation === 0 ? 'Creating' : 'Updating'
  const position = { id: stored.id, generation: stored.generation + 1, seq, at }
  const row = await trx
    .updateTable('resources')
    .set({ provisioning_state: state, ...written(keyring, write, accepted, position) })
    .where('cluster_id', '=', stored.cluster_id)
    .where('type_key', '=', stored.type_key)
    .where('name_key', '=', stored.name_key)
    .returningAll()
    .executeTakeFirstOrThrow()
  await startOperation(trx, row, state, at)
  return row
}
