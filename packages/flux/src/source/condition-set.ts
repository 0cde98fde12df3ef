/**
 * The conditions of one source while it is being reconciled: marked and removed step by step, then summarised into Ready
 * and put in order, as Flux's source-controller does. Knows no I/O and no kind.
 */
import type { Condition } from '@sluice/api'
import { conditionOf, withCondition, withoutCondition } from '@sluice/controller'

/** Conditions that report a failure by being True, in the order in which they explain Ready. */
const PRIORITY = [
  'StorageOperationFailed',
  'FetchFailed',
  'IncludeUnavailable',
  'BuildFailed',
  'ArtifactOutdated',
  'ArtifactInStorage',
  'SourceVerified',
  'Stalled',
  'Reconciling',
]
const POSITIVE = new Set(['ArtifactInStorage', 'SourceVerified'])

export class ConditionSet {
  #conditions: Condition[]
  readonly #generation: number | undefined
  readonly #now: Date

  constructor(conditions: readonly Condition[] | undefined, generation: number | undefined, now: Date) {
    this.#conditions = [...(conditions ?? [])]
    this.#generation = generation
    this.#now = now
  }

  get list(): Condition[] {
    return [...this.#conditions].sort(byWeight)
  }

  get size(): number {
    return this.#conditions.length
  }

  get(type: string): Condition | undefined {
    return conditionOf(this.#conditions, type)
  }

  is(type: string, status: Condition['status']): boolean {
    return this.get(type)?.status === status
  }

  mark(type: string, status: Condition['status'], reason: string, message: string): void {
    this.#conditions = withCondition(this.#conditions, { type, status, reason, message }, this.#generation, this.#now)
  }

  remove(...types: string[]): void {
    this.#conditions = withoutCondition(this.#conditions, ...types)
  }

  /** Says what is going on. `drift`: what Ready said so far no longer holds. */
  progress(message: string, drift = false): void {
    this.mark('Reconciling', 'True', 'Progressing', message)
    const ready = this.get('Ready')
    if (drift || !ready || ready.status === 'Unknown') this.mark('Ready', 'Unknown', 'Progressing', message)
  }

  /** Derives Ready from the others: the worst of them explains it. */
  summarise(): void {
    const present = PRIORITY.map(type => this.get(type)).filter(condition => condition !== undefined)
    if (present.length === 0) return
    const worst = Math.min(...present.map(severity))
    const { reason, message } = present.find(condition => severity(condition) === worst)!
    const status = worst <= 1 ? 'False' : worst <= 3 ? 'True' : 'Unknown'
    this.mark('Ready', status, reason, message)
    const verified = this.get('SourceVerified')
    if (verified?.status === 'False') this.mark('Ready', 'False', verified.reason, verified.message)
  }
}

/** 0 a failure that is, 1 a success that is not, 2 a success, 3 a failure that is not, 4 unknown. */
function severity({ type, status }: Condition): number {
  if (status === 'Unknown') return 4
  if (POSITIVE.has(type)) return status === 'True' ? 2 : 1
  return status === 'True' ? 0 : 3
}

const WEIGHTS: Record<string, number> = { Stalled: 0, Reconciling: 1, Ready: 2 }

/** Stalled, Reconciling, Ready, then those observed last, then by name. */
function byWeight(a: Condition, b: Condition): number {
  return (
    (WEIGHTS[a.type] ?? 3) - (WEIGHTS[b.type] ?? 3) ||
    (b.observedGeneration ?? 0) - (a.observedGeneration ?? 0) ||
    (a.type < b.type ? -1 : 1)
  )
}
