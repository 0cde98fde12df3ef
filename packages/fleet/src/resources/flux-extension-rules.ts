/**
 * Rules between configurations and the extension they need: it is there once, comes by itself, and stays while it is
 * needed.
 */
import type { Transaction } from 'kysely'
import { conflict } from '../arm/arm-error.ts'
import type { Keyring } from '../store/keyring.ts'
import type { Tables } from '../store/tables.ts'
import { type ClusterChange, nextChange } from './change-sequence.ts'
import { defaultFluxExtension, extensionKind, FLUX_EXTENSION_NAME, isFluxExtension } from './extension.ts'
import { openBody, type ResourceRow } from './resource-row.ts'
import { insertResource, type RowWrite } from './stored-resources.ts'

function extensionsOf(trx: Transaction<Tables>, clusterId: string): Promise<ResourceRow[]> {
  return trx
    .selectFrom('resources')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .where('type_key', '=', extensionKind.typeKey)
    .execute()
}

/**
 * Makes the flux extension when the cluster lacks it. Returns the change at which the configuration that needs it is to
 * be written: streams bring the extension first.
 */
export async function ensureFluxExtension(
  trx: Transaction<Tables>,
  keyring: Keyring,
  write: RowWrite,
  change: ClusterChange & { at: string },
): Promise<ClusterChange & { at: string }> {
  const present = await extensionsOf(trx, change.clusterId)
  const flux = present.find(row => row.name_key === FLUX_EXTENSION_NAME || isFluxExtension(openBody(keyring, row)))
  if (flux !== undefined && flux.deleting !== 0) {
    throw conflict(
      `The extension '${flux.name}' is being deleted: wait until it is gone, then create the configuration.`,
    )
  }
  if (flux !== undefined) return change
  const asked: RowWrite = { ...write, kind: extensionKind, name: FLUX_EXTENSION_NAME }
  await insertResource(trx, keyring, asked, { ...defaultFluxExtension(), secrets: {} }, change)
  return { ...(await nextChange(trx, change.clusterId)), at: change.at }
}

export async function refuseSecondFlux(trx: Transaction<Tables>, clusterId: string, name: string): Promise<void> {
  const other = (await extensionsOf(trx, clusterId)).find(row => row.name_key !== name.toLowerCase())
  if (other === undefined) return
  throw conflict(
    `The extension type 'microsoft.flux' is installed already as '${other.name}': a cluster has one of it.`,
  )
}

export async function refuseFluxInUse(trx: Transaction<Tables>, row: ResourceRow): Promise<void> {
  const users = await trx
    .selectFrom('resources')
    .select('name')
    .where('cluster_id', '=', row.cluster_id)
    .where('type_key', '=', 'fluxconfigurations')
    .orderBy('name_key')
    .execute()
  if (users.length === 0) return
  const names = users.map(user => `'${user.name}'`).join(', ')
  throw conflict(
    `The extension '${row.name}' is in use by the flux configurations ${names}: ` +
      'delete them first, or delete the extension with forceDelete=true.',
  )
}
