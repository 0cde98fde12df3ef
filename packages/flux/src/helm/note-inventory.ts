import { helmReasons } from '@sluice/api'
import type { ReleaseRecord } from '@sluice/release'
import { messageOf } from '../message-of.ts'
import { inventoryOf } from './inventory.ts'
import type { ReleaseContext } from './release-context.ts'

/** Lists what a release holds in the status. Not being able to is told, and fails nothing. */
export async function noteInventory(context: ReleaseContext, record: ReleaseRecord | undefined): Promise<void> {
  if (!record) return
  const { draft, definitions, target, object } = context
  const id = `${object.metadata.namespace}/${object.metadata.name}`
  try {
    const { inventory, warnings } = await inventoryOf(record, definitions, target.client)
    draft.set({ inventory })
    if (warnings.length === 0) return
    context.event({
      severity: 'error',
      reason: helmReasons.namespaceCheckSkipped,
      message: context.mask(warnings.join('; ')),
    })
  } catch (error) {
    const message = `failed to build inventory for ${id}: ${context.mask(messageOf(error))}`
    context.event({ severity: 'error', reason: helmReasons.inventoryBuildFailed, message })
  }
}
