import type { HelmRelease } from '@sluice/api'
import type { EventDraft } from '@sluice/controller'
import type { Chart, ChartDefinition, Table } from '@sluice/helm'
import type { HealthRule, ReleaseRecord, ReleaseStorage, Slot, Waiter } from '@sluice/release'
import type { Target } from '../cluster-targets.ts'
import type { SpecDigests } from './spec-digest.ts'
import type { StatusDraft } from './status-draft.ts'

/** What the actions of one pass over a release work with. */
export interface ReleaseContext {
  object: HelmRelease
  draft: StatusDraft
  /** Under the version it is released as. */
  chart: Chart
  definitions: readonly ChartDefinition[]
  /** Of the artifact, where the version does not say which chart it is. */
  ociDigest: string | undefined
  values: Table
  valuesDigest: string
  digests: SpecDigests
  target: Target
  storage: ReleaseStorage
  /** What the storage holds, as of our last look or write; oldest first. */
  records: RecordList
  waiter: Waiter
  slot: Slot
  signal: AbortSignal
  event: (event: EventDraft) => void
  health: HealthRule | undefined
}

/** The records of one release, kept up with what is written. */
export class RecordList {
  #records: ReleaseRecord[]

  constructor(records: readonly ReleaseRecord[]) {
    this.#records = [...records]
  }

  get all(): readonly ReleaseRecord[] {
    return this.#records
  }

  get last(): ReleaseRecord | undefined {
    return this.#records.at(-1)
  }

  get(version: number): ReleaseRecord | undefined {
    return this.#records.find(record => record.version === version)
  }

  clear(): void {
    this.#records = []
  }

  note(record: ReleaseRecord): void {
    this.#records = [...this.#records.filter(({ version }) => version !== record.version), record].sort(
      (a, b) => a.version - b.version,
    )
  }
}
