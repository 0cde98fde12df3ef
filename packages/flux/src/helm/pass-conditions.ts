import { helmReasons } from '@sluice/api'
import { formatDuration } from '@sluice/controller'
import { type ActionKind, groupOf, type PassEnd, type ReleaseState } from './decide.ts'
import { type Drift, driftSummary } from './drift.ts'
import type { ReleaseContext } from './release-context.ts'
import { activeRemediation, driftModeOf, failuresOf, timeoutOf } from './release-spec.ts'
import { fullName, latestOf, releasedMessage } from './snapshots.ts'

/** How a pass can end. */
type End = PassEnd | { kind: 'settled' } | { kind: 'noRollbackTarget' }

/** What the state alone says, whatever is done about it. */
export function settle(context: ReleaseContext, { kind }: ReleaseState, drift: Drift): void {
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

const NAMES: Record<ActionKind, string> = {
  install: 'install',
  upgrade: 'upgrade',
  test: 'test',
  rollback: 'rollback',
  uninstall: 'uninstall',
  unlock: 'unlock',
  correctDrift: 'correct cluster drift',
}

/** What is about to be done. */
export function announce({ object, draft }: ReleaseContext, action: ActionKind): void {
  const timed = action === 'unlock' || action === 'correctDrift' ? undefined : action
  const timeout = formatDuration(timeoutOf(object, timed))
  const message = `Running '${NAMES[action]}' action with timeout of ${timeout}`
  draft.mark('Reconciling', 'True', 'Progressing', message)
  // A remediation's or test's beginning must not hide why it is needed.
  if (groupOf(action) === 'release') draft.mark('Ready', 'Unknown', 'Progressing', message)
}

/** How the pass ended; answers `end`. */
export function ended<E extends End>(context: ReleaseContext, end: E): E {
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
