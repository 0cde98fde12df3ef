/**
 * From how a source's reconciliation went to its conditions, its observed generation and what comes next. One place for
 * all source kinds; pure (Flux's `ComputeReconcileResult` and summary).
 */
import type { EventDraft, Next } from '@sluice/controller'
import type { ConditionSet } from './condition-set.ts'
import type { SourceFailure } from './source-failure.ts'

/** How long a source waits for another before it looks again by itself, in milliseconds. Its change wakes it earlier. */
const WAITING_AFTER = 30_000

export interface Ending {
  /** The generation is done with: it goes into `status.observedGeneration`. */
  observed: boolean
  next: Next
  /** What the failure says to people. */
  event: EventDraft | undefined
}

/**
 * Finishes `conditions` in place.
 *
 * @param intervalMs `spec.interval` with its jitter
 */
export function endOf(conditions: ConditionSet, failure: SourceFailure | undefined, intervalMs: number): Ending {
  if (!failure) {
    conditions.remove('Reconciling', 'Stalled')
    conditions.summarise()
    const observed = conditions.size > 0
    return conditions.is('Ready', 'True')
      ? { observed, next: { kind: 'done', after: intervalMs }, event: undefined }
      : { observed, next: { kind: 'retry' }, event: undefined }
  }
  const { mode, reason, message, condition } = failure
  if (condition) conditions.mark(condition, condition === 'SourceVerified' ? 'False' : 'True', reason, message)
  if (mode === 'stalled') {
    conditions.mark('Stalled', 'True', reason, message)
    conditions.summarise()
    return { observed: true, next: { kind: 'stalled' }, event: { severity: 'error', reason, message } }
  }
  const reconciling = conditions.get('Reconciling')
  if (reconciling) conditions.mark('Reconciling', 'True', 'ProgressingWithRetry', reconciling.message)
  conditions.remove('Stalled')
  conditions.summarise()
  const waiting = mode === 'waiting'
  return {
    observed: false,
    next: waiting ? { kind: 'wait', after: WAITING_AFTER } : { kind: 'retry' },
    event: { severity: waiting ? 'info' : 'error', reason, message },
  }
}
