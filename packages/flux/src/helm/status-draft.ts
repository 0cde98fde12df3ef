import type { Condition, HelmRelease } from '@sluice/api'
import { conditionOf, withCondition, withoutCondition } from '@sluice/controller'
import type { HelmReleaseStatus } from './release-spec.ts'
import type { Snapshots } from './snapshots.ts'

/**
 * The status of one release while it is being reconciled: fields and conditions set step by step, and the Ready
 * condition drawn from what was done. The only place that writes this kind's conditions; knows no I/O.
 */
export class StatusDraft {
  readonly #object: HelmRelease
  readonly #now: () => Date
  #status: HelmReleaseStatus

  constructor(object: HelmRelease, now: () => Date = () => new Date()) {
    this.#object = object
    this.#now = now
    this.#status = object.status ?? {}
  }

  get value(): HelmReleaseStatus {
    return this.#status
  }

  set(fields: Partial<HelmReleaseStatus>): void {
    this.#status = { ...this.#status, ...fields }
  }

  setHistory(history: Snapshots): void {
    this.set({ history: history.length > 0 ? [...history] : undefined })
  }

  get(type: string): Condition | undefined {
    return conditionOf(this.#conditions, type)
  }

  is(type: string, status: Condition['status']): boolean {
    return this.get(type)?.status === status
  }

  mark(type: string, status: Condition['status'], reason: string, message: string): void {
    const { generation } = this.#object.metadata
    const draft = { type, status, reason, message: message.trim() }
    this.set({ conditions: withCondition(this.#conditions, draft, generation, this.#now()) })
  }

  /** One condition takes the place of another, and stands since when that did. */
  replace(old: string, type: string, status: Condition['status'], reason: string, message: string): void {
    const since = this.get(old)?.lastTransitionTime
    this.remove(old, type)
    this.mark(type, status, reason, message)
    if (since === undefined) return
    const conditions = this.#conditions.map(c => (c.type === type ? { ...c, lastTransitionTime: since } : c))
    this.set({ conditions })
  }

  remove(...types: string[]): void {
    this.set({ conditions: withoutCondition(this.#conditions, ...types) })
  }

  /** What Ready said of these reasons no longer holds. */
  resume(...reasons: string[]): void {
    if (!reasons.includes(this.get('Ready')?.reason ?? '')) return
    this.mark('Ready', 'Unknown', 'Progressing', 'reconciliation in progress')
  }

  clearFailures(): void {
    this.set({ failures: undefined, installFailures: undefined, upgradeFailures: undefined })
  }

  count(...counters: ('failures' | 'installFailures' | 'upgradeFailures')[]): void {
    for (const counter of counters) this.set({ [counter]: (this.#status[counter] ?? 0) + 1 })
  }

  /**
   * Ready from what was observed last: a remediation before tests, tests before the release itself. Generations of the
   * conditions decide, not that of the object: a change that needs no release leaves its outcome as it is.
   */
  summarise(digests: { postRenderers: string; commonMetadata: string }): void {
    const { test } = this.#object.spec
    if (!test?.enable) this.remove('TestSuccess')
    const order =
      test?.enable && !test.ignoreFailures ? ['Remediated', 'TestSuccess', 'Released'] : ['Remediated', 'Released']
    const [first] = inFluxOrder(this.#conditions, order)
    if (!first) return
    // What had to be remediated is a failure, however well that went.
    const status = first.type === 'Remediated' ? 'False' : first.status
    if (status === 'True') this.remove('Stalled')
    this.mark('Ready', status, first.reason, first.message)
    this.set({
      observedPostRenderersDigest: digests.postRenderers || undefined,
      observedCommonMetadataDigest: digests.commonMetadata || undefined,
    })
  }

  get #conditions(): Condition[] {
    return (this.#status.conditions ?? []) as Condition[]
  }
}

/** Sorted as Flux sorts: by insertion, with a comparison that is no order where generations differ. */
function inFluxOrder(conditions: readonly Condition[], order: readonly string[]): Condition[] {
  const isBefore = (a: Condition, b: Condition): boolean => {
    const [i, j] = [order.indexOf(a.type), order.indexOf(b.type)]
    if (i < 0) return false
    if (j < 0) return true
    return (a.observedGeneration ?? 0) >= (b.observedGeneration ?? 0) && i < j
  }
  const sorted: Condition[] = []
  for (const condition of conditions) {
    let at = sorted.length
    while (at > 0 && isBefore(condition, sorted[at - 1]!)) at--
    sorted.splice(at, 0, condition)
  }
  return sorted
}
