import { type HelmReleaseSnapshot, helmReasons } from '@sluice/api'
import { ReleaseError, uninstall } from '@sluice/release'
import { messageOf } from '../message-of.ts'
import { commonOptions, waitStrategyOf } from './action-options.ts'
import { LogLines } from './log-lines.ts'
import { withWritten } from './observed-releases.ts'
import type { ReleaseContext } from './release-context.ts'
import { eventOf, snapshotFacts } from './release-events.ts'
import { chartOf, fullName, isOf, latestOf } from './snapshots.ts'

/** Takes a failed installation (or, by strategy, a failed upgrade) off. Ready goes on telling what failed. */
export async function runUninstallRemediation(context: ReleaseContext): Promise<void> {
  const { draft } = context
  const before = latestOf(draft.value.history)
  if (!before) throw new Error('no latest release: required to uninstall')
  const log = new LogLines(context.mask)
  const failure = await uninstalled(context, before, 'uninstall-remediation', log)
  const current = latestOf(draft.value.history) ?? before
  const subject = `Helm uninstall remediation for release ${fullName(current)} with chart ${chartOf(current)}`
  if (failure === undefined) {
    const message = `${subject} succeeded`
    draft.mark('Remediated', 'True', helmReasons.uninstallSucceeded, message)
    context.event(eventOf('info', helmReasons.uninstallSucceeded, message, snapshotFacts(current)))
    return
  }
  const message = `${subject} failed: ${context.mask(messageOf(failure)).trim()}`
  draft.count('failures')
  draft.mark('Remediated', 'False', helmReasons.uninstallFailed, message)
  context.event(eventOf('error', helmReasons.uninstallFailed, log.below(message), snapshotFacts(current)))
  if (current.digest === before.digest) throw failure
}

/** What the uninstallation of a release needs: less than a pass, since the chart may be gone. */
export type UninstallContext = Pick<
  ReleaseContext,
  | 'object'
  | 'draft'
  | 'target'
  | 'storage'
  | 'waiter'
  | 'slot'
  | 'signal'
  | 'event'
  | 'digests'
  | 'settings'
  | 'records'
  | 'health'
  | 'mask'
>

/** Because the HelmRelease is deleted, or its release is to be another one. Throws what keeps it from being done. */
export async function runUninstall(context: UninstallContext): Promise<void> {
  const { object, draft, digests } = context
  const before = latestOf(draft.value.history)
  if (!before) return
  const log = new LogLines(context.mask)
  const released = (message: string) => {
    draft.mark('Released', 'False', helmReasons.uninstallSucceeded, message)
    draft.summarise(digests)
  }
  const failure = await uninstalled(context, before, 'uninstall', log)
  if (failure instanceof ReleaseError && failure.failure === 'not-found') {
    return released(`Release ${fullName(before)} was not found, assuming it is uninstalled`)
  }
  if (
    failure instanceof ReleaseError &&
    failure.failure === 'already-uninstalled' &&
    object.spec.uninstall?.keepHistory
  ) {
    return released(`Release ${fullName(before)} was already uninstalled`)
  }
  const current = latestOf(draft.value.history) ?? before
  if (failure === undefined) {
    const message = `Helm uninstall succeeded for release ${fullName(current)} with chart ${chartOf(current)}`
    draft.set({ inventory: undefined })
    context.event(eventOf('info', helmReasons.uninstallSucceeded, message, snapshotFacts(current)))
    return released(message)
  }
  const subject = `Helm uninstall failed for release ${fullName(current)} with chart ${chartOf(current)}`
  const message = `${subject}: ${context.mask(messageOf(failure)).trim()}`
  draft.count('failures')
  draft.mark('Released', 'False', helmReasons.uninstallFailed, message)
  context.event(eventOf('error', helmReasons.uninstallFailed, log.below(message), snapshotFacts(current)))
  draft.summarise(digests)
  throw failure
}

/** The failure, if it was one. */
async function uninstalled(
  context: UninstallContext,
  before: HelmReleaseSnapshot,
  action: 'uninstall' | 'uninstall-remediation',
  log: LogLines,
): Promise<unknown> {
  const { object, draft, records } = context
  const { keepHistory, deletionPropagation } = object.spec.uninstall ?? {}
  try {
    const { record } = await uninstall({
      ...commonOptions(context, 'uninstall', log),
      name: before.name,
      namespace: before.namespace,
      keepHistory,
      deletionPropagation,
      strategy: waitStrategyOf(object, 'uninstall'),
      onRecord: written => {
        records.note(written)
        draft.setHistory(withWritten(draft.value.history ?? [], written, context.settings.digestAlgorithm, action))
      },
    })
    if (record && !isOf(before, record)) {
      const other = `${record.namespace}/${record.name}.v${record.version}`
      return new Error(`release mismatch: uninstalled release ${other} != current release ${fullName(before)}`)
    }
    if (!keepHistory) records.clear()
  } catch (error) {
    return error
  }
  const isWritten = latestOf(draft.value.history)?.digest !== before.digest || before.status === 'uninstalled'
  return isWritten ? undefined : new Error('uninstall completed with error: release not updated in Helm storage')
}
