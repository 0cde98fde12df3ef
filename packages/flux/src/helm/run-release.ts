import { helmReasons } from '@sluice/api'
import { formatDuration } from '@sluice/controller'
import { install, type ReleaseRecord, upgrade } from '@sluice/release'
import { messageOf } from '../message-of.ts'
import {
  installOptions,
  serverSideOnInstall,
  serverSideOnUpgrade,
  upgradeOptions,
  waitStrategyOf,
} from './action-options.ts'
import { applyDefinitions } from './apply-definitions.ts'
import { LogLines } from './log-lines.ts'
import { noteInventory } from './note-inventory.ts'
import { WrittenReleases } from './observed-releases.ts'
import type { ReleaseContext } from './release-context.ts'
import { attemptFacts, eventOf, snapshotFacts } from './release-events.ts'
import { type ReleaseAction, releaseNameOf, releaseNamespaceOf, retryIntervalOf } from './release-spec.ts'
import { chartOf, fullName, hasBeenTested, latestOf, releasedMessage } from './snapshots.ts'

const REASONS = {
  install: { succeeded: helmReasons.installSucceeded, failed: helmReasons.installFailed },
  upgrade: { succeeded: helmReasons.upgradeSucceeded, failed: helmReasons.upgradeFailed },
} as const

/** Installs, or upgrades to, the chart and values of the spec. */
export async function runRelease(context: ReleaseContext, action: ReleaseAction): Promise<void> {
  const { object, draft, chart, digests } = context
  const log = new LogLines(context.mask)
  const written = new WrittenReleases(context.settings.digestAlgorithm)
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
