/**
 * The writes to configurations and extensions: each is one transaction that stores the new desired state, starts its operation, ends the operation it
 * overtakes, and takes the next number of the cluster's change sequence, which the streams follow. Announced to the streams after the commit.
 */
import { randomUUID } from 'node:crypto'
import type { Insertable, Transaction } from 'kysely'
import type { Principal } from '../access/users.ts'
import { conflict, notFound } from '../arm/arm-error.ts'
import { extensionResourceId } from '../arm/resource-ids.ts'
import type { Changes } from '../store/changes.ts'
import type { Store } from '../store/store.ts'
import type { ResourcesTable, Tables } from '../store/tables.ts'
import { defaultFluxExtension, extensionKind, FLUX_EXTENSION_NAME, isFluxExtension } from './extension.ts'
import { endOperation, startOperation } from './operations.ts'
import { checkPreconditions, type Preconditions } from './preconditions.ts'
import type { AcceptedBody, ResourceKind } from './resource-kind.ts'
import { openBody, type ResourceRow, sealColumn } from './resource-row.ts'
import { createdBy, modifiedBy } from './system-data.ts'

export interface WriteRequest {
  kind: ResourceKind
  /** The cluster's id as in the request's path. */
  clusterId: string
  name: string
  apiVersion: string
  principal: Principal
  preconditions: Preconditions
  correlationId: string
}

export interface WriteResult {
  row: ResourceRow
  isNew: boolean
}

export interface ResourceWrites {
  put(request: WriteRequest, body: unknown): Promise<WriteResult>
  patch(request: WriteRequest, body: unknown): Promise<WriteResult>
  /** The row that is being deleted; undefined when there was nothing. With `force` the row is gone already. */
  remove(request: WriteRequest, force: boolean): Promise<ResourceRow | undefined>
}

export function resourceNotFound(kind: ResourceKind, name: string) {
  return notFound('ResourceNotFound', `${kind.noun} instance with name '${name}' not found.`)
}

/** Takes the next number of the cluster's change sequence; in doing so holds the cluster against concurrent writes. */
export async function nextChange(
  trx: Transaction<Tables>,
  clusterId: string,
): Promise<{ clusterId: string; id: string; seq: number }> {
  const row = await trx
    .updateTable('clusters')
    .set(update => ({ change_seq: update('change_seq', '+', 1) }))
    .where('cluster_id', '=', clusterId.toLowerCase())
    .returning(['cluster_id', 'id', 'change_seq'])
    .executeTakeFirst()
  if (row === undefined) {
    const message = `Failed to perform the operation on a nested resource. The parent resource '${clusterId}' not found.`
    throw notFound('ParentResourceNotFound', message)
  }
  return { clusterId: row.cluster_id, id: row.id, seq: row.change_seq }
}

export function findResource(db: Store['db'], clusterId: string, kind: Pick<ResourceKind, 'typeKey'>, name: string) {
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

export function newEtag(): string {
  return `"${randomUUID()}"`
}

export function openResourceWrites({ db, keyring }: Store, changes: Changes, now: () => Date): ResourceWrites {
  /** Columns that every accepted body sets. */
  function written(
    id: string,
    accepted: AcceptedBody,
    generation: number,
    seq: number,
    request: WriteRequest,
    at: string,
  ) {
    const { secrets } = accepted
    return {
      id,
      generation,
      change_seq: seq,
      operation_id: randomUUID(),
      correlation_id: request.correlationId,
      deleting: 0,
      expired: 0,
      etag: newEtag(),
      body_sealed: sealColumn(keyring, id, 'body', { envelope: accepted.envelope, properties: accepted.properties }),
      ...(secrets === undefined
        ? {}
        : {
            protected_sealed: sealColumn(keyring, id, 'protected', secrets),
            protected_generation: generation,
            protected_at: at,
          }),
      ...modifiedBy(request.principal, at),
    }
  }

  async function insert(
    trx: Transaction<Tables>,
    request: WriteRequest,
    accepted: AcceptedBody,
    cluster: { clusterId: string; id: string; seq: number },
  ) {
    const at = now().toISOString()
    const { kind, name } = request
    const id = extensionResourceId(cluster.id, kind.segment, name)
    const values: Insertable<ResourcesTable> = {
      cluster_id: cluster.clusterId,
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
      ...createdBy(request.principal, at),
      ...written(id, accepted, 1, cluster.seq, request, at),
    }
    const row = await trx.insertInto('resources').values(values).returningAll().executeTakeFirstOrThrow()
    await startOperation(trx, row, 'Creating', at)
    return row
  }

  async function update(
    trx: Transaction<Tables>,
    request: WriteRequest,
    accepted: AcceptedBody,
    stored: ResourceRow,
    seq: number,
  ) {
    const at = now().toISOString()
    await endOperation(trx, keyring, stored, {
      status: 'Canceled',
      error: { code: 'OperationSuperseded', message: `A newer write to '${stored.name}' took the place of this one.` },
      at,
    })
    // A configuration that never reached its cluster is still being created, however often it is rewritten.
    const state = stored.reported_generation === 0 ? 'Creating' : 'Updating'
    const row = await trx
      .updateTable('resources')
      .set({ provisioning_state: state, ...written(stored.id, accepted, stored.generation + 1, seq, request, at) })
      .where('cluster_id', '=', stored.cluster_id)
      .where('type_key', '=', stored.type_key)
      .where('name_key', '=', stored.name_key)
      .returningAll()
      .executeTakeFirstOrThrow()
    await startOperation(trx, row, state, at)
    return row
  }

  function refuseWhileDeleting(row: ResourceRow): void {
    if (row.deleting !== 0) {
      throw conflict(
        `'${row.name}' is being deleted: wait until it is gone, or delete it with forceDelete=true, then create it anew.`,
      )
    }
  }

  async function extensions(trx: Transaction<Tables>, clusterId: string): Promise<ResourceRow[]> {
    return trx
      .selectFrom('resources')
      .selectAll()
      .where('cluster_id', '=', clusterId)
      .where('type_key', '=', extensionKind.typeKey)
      .execute()
  }

  /** The flux extension installs by itself with the first configuration of a cluster that lacks it. */
  async function ensureFluxExtension(
    trx: Transaction<Tables>,
    request: WriteRequest,
    clusterId: string,
  ): Promise<void> {
    const present = await extensions(trx, clusterId)
    const flux = present.find(row => row.name_key === FLUX_EXTENSION_NAME || isFluxExtension(openBody(keyring, row)))
    if (flux !== undefined && flux.deleting !== 0) {
      throw conflict(
        `The extension '${flux.name}' is being deleted: wait until it is gone, then create the configuration.`,
      )
    }
    if (flux !== undefined) return
    const cluster = await nextChange(trx, clusterId)
    const asked: WriteRequest = { ...request, kind: extensionKind, name: FLUX_EXTENSION_NAME }
    await insert(trx, asked, { ...defaultFluxExtension(), secrets: {} }, cluster)
  }

  async function refuseSecondFlux(trx: Transaction<Tables>, request: WriteRequest, clusterId: string): Promise<void> {
    const other = (await extensions(trx, clusterId)).find(row => row.name_key !== request.name.toLowerCase())
    if (other === undefined) return
    throw conflict(
      `The extension type 'microsoft.flux' is installed already as '${other.name}': a cluster has one of it.`,
    )
  }

  async function refuseFluxInUse(trx: Transaction<Tables>, row: ResourceRow): Promise<void> {
    const users = await trx
      .selectFrom('resources')
      .select('name')
      .where('cluster_id', '=', row.cluster_id)
      .where('type_key', '=', 'fluxconfigurations')
      .orderBy('name_key')
      .execute()
    if (users.length === 0) return
    throw conflict(
      `The extension '${row.name}' is in use by the flux configurations ${users.map(user => `'${user.name}'`).join(', ')}: ` +
        'delete them first, or delete the extension with forceDelete=true.',
    )
  }

  return {
    async put(request, body) {
      const { kind, clusterId, name, apiVersion } = request
      const result = await db.transaction().execute(async trx => {
        const cluster = await nextChange(trx, clusterId)
        const stored = await findResource(trx, clusterId, kind, name)
        checkPreconditions(request.preconditions, stored?.etag)
        if (stored !== undefined) refuseWhileDeleting(stored)
        const before = stored === undefined ? undefined : openBody(keyring, stored)
        const accepted = kind.acceptPut(name, body, apiVersion, before, stored?.provisioning_state ?? 'Creating')
        if (kind === extensionKind && stored === undefined) await refuseSecondFlux(trx, request, cluster.clusterId)
        if (stored !== undefined)
          return { row: await update(trx, request, accepted, stored, cluster.seq), isNew: false }
        const row = await insert(trx, request, accepted, cluster)
        if (kind !== extensionKind) await ensureFluxExtension(trx, request, cluster.clusterId)
        return { row, isNew: true }
      })
      changes.announce(result.row.cluster_id)
      return result
    },

    async patch(request, body) {
      const { kind, clusterId, name, apiVersion } = request
      const row = await db.transaction().execute(async trx => {
        const cluster = await nextChange(trx, clusterId)
        const stored = await findResource(trx, clusterId, kind, name)
        if (stored === undefined) throw resourceNotFound(kind, name)
        checkPreconditions(request.preconditions, stored.etag)
        refuseWhileDeleting(stored)
        const accepted = kind.acceptPatch(name, body, apiVersion, openBody(keyring, stored), stored.provisioning_state)
        return update(trx, request, accepted, stored, cluster.seq)
      })
      changes.announce(row.cluster_id)
      return { row, isNew: false }
    },

    async remove(request, force) {
      const { kind, clusterId, name } = request
      const row = await db.transaction().execute(async trx => {
        const cluster = await nextChange(trx, clusterId)
        const stored = await findResource(trx, clusterId, kind, name)
        if (stored === undefined) return undefined
        checkPreconditions(request.preconditions, stored.etag)
        if (stored.deleting !== 0 && !force) return stored
        if (kind === extensionKind && !force) await refuseFluxInUse(trx, stored)
        const at = now().toISOString()
        const error = { code: 'OperationSuperseded', message: `'${stored.name}' was deleted.` }
        await endOperation(trx, keyring, stored, { status: 'Canceled', error, at })
        const deletion = { ...stored, operation_id: randomUUID(), change_seq: cluster.seq }
        await startOperation(trx, deletion, 'Deleting', at)
        if (force) {
          await dropResource(trx, stored, cluster.seq, at)
          await endOperation(trx, keyring, deletion, { status: 'Succeeded', at })
          return deletion
        }
        return trx
          .updateTable('resources')
          .set({
            generation: stored.generation + 1,
            change_seq: cluster.seq,
            operation_id: deletion.operation_id,
            correlation_id: request.correlationId,
            provisioning_state: 'Deleting',
            deleting: 1,
            expired: 0,
            protected_sealed: null,
            protected_at: null,
            etag: newEtag(),
            ...modifiedBy(request.principal, at),
          })
          .where('cluster_id', '=', stored.cluster_id)
          .where('type_key', '=', stored.type_key)
          .where('name_key', '=', stored.name_key)
          .returningAll()
          .executeTakeFirstOrThrow()
      })
      if (row !== undefined) changes.announce(row.cluster_id)
      return row
    },
  }
}
