/**
 * What time does to stored state: protected settings are kept for less than 48 hours; a write that its cluster did
 * not take in that time expires and must be made again; a configuration that waits for reconciliation fails when its
 * wait is over; ended operations and marks of removals are forgotten after a week. An expired write is no longer
 * delivered: the cluster stays at what it has, and the resource says so.
 */
import type { Transaction } from 'kysely'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import { isoDurationMs } from './name-rules.ts'
import { endOperation } from './operations.ts'
import type { ResourceKind } from './resource-kind.ts'
import { openBody, openStatus, type ResourceRow, sealColumn } from './resource-row.ts'

const HOUR_MS = 3_600_000
/**
 * Less than 48 hours, whenever the sweep runs; the same for both, so that no change is delivered without its secrets.
 */
const LIMIT_MS = 48 * HOUR_MS - 600_000
const HISTORY_LIMIT_MS = 7 * 24 * HOUR_MS

interface Failure {
  code: string
  message: string
  expired: 0 | 1
}

/** Why a write that still runs has failed by now, if it has. */
export function overdue(
  row: Pick<ResourceRow, 'name' | 'deleting' | 'reported_generation' | 'generation'>,
  properties: Record<string, unknown>,
  runningMs: number,
): Failure | undefined {
  if (row.deleting !== 0) return undefined
  const isTaken = row.reported_generation === row.generation
  const { waitForReconciliation, reconciliationWaitDuration: wait } = properties
  if (isTaken && waitForReconciliation === true && typeof wait === 'string' && runningMs > isoDurationMs(wait)) {
    const message = `'${row.name}' did not become compliant within its reconciliationWaitDuration of ${wait}.`
    return { code: 'ReconciliationTimedOut', message, expired: 0 }
  }
  if (!isTaken && runningMs > LIMIT_MS) {
    const message =
      `The cluster did not take this change of '${row.name}' within 48 hours, so it expired. ` +
      'Check that the cluster is connected, then apply the change again.'
    return { code: 'ChangeExpired', message, expired: 1 }
  }
  return undefined
}

export interface TimeLimits {
  sweep(): Promise<void>
}

export function openTimeLimits({ db, keyring }: Store, kinds: readonly ResourceKind[], now: () => Date): TimeLimits {
  async function fail(trx: Transaction<Tables>, row: ResourceRow, failure: Failure, at: string): Promise<void> {
    const { code, message, expired } = failure
    await endOperation(trx, keyring, row, { status: 'Failed', error: { code, message }, at })
    const status = { ...openStatus(keyring, row), errorMessage: message }
    await trx
      .updateTable('resources')
      .set({
        provisioning_state: 'Failed',
        expired,
        status_sealed: sealColumn(keyring, row.id, 'status', status),
        ...(expired === 1 ? { protected_sealed: null, protected_at: null } : {}),
      })
      .where('cluster_id', '=', row.cluster_id)
      .where('type_key', '=', row.type_key)
      .where('name_key', '=', row.name_key)
      .where('generation', '=', row.generation)
      .execute()
  }

  async function failOverdue(at: Date): Promise<void> {
    const running = await db
      .selectFrom('operations')
      .select(['cluster_id', 'operation_id', 'type_key', 'name_key', 'started_at'])
      .where('ended_at', 'is', null)
      .execute()
    for (const operation of running) {
      if (!kinds.some(kind => kind.typeKey === operation.type_key)) continue
      await db.transaction().execute(async trx => {
        const row = await trx
          .selectFrom('resources')
          .selectAll()
          .where('cluster_id', '=', operation.cluster_id)
          .where('type_key', '=', operation.type_key)
          .where('name_key', '=', operation.name_key)
          .where('operation_id', '=', operation.operation_id)
          .executeTakeFirst()
        if (row === undefined) return
        const runningMs = at.getTime() - new Date(operation.started_at).getTime()
        const failure = overdue(row, openBody(keyring, row).properties, runningMs)
        if (failure !== undefined) await fail(trx, row, failure, at.toISOString())
      })
    }
  }

  const before = (at: Date, ms: number): string => new Date(at.getTime() - ms).toISOString()

  return {
    async sweep() {
      const at = now()
      await failOverdue(at)
      await db
        .updateTable('resources')
        .set({ protected_sealed: null, protected_at: null })
        .where('protected_at', '<', before(at, LIMIT_MS))
        .execute()
      const old = before(at, HISTORY_LIMIT_MS)
      await db.deleteFrom('operations').where('ended_at', '<', old).execute()
      await db.deleteFrom('removals').where('removed_at', '<', old).execute()
    },
  }
}
