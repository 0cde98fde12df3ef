import { helmReasons } from '@sluice/api'
import { formatDuration } from '@sluice/controller'
import type { ReleaseRecord } from '@sluice/release'
import { messageOf } from '../message-of.ts'
import {
  type ActionKind,
  type Decision,
  decide,
  endOf,
  type Facts,
  groupOf,
  type PassEnd,
  type ReleaseState,
  rollbackTargetOf,
  type StoredRelease,
} from './decide.ts'
import { type Drift, driftSummary, isDrifted, lookForDrift, putRight } from './drift.ts'
import type { ReleaseContext } from './release-context.ts'
import { activeRemediation, activeRetryInterval, driftModeOf, failuresOf, timeoutOf } from './release-spec.ts'
import { runRelease } from './run-release.ts'
import { runReleaseTests } from './run-release-tests.ts'
import { runRollback } from './run-rollback.ts'
import { runUninstallRemediation } from './run-uninstall.ts'
import { runUnlock } from './run-unlock.ts'
import { isRecordOf } from './snapshot-of.ts'
import { fullName, latestOf, releasedMessage, type Snapshots } from './snapshots.ts'
import { isDigestOf } from './values-digest.ts'

/**
 * The loop of one pass over a release, after helm-controller's `AtomicRelease`: look what state it is in, decide, act,
 * and again, until nothing is left to do, an action would have to run twice, or a failure was remediated.
 */
export interface PassHooks {
  /** Whether an upgrade was asked for though nothing may have changed; counts once. */
  takeForce: () => boolean
  /** Runs an action and lets the status of before be seen if that takes long. */
  during: (action: () => Promise<void>) => Promise<void>
}

/** The state of a release cannot be told, or what was to be done failed without a trace: to be tried again. */
export class PassError extends Error {
  override name = 'PassError'
}

export type PassResult = PassEnd | { kind: 'settled'; stored: StoredRelease } | { kind: 'noRollbackTarget' }

export async function runPass(context: ReleaseContext, hooks: PassHooks): Promise<PassResult> {
  const { object, draft, signal } = context
  const done = new Set<string>()
  for (;;) {
    signal.throwIfAborted()
    const { decision, drift, forced, isSettled } = await look(context, hooks)
    const { next } = decision
    if (decision.history !== draft.value.history) draft.setHistory(decision.history)
    if (!forced) settle(context, decision.state, drift)
    switch (next.kind) {
      case 'undetermined':
        throw stateError(context, next.message)
      case 'exhausted':
      case 'noRollbackTarget':
        return ended(context, next)
      case 'done':
        draft.remove('Reconciling')
        draft.summarise(context.digests)
        return isSettled ? settled(context) : { kind: 'done' }
      case 'act': {
        const group = groupOf(next.action)
        if (done.has(group)) return ended(context, endOf(object, draft.value, false))
        announce(context, next.action)
        const failure = await carryOut(context, next.action, drift, hooks)
        if (failure) return failure
        if (group === 'remediation') return ended(context, endOf(object, draft.value, true))
        done.add(group)
      }
    }
  }
}

interface Look {
  decision: Decision
  drift: Drift
  forced: boolean
  /** As long as nothing is told of, nothing needs to be looked at again. */
  isSettled: boolean
}

async function look(context: ReleaseContext, { takeForce }: PassHooks): Promise<Look> {
  const { object, draft, records, slot, remembered } = context
  const forced = takeForce()
  if (!records.isRead && remembered) {
    // Nothing was written since the last look, and it needs no other if nothing else has changed either.
    const decision = decide(factsOf(context, forced, remembered))
    if (decision.state.kind === 'InSync' && decision.next.kind === 'done')
      return { decision, drift: [], forced, isSettled: true }
  }
  await slot(() => records.read()).catch(error => {
    throw stateError(context, `failed to retrieve last release from storage: ${messageOf(error)}`)
  })
  const facts = factsOf(context, forced, records.last && storedRelease(records.last, draft.value.history))
  const decision = decide(facts)
  const isSettled = decision.state.kind === 'InSync' && !records.isWritten
  if (decision.state.kind !== 'InSync' || driftModeOf(object) === 'disabled') {
    return { decision, drift: [], forced, isSettled }
  }
  const { drift, isWatched } = await slot(() => lookForDrift(context)).catch(error => {
    throw stateError(context, `unable to determine cluster state: ${messageOf(error)}`)
  })
  if (!drift.some(isDrifted)) return { decision, drift, forced, isSettled: isSettled && isWatched }
  return { decision: decide({ ...facts, drifted: true }), drift, forced: false, isSettled: false }
}

function factsOf(context: ReleaseContext, forced: boolean, stored: StoredRelease | undefined): Facts {
  const { object, draft, chart, values, digests } = context
  const latest = latestOf(draft.value.history)
  return {
    object,
    status: draft.value,
    stored,
    chart: { name: chart.metadata.name, version: chart.metadata.version },
    sameValues: latest !== undefined && isDigestOf(latest.configDigest, values),
    postRenderersDigest: digests.postRenderers,
    commonMetadataDigest: digests.commonMetadata,
    forced,
    rollbackTarget: rollbackTargetIn(context),
  }
}

function storedRelease(record: ReleaseRecord, history: Snapshots | undefined): StoredRelease {
  const latest = latestOf(history)
  const { name = '', version = '' } = record.chart.metadata ?? {}
  return {
    status: record.info.status ?? 'unknown',
    chartName: name,
    chartVersion: version,
    isObserved: latest !== undefined && isRecordOf(latest, record),
  }
}

function rollbackTargetIn({ object, draft, records }: ReleaseContext): Facts['rollbackTarget'] {
  const target = rollbackTargetOf(object, draft.value)
  if (!target) return 'missing'
  const record = records.get(target.version)
  return record && isRecordOf(target, record) === true ? 'intact' : 'altered'
}

/** What the state alone says, whatever is done about it. */
function settle(context: ReleaseContext, { kind }: ReleaseState, drift: Drift): void {
  const { object, draft } = context
  const latest = latestOf(draft.value.history)
  if (!latest) return
  if (kind === 'InSync' || kind === 'Untested') {
    // What was rolled back to is now what is wanted.
    if (draft.is('Remediated', 'True')) {
      draft.replace('Remediated', 'Released', 'True', helmReasons.upgradeSucceeded, releasedMessage('upgrade', latest))
    }
  }
  if (kind === 'InSync') {
    if (!draft.is('Ready', 'True') || !draft.is('Released', 'True')) {
      const failed = draft.get('Released')?.reason
      const action =
        failed === helmReasons.installFailed ? 'install' : failed === helmReasons.upgradeFailed ? 'upgrade' : undefined
      if (action) {
        const reason = action === 'install' ? helmReasons.installSucceeded : helmReasons.upgradeSucceeded
        draft.mark('Released', 'True', reason, releasedMessage(action, latest))
        draft.summarise(context.digests)
      }
    }
    if (driftModeOf(object) !== 'disabled') {
      draft.mark('Drifted', 'False', helmReasons.noDriftDetected, 'No drift detected against the cluster state')
    }
  }
  if (kind === 'Drifted') {
    const what = `Cluster state of release ${fullName(latest)} has drifted from the desired state`
    const message = `${what}:\n${driftSummary(drift)}`
    context.event({ severity: 'error', reason: helmReasons.driftDetected, message })
    draft.mark('Drifted', 'True', helmReasons.driftDetected, message)
  }
}

function settled({ records, draft, remembered }: ReleaseContext): PassResult {
  const stored = records.last ? storedRelease(records.last, draft.value.history) : remembered
  return stored ? { kind: 'settled', stored } : { kind: 'done' }
}

const NAMES: Record<ActionKind, string> = {
  install: 'install',
  upgrade: 'upgrade',
  test: 'test',
  rollback: 'rollback',
  uninstall: 'uninstall',
  unlock: 'unlock',
  correctDrift: 'correct cluster drift',
}

function announce({ object, draft }: ReleaseContext, action: ActionKind): void {
  const timed = action === 'unlock' || action === 'correctDrift' ? undefined : action
  const timeout = formatDuration(timeoutOf(object, timed))
  const message = `Running '${NAMES[action]}' action with timeout of ${timeout}`
  draft.mark('Reconciling', 'True', 'Progressing', message)
  // A remediation's or test's beginning must not hide why it is needed.
  if (groupOf(action) === 'release') draft.mark('Ready', 'Unknown', 'Progressing', message)
}

/** How the pass ends when the action failed without a trace; undefined when it goes on. */
async function carryOut(
  context: ReleaseContext,
  action: ActionKind,
  drift: Drift,
  { during }: PassHooks,
): Promise<PassResult | undefined> {
  const { object, draft, signal } = context
  try {
    await during(() => act(context, action, drift))
    return undefined
  } catch (error) {
    if (signal.aborted) throw error
    const milliseconds = activeRetryInterval(object, draft.value)
    if (milliseconds !== undefined) return ended(context, { kind: 'retryAfter', milliseconds })
    const message = context.mask(messageOf(error))
    if (draft.is('Ready', 'True')) draft.mark('Ready', 'False', helmReasons.reconcileError, message)
    // Without what caused it, which would tell in a log what is masked here.
    throw new PassError(message)
  }
}

async function act(context: ReleaseContext, action: ActionKind, drift: Drift): Promise<void> {
  switch (action) {
    case 'install':
    case 'upgrade':
      return runRelease(context, action)
    case 'test':
      return runReleaseTests(context)
    case 'rollback': {
      const target = rollbackTargetOf(context.object, context.draft.value)
      return target && runRollback(context, target)
    }
    case 'uninstall':
      return runUninstallRemediation(context)
    case 'unlock':
      return context.slot(() => runUnlock(context))
    case 'correctDrift':
      return context.slot(() => putRight(context, drift))
  }
}

function ended(context: ReleaseContext, end: PassResult): PassResult {
  const { object, draft } = context
  switch (end.kind) {
    case 'retryAfter': {
      const after = `retrying after ${formatDuration(end.milliseconds)}`
      draft.mark('Reconciling', 'True', 'ProgressingWithRetry', after)
      break
    }
    case 'requeue':
      draft.mark('Reconciling', 'True', 'ProgressingWithRetry', draft.get('Ready')?.message ?? '')
      break
    case 'exhausted': {
      const action = draft.value.lastAttemptedReleaseAction ?? 'install'
      const attempts = failuresOf(activeRemediation(object, draft.value)?.action ?? action, draft.value)
      draft.mark('Stalled', 'True', 'RetriesExceeded', `Failed to ${action} after ${attempts} attempt(s)`)
      break
    }
    case 'noRollbackTarget': {
      const why = 'missing target release for rollback: cannot remediate failed release'
      draft.mark('Stalled', 'True', 'MissingRollbackTarget', `Failed to perform remediation: ${why}`)
      break
    }
    case 'done':
    case 'settled':
      draft.remove('Reconciling')
  }
  return end
}

function stateError({ draft, mask }: ReleaseContext, text: string): PassError {
  const message = mask(text)
  draft.mark('Ready', 'False', 'StateError', `Could not determine release state: ${message}`)
  return new PassError(`cannot determine release state: ${message}`)
}
