/**
 * Takes a cluster's reports into the store, a batch as one transaction. A report on an older generation says nothing
 * about what is desired now and is ignored, except that protected settings have arrived. What a report means for the
 * resource is decided by `outcomeOf`, without I/O.
 */
import type { Transaction } from 'kysely'
import { type ErrorDetail, notFound } from '../arm/arm-error.ts'
import { nextChange } from '../resources/change-sequence.ts'
import { endOperation } from '../resources/operations.ts'
import type { ReportedStatus, ResourceKind } from '../resources/resource-kind.ts'
import { openBody, openStatus, type ResourceRow, sealColumn } from '../resources/resource-row.ts'
import { dropResource } from '../resources/stored-resources.ts'
import type { Changes } from '../store/changes.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import type { AcceptedReport } from './report-fields.ts'

export interface StatusIntake {
  /** How many of the reports were about the present generation of something that exists. */
  take(clusterId: string, reports: AcceptedReport[]): Promise<number>
}

export interface Outcome {
  provisioningState: string
  /** How the operation ends, if it does. */
  end?: 'Succeeded' | 'Failed'
  isGone?: true
}

/** What a report on the present generation means. */
export function outcomeOf(
  report: Pick<AcceptedReport, 'provisioningState' | 'fluxConfiguration'>,
  now: { provisioningState: string; isDeleting: boolean; waitsForReconciliation: boolean },
): Outcome {
  if (now.isDeleting) {
    if (report.provisioningState === 'Deleted') return { provisioningState: 'Deleting', end: 'Succeeded', isGone: true }
    if (report.provisioningState === 'Failed') return { provisioningState: 'Failed', end: 'Failed' }
    return { provisioningState: 'Deleting' }
  }
  switch (report.provisioningState) {
    case 'Failed':
      return { provisioningState: 'Failed', end: 'Failed' }
    case 'Succeeded': {
      const compliance = report.fluxConfiguration?.complianceState
      const isReconciled = compliance === 'Compliant' || compliance === 'Suspended'
      // Once it has succeeded, later non-compliance is told by complianceState alone.
      if (now.waitsForReconciliation && !isReconciled && now.provisioningState !== 'Succeeded') {
        return { provisioningState: now.provisioningState }
      }
      return { provisioningState: 'Succeeded', end: 'Succeeded' }
    }
    default:
      return { provisioningState: now.provisioningState }
  }
}

function statusOf(before: ReportedStatus, report: AcceptedReport, isFirstOfGeneration: boolean): ReportedStatus {
  // What was true of an older generation is not known to be true of this one.
  const compliance = isFirstOfGeneration ? { complianceState: 'Pending' } : {}
  const errorMessage = report.errorMessage ?? ''
  return { ...before, ...compliance, errorMessage, ...report.fluxConfiguration, ...report.extension }
}

export function openStatusIntake(
  { db, keyring }: Store,
  changes: Changes,
  kinds: readonly ResourceKind[],
  now: () => Date,
): StatusIntake {
  function failure(row: ResourceRow, report: AcceptedReport): ErrorDetail {
    const code = kinds.find(kind => kind.typeKey === row.type_key)?.failureCode ?? 'OperationFailed'
    return { code, message: report.errorMessage || `The cluster could not bring '${row.name}' to the desired state.` }
  }

  async function find(trx: Transaction<Tables>, clusterId: string, id: string): Promise<ResourceRow | undefined> {
    const prefix = `${clusterId}/providers/microsoft.kubernetesconfiguration/`
    const [typeKey, nameKey, ...rest] = id.startsWith(prefix) ? id.slice(prefix.length).split('/') : []
    if (typeKey === undefined || nameKey === undefined || rest.length > 0) return undefined
    return trx
      .selectFrom('resources')
      .selectAll()
      .where('cluster_id', '=', clusterId)
      .where('type_key', '=', typeKey)
      .where('name_key', '=', nameKey)
      .executeTakeFirst()
  }

  /** Returns whether the report counted, and whether streams have something to hear. */
  async function takeOne(trx: Transaction<Tables>, clusterId: string, report: AcceptedReport) {
    const row = await find(trx, clusterId, report.id)
    if (row === undefined) return { counted: false, isGone: false }
    const forget =
      report.protectedSettingsStored && row.protected_sealed !== null && report.generation >= row.protected_generation
    const forgotten = forget ? { protected_sealed: null, protected_at: null } : {}
    const isCurrent = report.generation === row.generation
    if (!isCurrent) {
      if (forget) await update(trx, row, forgotten)
      return { counted: false, isGone: false }
    }
    const at = now().toISOString()
    const properties = openBody(keyring, row).properties
    const outcome = outcomeOf(report, {
      provisioningState: row.provisioning_state,
      isDeleting: row.deleting !== 0,
      waitsForReconciliation: properties.waitForReconciliation === true,
    })
    if (outcome.end !== undefined) {
      const error = outcome.end === 'Failed' ? { error: failure(row, report) } : {}
      await endOperation(trx, keyring, row, { status: outcome.end, at, ...error })
    }
    if (outcome.isGone) {
      const { seq } = await nextChange(trx, clusterId)
      await dropResource(trx, row, seq, at)
      return { counted: true, isGone: true }
    }
    const isFirstOfGeneration = row.reported_generation !== row.generation
    const status = statusOf(openStatus(keyring, row), report, isFirstOfGeneration)
    await update(trx, row, {
      ...forgotten,
      // The cluster has taken it after all: what it says counts more than the clock.
      expired: 0,
      provisioning_state: outcome.provisioningState,
      reported_generation: report.generation,
      status_sealed: sealColumn(keyring, row.id, 'status', status),
      status_updated_at: at,
    })
    return { counted: true, isGone: false }
  }

  async function update(trx: Transaction<Tables>, row: ResourceRow, values: Partial<ResourceRow>): Promise<void> {
    await trx
      .updateTable('resources')
      .set(values)
      .where('cluster_id', '=', row.cluster_id)
      .where('type_key', '=', row.type_key)
      .where('name_key', '=', row.name_key)
      .where('generation', '=', row.generation)
      .execute()
  }

  return {
    async take(clusterId, reports) {
      if (reports.length === 0) return 0
      const { accepted, isAnyGone } = await db.transaction().execute(async trx => {
        const cluster = await trx
          .selectFrom('clusters')
          .select('cluster_id')
          .where('cluster_id', '=', clusterId)
          .executeTakeFirst()
        if (cluster === undefined) throw notFound('ClusterNotFound', `The cluster '${clusterId}' is not connected.`)
        let counted = 0
        let gone = false
        for (const report of reports) {
          const one = await takeOne(trx, clusterId, report)
          if (one.counted) counted += 1
          if (one.isGone) gone = true
        }
        return { accepted: counted, isAnyGone: gone }
      })
      if (isAnyGone) changes.announce(clusterId)
      return accepted
    },
  }
}
