import type { HelmRelease } from '@sluice/api'
import { isPending, type ReleaseStatus } from '@sluice/release'
import {
  activeRemediation,
  activeRetryInterval,
  driftModeOf,
  type HelmReleaseStatus,
  ignoresTestFailures,
  isExhausted,
  remediationOf,
} from './release-spec.ts'
import {
  hasBeenTested,
  hasFailedTest,
  latestOf,
  newestFive,
  previousOf,
  type Snapshots,
  truncated,
} from './snapshots.ts'

/**
 * What to do next with a release: one pure function from what Helm's storage holds, what we remember and what the spec
 * wants to a state, and from the state with counters and strategy to an action (helm-controller's
 * `DetermineReleaseState` and `actionForState`). Runs again after each action, until nothing is left to do.
 */
export type StateKind =
  | 'Absent'
  | 'Locked'
  | 'Unmanaged'
  | 'OutOfSync'
  | 'Failed'
  | 'Untested'
  | 'Drifted'
  | 'InSync'
  | 'Unknown'

export interface ReleaseState {
  kind: StateKind
  reason: string
}

/** The newest record in storage, so far as the decision needs it. */
export interface StoredRelease {
  status: ReleaseStatus
  chartName: string
  chartVersion: string
  /** It is the one our latest snapshot was taken of. */
  isObserved: boolean | 'undigestible'
}

export interface Facts {
  object: HelmRelease
  /** As far as this pass has come. */
  status: HelmReleaseStatus
  stored: StoredRelease | undefined
  chart: { name: string; version: string }
  /** The values equal those of the latest snapshot. */
  sameValues: boolean
  /** Digests of the spec's fields; empty where there is none. */
  postRenderersDigest: string
  commonMetadataDigest: string
  /** Whether the cluster differs from the release; undefined while that was not looked at. */
  drifted?: boolean
  /** An upgrade was asked for though nothing may have changed. */
  forced: boolean
  /** How the release that a rollback would go back to is found in storage. */
  rollbackTarget: 'missing' | 'intact' | 'altered'
}

export type ActionKind = 'install' | 'upgrade' | 'test' | 'rollback' | 'uninstall' | 'unlock' | 'correctDrift'

export type Next =
  | { kind: 'act'; action: ActionKind }
  | { kind: 'done' }
  | { kind: 'exhausted' }
  | { kind: 'noRollbackTarget' }
  | { kind: 'undetermined'; message: string }

export interface Decision {
  state: ReleaseState
  next: Next
  /** What stays of the history before the action. */
  history: Snapshots
}

export function decide(facts: Facts): Decision {
  const state = stateOf(facts)
  const history = facts.status.history ?? []
  const act = (action: ActionKind, kept: Snapshots = history): Decision => ({
    state,
    next: { kind: 'act', action },
    history: kept,
  })
  const end = (next: Next, kept: Snapshots = history): Decision => ({ state, next, history: kept })
  const { object, status, forced } = facts
  switch (state.kind) {
    case 'Unknown':
      return end({ kind: 'undetermined', message: state.reason })
    case 'Locked':
      return act('unlock')
    case 'Absent':
      if (isExhausted(remediationOf(object, 'install'), status) && !forced) return end({ kind: 'exhausted' })
      return act('install')
    case 'Unmanaged':
      // What we remember is of another release.
      return act('upgrade', [])
    case 'OutOfSync':
      if (isExhausted(remediationOf(object, 'upgrade'), status) && !forced) return end({ kind: 'exhausted' })
      return act('upgrade')
    case 'Untested':
      return act('test')
    case 'Drifted':
      return driftModeOf(object) === 'enabled' ? act('correctDrift') : end({ kind: 'done' })
    case 'InSync': {
      const retries = activeRetryInterval(object, status) !== undefined
      const kept = retries ? newestFive(history) : truncated(history, ignoresTestFailures(object, status))
      return forced ? act('upgrade', kept) : end({ kind: 'done' }, kept)
    }
    case 'Failed':
      return remedyOf(facts, act, end)
  }
}

type Act = (action: ActionKind, kept?: Snapshots) => Decision
type End = (next: Next, kept?: Snapshots) => Decision

function remedyOf({ object, status, forced, rollbackTarget }: Facts, act: Act, end: End): Decision {
  const history = status.history ?? []
  if (activeRetryInterval(object, status) !== undefined) return act('upgrade', newestFive(history))
  const remediation = activeRemediation(object, status)
  if (!remediation) return act('upgrade')
  const failures = (remediation.action === 'install' ? status.installFailures : status.upgradeFailures) ?? 0
  // Without a failure that counts, chart, values or spec have changed since.
  if (failures <= 0 || forced) return act('upgrade')
  if (isExhausted(remediation, status) && !remediation.remediateLastFailure) return end({ kind: 'exhausted' })
  const kept = truncated(history, remediation.ignoreTestFailures)
  if (remediation.strategy === 'uninstall') return act('uninstall', kept)
  if (rollbackTarget === 'missing') return end({ kind: 'noRollbackTarget' }, kept)
  // Nothing to rely on to go back to: forward.
  return act(rollbackTarget === 'altered' ? 'upgrade' : 'rollback', kept)
}

export function stateOf(facts: Facts): ReleaseState {
  const { object, status, stored } = facts
  if (!stored) return { kind: 'Absent', reason: 'no release in storage for object' }
  // Somebody, perhaps we, was killed at work. Flux does not get over an uninstallation that did not end; we do.
  if (isPending(stored.status) || stored.status === 'uninstalling') {
    return { kind: 'Locked', reason: `release with status '${stored.status}'` }
  }
  const absent: ReleaseState = { kind: 'Absent', reason: 'found uninstalled release in storage' }
  const latest = latestOf(status.history)
  if (!latest) {
    if (stored.status === 'uninstalled') return absent
    return { kind: 'Unmanaged', reason: 'found existing release in storage' }
  }
  if (stored.isObserved === 'undigestible') return { kind: 'Unmanaged', reason: 'release digest verification error' }
  if (!stored.isObserved) return { kind: 'Unmanaged', reason: 'release not observed to be made for object' }
  if (stored.status === 'failed') return { kind: 'Failed', reason: '' }
  if (stored.status === 'uninstalled') return absent
  if (stored.status !== 'deployed') {
    return { kind: 'Unknown', reason: `unable to determine state for release with status '${stored.status}'` }
  }
  const changed = changeOf(facts, stored)
  if (changed) return { kind: 'OutOfSync', reason: changed }
  if (object.spec.test?.enable) {
    if (!hasBeenTested(latest, object.spec.test.filters)) return { kind: 'Untested', reason: '' }
    const remediation = activeRemediation(object, status)
    if (remediation && !remediation.ignoreTestFailures && hasFailedTest(latest)) {
      return { kind: 'Failed', reason: 'release has test in failed phase' }
    }
  }
  if (facts.drifted && driftModeOf(object) !== 'disabled') return { kind: 'Drifted', reason: '' }
  return { kind: 'InSync', reason: '' }
}

/** What the deployed release has no longer in common with what is wanted. */
function changeOf(facts: Facts, stored: StoredRelease): string | undefined {
  const { object, status, chart } = facts
  if (stored.chartName !== chart.name || stored.chartVersion !== chart.version) return 'release chart changed'
  if (!facts.sameValues) return 'release config values changed'
  if (status.observedGeneration === object.metadata.generation) return undefined
  if (facts.postRenderersDigest !== (status.observedPostRenderersDigest ?? ''))
    return 'postrenderers digest has changed'
  if (facts.commonMetadataDigest !== (status.observedCommonMetadataDigest ?? '')) {
    return 'common metadata digest has changed'
  }
  return undefined
}

/** The snapshot that a remediation by rollback goes back to. */
export function rollbackTargetOf(object: HelmRelease, status: HelmReleaseStatus) {
  return previousOf(status.history, ignoresTestFailures(object, status))
}

/** A pass runs each of these once; then it ends, to be entered again. */
export type ActionGroup = 'release' | 'remediation' | 'test' | 'unlock' | 'drift'

export function groupOf(action: ActionKind): ActionGroup {
  switch (action) {
    case 'install':
    case 'upgrade':
      return 'release'
    case 'rollback':
    case 'uninstall':
      return 'remediation'
    case 'unlock':
      return 'unlock'
    case 'test':
      return 'test'
    case 'correctDrift':
      return 'drift'
  }
}

export type PassEnd =
  | { kind: 'retryAfter'; milliseconds: number }
  /** Soon, with growing pauses. */
  | { kind: 'requeue' }
  | { kind: 'exhausted' }
  | { kind: 'done' }

/**
 * How a pass ends that would have to act once more in the same way, or (`remediated`) that has remediated a failure.
 */
export function endOf(object: HelmRelease, status: HelmReleaseStatus, remediated: boolean): PassEnd {
  const milliseconds = activeRetryInterval(object, status)
  if (milliseconds !== undefined) return { kind: 'retryAfter', milliseconds }
  const remediation = activeRemediation(object, status)
  if (!remediation || !isExhausted(remediation, status)) return { kind: 'requeue' }
  if (!remediated) return { kind: 'done' }
  // Uninstalled after a failed upgrade: the next pass installs.
  const isReinstalled = remediation.action === 'upgrade' && remediation.strategy === 'uninstall'
  return isReinstalled ? { kind: 'requeue' } : { kind: 'exhausted' }
}
