import { type HelmReleaseSnapshot, helmReasons } from '@sluice/api'
import { type ReleaseRecord, rollback } from '@sluice/release'
import { messageOf } from '../message-of.ts'
import { rollbackOptions } from './action-options.ts'
import { LogLines } from './log-lines.ts'
import { noteInventory } from './note-inventory.ts'
import { withRolledBack } from './observed-releases.ts'
import type { ReleaseContext } from './release-context.ts'
import { eventOf, snapshotFacts } from './release-events.ts'
import { chartOf, fullName, latestOf } from './snapshots.ts'

/** Takes a failed upgrade back. */
export async function runRollback(context: ReleaseContext, previous: HelmReleaseSnapshot): Promise<void> {
  const { draft, digests, records } = context
  const log = new LogLines(context.mask)
  const before = latestOf(draft.value.history)?.digest
  let last: ReleaseRecord | undefined
  const onRecord = (record: ReleaseRecord) => {
    last = record
    records.note(record)
    draft.setHistory(withRolledBack(draft.value.history ?? [], record, context.settings.digestAlgorithm))
  }
  const subject = `Helm rollback to previous release ${fullName(previous)} with chart ${chartOf(previous)}`
  const facts = { ...snapshotFacts(previous), token: context.valuesDigest }
  try {
    await rollback({ ...rollbackOptions(context, previous.version, log), onRecord })
    await noteInventory(context, last)
    const message = `${subject} succeeded`
    draft.mark('Remediated', 'True', helmReasons.rollbackSucceeded, message)
    context.event(eventOf('info', helmReasons.rollbackSucceeded, message, facts))
    draft.summarise(digests)
  } catch (error) {
    await noteInventory(context, last)
    const message = `${subject} failed: ${context.mask(messageOf(error)).trim()}`
    draft.count('failures')
    draft.mark('Remediated', 'False', helmReasons.rollbackFailed, message)
    context.event(eventOf('error', helmReasons.rollbackFailed, log.below(message), facts))
    draft.summarise(digests)
    const after = latestOf(draft.value.history)?.digest
    if (after === undefined || after === before) throw error
  }
}
