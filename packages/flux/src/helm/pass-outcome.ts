import { type HelmRelease, reasons } from '@sluice/api'
import { durationOr, type EventDraft, type Outcome } from '@sluice/controller'
import { jittered } from '../jittered.ts'
import { messageOf } from '../message-of.ts'
import type { PassResult } from './pass.ts'
import type { Prevented } from './prevented.ts'
import type { HelmReleaseStatus } from './release-spec.ts'
import type { StatusDraft } from './status-draft.ts'

/** What becomes of a release after a pass: its conditions, events, and when it is looked at again. */
export interface OutcomeParts {
  object: HelmRelease
  draft: StatusDraft
  record: (event: EventDraft) => void
  /** Milliseconds. */
  requeueDependency: number
  jitterPercentage: number
}

type ReleaseOutcome = Outcome<HelmReleaseStatus>

const INTERVAL = 600_000

export function outcomeOf(result: PassResult, parts: OutcomeParts): ReleaseOutcome {
  const { object, draft, jitterPercentage } = parts
  const after = (milliseconds: number) => jittered(milliseconds, { jitterPercentage })
  const status = observed(parts)
  switch (result.kind) {
    case 'done':
    case 'settled':
      return { status, next: { kind: 'done', after: after(durationOr(object.spec.interval, INTERVAL)) } }
    case 'retryAfter':
      return { status, next: { kind: 'wait', after: after(result.milliseconds) } }
    case 'requeue':
      return { status: draft.value, next: { kind: 'retry' } }
    case 'exhausted':
    case 'noRollbackTarget':
      return { status, next: { kind: 'stalled' } }
  }
}

/** A pass that something kept from asking Helm. */
export function prevented({ reason, message, how, event }: Prevented, parts: OutcomeParts): ReleaseOutcome {
  const { draft, record, requeueDependency } = parts
  if (how === 'misconfigured') return misconfigured(message, parts)
  if (how === 'refused') {
    draft.mark('Stalled', 'True', reason, message)
    draft.remove('Reconciling')
  }
  draft.mark('Ready', 'False', reason, message)
  if (event) record({ severity: how === 'waiting' ? 'info' : 'error', reason, message: event })
  if (how === 'refused') return { status: observed(parts), next: { kind: 'stalled' } }
  if (how === 'retry') return { status: draft.value, next: { kind: 'retry' } }
  return { status: draft.value, next: { kind: 'wait', after: requeueDependency } }
}

/** An expression of the spec is wrong: nothing changes until the spec does. */
export function misconfigured(error: unknown, parts: OutcomeParts): ReleaseOutcome {
  const { draft, record } = parts
  const reason = reasons.invalidCelExpression
  const message = messageOf(error)
  const whole = `Reconciliation failed terminally due to configuration error: ${message}`
  draft.mark('Ready', 'False', reason, whole)
  draft.mark('Stalled', 'True', reason, whole)
  record({ severity: 'error', reason, message })
  return { status: observed(parts), next: { kind: 'stalled' } }
}

/** A pass whose waits news of `trigger` has ended before it came to its end: the next one follows at once. */
export function interrupted(trigger: string, { draft, record }: OutcomeParts): ReleaseOutcome {
  const reason = 'HealthCheckCanceled'
  draft.mark('Ready', 'False', reason, `New reconciliation triggered by ${trigger}`)
  const message = `Health checks canceled due to new reconciliation triggered by ${trigger}`
  record({ severity: 'info', reason, message })
  return { status: draft.value, next: { kind: 'retry', after: 0 } }
}

const observed = ({ draft, object }: Pick<OutcomeParts, 'draft' | 'object'>): HelmReleaseStatus => ({
  ...draft.value,
  observedGeneration: object.metadata.generation,
})
