import type { Condition } from '@sluice/api'
import type { EventDraft } from './events.ts'

/**
 * How a reconciliation may end. The runtime turns this into the next wake-up; nobody sleeps. `after` is in milliseconds.
 *
 * - `done`: as declared; look again after `after` (the interval), or only when something changes.
 * - `wait`: for something whose change wakes the object; `after` is the deadline or the fallback poll.
 * - `retry`: failed and worth retrying: after `after`, else with exponential backoff.
 * - `stalled`: failed until somebody changes something.
 */
export type Next =
  | { kind: 'done'; after?: number }
  | { kind: 'wait'; after: number }
  | { kind: 'retry'; after?: number }
  | { kind: 'stalled' }

export interface Outcome<S> {
  /** The whole status to be seen from now on. Only what differs from before is written. */
  status: S
  events?: EventDraft[]
  next: Next
}

/** What a finalizer's work came to: `released` lets the object go. */
export interface FinalOutcome {
  released: boolean
  events?: EventDraft[]
  /** When not released: when to try again, in milliseconds; absent: with backoff. */
  after?: number
}

/** The part of a status all Flux kinds share. */
export interface CommonStatus {
  conditions?: Condition[]
  observedGeneration?: number
  lastHandledReconcileAt?: string
}
