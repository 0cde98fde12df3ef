import { type HelmReleaseSnapshot, helmReasons } from '@sluice/api'
import { formatDuration } from '@sluice/controller'
import {
  install,
  ReleaseError,
  type ReleaseRecord,
  rollback,
  runTests,
  uninstall,
  unlock,
  upgrade,
} from '@sluice/release'
import { messageOf } from '../message-of.ts'
import {
  commonOptions,
  installOptions,
  rollbackOptions,
  serverSideOnInstall,
  serverSideOnUpgrade,
  upgradeOptions,
  waitStrategyOf,
} from './action-options.ts'
import { applyDefinitions } from './apply-definitions.ts'
import { inventoryOf } from './inventory.ts'
import { LogLines } from './log-lines.ts'
import { WrittenReleases, withRolledBack, withTested, withWritten } from './observed-releases.ts'
import type { ReleaseContext } from './release-context.ts'
import { attemptFacts, eventOf, snapshotFacts } from './release-events.ts'
import {
  activeRemediation,
  type ReleaseAction,
  releaseNameOf,
  releaseNamespaceOf,
  retryIntervalOf,
} from './release-spec.ts'
import { chartOf, fullName, hasBeenTested, isOf, latestOf, testSelection } from './snapshots.ts'
import { valuesDigest } from './values-digest.ts'

/**
 * One action of Helm each, and what it does to the status and to the events. What failed without a trace in storage is
 * thrown, to be tried again; what left a trace is a fact for the next decision.
 */
const REASONS = {
  install: { succeeded: helmReasons.installSucceeded, failed: helmReasons.installFailed },
  upgrade: { succeeded: helmReasons.upgradeSucceeded, failed: helmReasons.upgradeFailed },
} as const

/** Installs, or upgrades to, the chart and values of the spec. */
export async function runRelease(context: ReleaseContext, action: ReleaseAction): Promise<void> {
  const { object, draft, chart, digests } = context
  const log = new LogLines(context.mask)
  const written = new WrittenReleases()
  const began = performance.now()
  draft.set({ lastAttemptedReleaseAction: action })
  // A rollback behind an installation would bring back what was there before it.
  if (action === 'install') draft.set({ history: undefined })
  draft.remove('TestSuccess', 'Remediated')
  const onRecord = (record: ReleaseRecord) => {
    written.note(record)
    context.records.note(record)
  }
  let failure: unknown
  try {
    await applyChartDefinitions(context, action, log)
    if (action === 'install') await install({ ...installOptions(context, log), onRecord })
    else await upgrade({ ...upgradeOptions(context, log), onRecord })
  } catch (error) {
    failure = error
  }
  draft.set({ lastAttemptedReleaseActionDuration: formatDuration(performance.now() - began) })
  if (failure !== undefined) written.noteFailure(failure)
  draft.setHistory(written.intoHistory(draft.value.history ?? [], action, context.ociDigest))
  await noteInventory(context, written.last)
  // Merged with those of before, the values are what is wanted for the rest of the pass.
  if (action === 'upgrade' && object.spec.upgrade?.preserveValues && written.last) {
    context.values = written.last.config ?? {}
  }
  if (failure === undefined) {
    succeeded(context, action)
    draft.summarise(digests)
    return
  }
  const { name, version } = chart.metadata
  const subject = `release ${releaseNamespaceOf(object)}/${releaseNameOf(object)} with chart ${name}@${version}`
  const message = `Helm ${action} failed for ${subject}: ${context.mask(messageOf(failure)).trim()}`
  draft.count('failures')
  draft.mark('Released', 'False', REASONS[action].failed, message)
  context.event(eventOf('error', REASONS[action].failed, log.below(message), attemptFacts(context)))
  if (!written.isEmpty) draft.count(action === 'install' ? 'installFailures' : 'upgradeFailures')
  draft.summarise(digests)
  if (written.isEmpty) throw failure
}

function succeeded(context: ReleaseContext, action: ReleaseAction): void {
  const { object, draft } = context
  const latest = latestOf(draft.value.history)
  if (!latest) return
  const message = releasedMessage(action, latest)
  draft.mark('Released', 'True', REASONS[action].succeeded, message)
  const { test } = object.spec
  if (test?.enable && !hasBeenTested(latest, test.filters)) {
    const pending = `Helm release ${fullName(latest)} with chart ${chartOf(latest)} is awaiting tests`
    draft.mark('TestSuccess', 'Unknown', helmReasons.awaitingTests, pending)
  }
  // Where failures are tried again they count only as long as they last.
  if (retryIntervalOf(object, action) !== undefined) draft.clearFailures()
  context.event(eventOf('info', REASONS[action].succeeded, message, snapshotFacts(latest)))
}

export const releasedMessage = (action: ReleaseAction, snapshot: HelmReleaseSnapshot): string =>
  `Helm ${action} succeeded for release ${fullName(snapshot)} with chart ${chartOf(snapshot)}`

async function applyChartDefinitions(context: ReleaseContext, action: ReleaseAction, log: LogLines): Promise<void> {
  const { object, definitions, target, waiter, signal, slot, records } = context
  const serverSideApply =
    action === 'install' ? serverSideOnInstall(object) : serverSideOnUpgrade(object, records.last?.apply_method)
  if (definitions.length === 0) return
  await slot(() =>
    applyDefinitions(object, definitions, {
      client: target.client,
      policy: object.spec[action]?.crds ?? 'Create',
      serverSideApply,
      strategy: waitStrategyOf(object, action),
      waiter,
      signal,
      log: line => log.add(line),
    }),
  )
}

async function noteInventory(context: ReleaseContext, record: ReleaseRecord | undefined): Promise<void> {
  if (!record) return
  const { draft, definitions, target, object } = context
  const id = `${object.metadata.namespace}/${object.metadata.name}`
  try {
    const { inventory, warnings } = await inventoryOf(record, definitions, target.client)
    draft.set({ inventory })
    if (warnings.length === 0) return
    context.event({ severity: 'error', reason: helmReasons.namespaceCheckSkipped, message: warnings.join('; ') })
  } catch (error) {
    const message = `failed to build inventory for ${id}: ${messageOf(error)}`
    context.event({ severity: 'error', reason: helmReasons.inventoryBuildFailed, message })
  }
}

/** Runs the tests of the latest release. */
export async function runReleaseTests(context: ReleaseContext): Promise<void> {
  const { object, draft, digests, records } = context
  const latest = latestOf(draft.value.history)
  if (!latest) throw new Error('no latest release: required for test')
  const log = new LogLines(context.mask)
  const onRecord = (record: ReleaseRecord) => {
    records.note(record)
    draft.setHistory(withTested(draft.value.history ?? [], record))
  }
  let failure: unknown
  try {
    const options = commonOptions(context, 'test', log)
    const tested = await runTests({ ...options, ...testSelection(object.spec.test?.filters), onRecord })
    if (!isOf(latest, tested)) {
      const other = `${tested.namespace}/${tested.name}.v${tested.version}`
      failure = new Error(`release mismatch: tested release ${other} != current release ${fullName(latest)}`)
    }
  } catch (error) {
    failure = error
  }
  const current = latestOf(draft.value.history) ?? latest
  const subject = `for release ${fullName(current)} with chart ${chartOf(current)}`
  if (failure === undefined) {
    const count = Object.keys(current.testHooks ?? {}).length
    const how = count === 0 ? 'no test hooks' : `${count} test ${count > 1 ? 'hooks' : 'hook'} completed successfully`
    const message = `Helm test succeeded ${subject}: ${how}`
    draft.mark('TestSuccess', 'True', helmReasons.testSucceeded, message)
    context.event(eventOf('info', helmReasons.testSucceeded, message, snapshotFacts(current)))
    draft.summarise(digests)
    return
  }
  const message = `Helm test failed ${subject}: ${context.mask(messageOf(failure)).trim()}`
  draft.count('failures')
  draft.mark('TestSuccess', 'False', helmReasons.testFailed, message)
  context.event(eventOf('error', helmReasons.testFailed, message, snapshotFacts(current)))
  const wasTested = hasBeenTested(current, object.spec.test?.filters)
  const remediation = activeRemediation(object, draft.value)
  if (wasTested && remediation && !remediation.ignoreTestFailures) {
    draft.count(remediation.action === 'install' ? 'installFailures' : 'upgradeFailures')
  }
  draft.summarise(digests)
  if (!wasTested) throw failure
}

/** Takes a failed upgrade back. */
export async function runRollback(context: ReleaseContext, previous: HelmReleaseSnapshot): Promise<void> {
  const { draft, digests, records } = context
  const log = new LogLines(context.mask)
  const before = latestOf(draft.value.history)?.digest
  let last: ReleaseRecord | undefined
  const onRecord = (record: ReleaseRecord) => {
    last = record
    records.note(record)
    draft.setHistory(withRolledBack(draft.value.history ?? [], record))
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
        draft.setHistory(withWritten(draft.value.history ?? [], written, action))
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

/** Frees a release whose last action was killed. */
export async function runUnlock(context: ReleaseContext): Promise<void> {
  const { draft, records } = context
  const last = records.last
  if (!last) return
  const { metadata } = last.chart
  const { ociDigest } = draft.value.history?.find(snapshot => isOf(snapshot, last)) ?? {}
  const full = `${last.namespace}/${last.name}.v${last.version}`
  const subject = `Helm release ${full} with chart ${metadata?.name}@${metadata?.version} in ${last.info.status} state`
  const facts = {
    revision: metadata?.version ?? '',
    token: valuesDigest(last.config),
    appVersion: metadata?.appVersion,
    ociDigest,
  }
  const told = (severity: 'info' | 'error', message: string) => {
    draft.mark('Released', 'False', helmReasons.pendingRelease, message)
    context.event(eventOf(severity, helmReasons.pendingRelease, message, facts))
    draft.summarise(context.digests)
  }
  try {
    await unlock({
      ...commonOptions(context, 'upgrade'),
      onRecord: record => {
        records.note(record)
        draft.setHistory(withWritten(draft.value.history ?? [], record))
      },
    })
    told('info', `Unlocked ${subject}`)
  } catch (error) {
    draft.count('failures')
    told('error', `Unlock of ${subject} failed: ${context.mask(messageOf(error)).trim()}`)
    throw error
  }
}
