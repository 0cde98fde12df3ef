/**
 * The writes to configurations and extensions: each is one transaction that stores the new desired state, starts its
 * operation, ends the operation it overtakes, and takes the next number of the cluster's change sequence, which the
 * streams follow. Announced to the streams after the commit.
 */
import { randomUUID } from 'node:crypto'
import type { Transaction } from 'kysely'
import { conflict } from '../arm/arm-error.ts'
import type { Changes } from '../store/changes.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import { nextChange } from './change-sequence.ts'
import { extensionKind } from './extension.ts'
import { ensureFluxExtension, refuseFluxInUse, refuseSecondFlux } from './flux-extension-rules.ts'
import { endOperation, startOperation } from './operations.ts'
import { checkPreconditions, type Preconditions } from './preconditions.ts'
import { openBody, type ResourceRow } from './resource-row.ts'
import {
  dropResource,
  findResource,
  insertResource,
  newEtag,
  type RowWrite,
  resourceNotFound,
  updateResource,
} from './stored-resources.ts'
import { modifiedBy } from './system-data.ts'

export interface WriteRequest extends RowWrite {
  /** The cluster's id as in the request's path. */
  clusterId: string
  apiVersion: string
  preconditions: Preconditions
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

function refuseWhileDeleting(row: ResourceRow): void {
  if (row.deleting === 0) return
  const cure = 'wait until it is gone, or delete it with forceDelete=true, then create it anew'
  throw conflict(`'${row.name}' is being deleted: ${cure}.`)
}

/** Its secrets are gone with it: a patch would bring the rest to the cluster without them. */
function refusePatchOfExpired(row: ResourceRow): void {
  if (row.expired === 0) return
  throw conflict(
    `The last change of '${row.name}' expired before its cluster took it: send the whole resource again (PUT).`,
  )
}

export function openResourceWrites({ db, keyring }: Store, changes: Changes, now: () => Date): ResourceWrites {
  async function put(trx: Transaction<Tables>, request: WriteRequest, body: unknown): Promise<WriteResult> {
    const { kind, clusterId, name, apiVersion } = request
    const change = { ...(await nextChange(trx, clusterId)), at: now().toISOString() }
    const stored = await findResource(trx, clusterId, kind, name)
    checkPreconditions(request.preconditions, stored?.etag)
    if (stored !== undefined) {
      refuseWhileDeleting(stored)
      const accepted = kind.acceptPut(name, body, apiVersion, openBody(keyring, stored), stored.provisioning_state)
      return { row: await updateResource(trx, keyring, request, accepted, stored, change), isNew: false }
    }
    const accepted = kind.acceptPut(name, body, apiVersion, undefined, 'Creating')
    const isExtension = kind === extensionKind
    if (isExtension) await refuseSecondFlux(trx, change.clusterId, name)
    const position = isExtension ? change : await ensureFluxExtension(trx, keyring, request, change)
    return { row: await insertResource(trx, keyring, request, accepted, position), isNew: true }
  }

  async function patch(trx: Transaction<Tables>, request: WriteRequest, body: unknown): Promise<ResourceRow> {
    const { kind, clusterId, name, apiVersion } = request
    const change = { ...(await nextChange(trx, clusterId)), at: now().toISOString() }
    const stored = await findResource(trx, clusterId, kind, name)
    if (stored === undefined) throw resourceNotFound(kind, name)
    checkPreconditions(request.preconditions, stored.etag)
    refuseWhileDeleting(stored)
    refusePatchOfExpired(stored)
    const accepted = kind.acceptPatch(name, body, apiVersion, openBody(keyring, stored), stored.provisioning_state)
    return updateResource(trx, keyring, request, accepted, stored, change)
  }

  async function remove(trx: Transaction<Tables>, request: WriteRequest, force: boolean) {
    const { kind, clusterId, name } = request
    const { seq } = await nextChange(trx, clusterId)
    const stored = await findResource(trx, clusterId, kind, name)
    if (stored === undefined) return undefined
    checkPreconditions(request.preconditions, stored.etag)
    // Repeated, it is the same deletion; one that failed is begun anew.
    if (stored.deleting !== 0 && stored.provisioning_state === 'Deleting' && !force) return stored
    if (kind === extensionKind && !force) await refuseFluxInUse(trx, stored)
    const at = now().toISOString()
    const error = { code: 'OperationSuperseded', message: `'${stored.name}' was deleted.` }
    await endOperation(trx, keyring, stored, { status: 'Canceled', error, at })
    const deletion = { ...stored, operation_id: randomUUID(), change_seq: seq }
    await startOperation(trx, deletion, 'Deleting', at)
    if (force) {
      await dropResource(trx, stored, seq, at)
      await endOperation(trx, keyring, deletion, { status: 'Succeeded', at })
      return deletion
    }
    return trx
      .updateTable('resources')
      .set({
        generation: stored.generation + 1,
        change_seq: seq,
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
  }

  return {
    async put(request, body) {
      const result = await db.transaction().execute(trx => put(trx, request, body))
      changes.announce(result.row.cluster_id)
      return result
    },
    async patch(request, body) {
      const row = await db.transaction().execute(trx => patch(trx, request, body))
      changes.announce(row.cluster_id)
      return { row, isNew: false }
    },
    async remove(request, force) {
      const row = await db.transaction().execute(trx => remove(trx, request, force))
      if (row !== undefined) changes.announce(row.cluster_id)
      return row
    },
  }
}
