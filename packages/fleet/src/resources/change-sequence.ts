/**
 * The numbers by which a cluster's streams follow its changes. Whoever takes one holds the cluster's row until the end
 * of the transaction: writes to one cluster come one after the other, on every database.
 */
import type { Transaction } from 'kysely'
import { notFound } from '../arm/arm-error.ts'
import type { Tables } from '../store/tables.ts'

export interface ClusterChange {
  /** Key of the cluster: its id in lower case. */
  clusterId: string
  /** The id as it is shown. */
  id: string
  seq: number
}

/** The next number of the cluster's sequence; throws ARM's 404 when there is no such cluster. */
export async function nextChange(trx: Transaction<Tables>, clusterId: string): Promise<ClusterChange> {
  const row = await trx
    .updateTable('clusters')
    .set(update => ({ change_seq: update('change_seq', '+', 1) }))
    .where('cluster_id', '=', clusterId.toLowerCase())
    .returning(['cluster_id', 'id', 'change_seq'])
    .executeTakeFirst()
  if (row === undefined) {
    const message = `Can not perform the operation on a nested resource. The parent resource '${clusterId}' not found.`
    throw notFound('ParentResourceNotFound', message)
  }
  return { clusterId: row.cluster_id, id: row.id, seq: row.change_seq }
}
