import type { HelmRelease } from '@sluice/api'
import type { EventDraft } from '@sluice/controller'
import type { Chart, ChartDefinition, Table } from '@sluice/helm'
import type { HealthRule, ReleaseRecord, ReleaseStorage, Slot, Waiter } from '@sluice/release'
import type { Target } from '../cluster-targets.ts'
import type { StoredRelease } from './decide.ts'
import type { ReleaseSettings } from './release-settings.ts'
import type { Mask } from './secret-mask.ts'
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
  settings: ReleaseSettings
  target: Target
  storage: ReleaseStorage
  /** What the storage holds, as of our last look or write. */
  records: RecordList
  /** What the storage is known to hold without a look. */
  remembered: StoredRelease | undefined
  waiter: Waiter
  slot: Slot
  signal: AbortSignal
  event: (event: EventDraft) => void
  health: HealthRule | undefined
  /** Of texts that others make. */
  mask: Mask
}

/** The records of one release, read when they are needed first and then kept up with what is written. */
export class RecordList {
  readonly #load: () => Promise<readonly ReleaseRecord[]>
  #records: readonly ReleaseRecord[] | undefined
  #isWritten = false

  constructor(load: () => Promise<readonly ReleaseRecord[]>) {
    this.#load = load
  }

  async read(): Promise<void> {
    this.#records ??= await this.#load()
  }

  get isRead(): boolean {
    return this.#records !== undefined
  }

  /** Something was written since they were read. */
  get isWritten(): boolean {
    return this.#isWritten
  }

  /** Oldest first. */
  get all(): readonly ReleaseRecord[] {
    return this.#records ?? []
  }

  get last(): ReleaseRecord | undefined {
    return this.all.at(-1)
  }

  get(version: number): ReleaseRecord | undefined {
    return this.all.find(record => record.version === version)
  }

  clear(): void {
    this.#isWritten = true
    this.#records = []
  }

  note(record: ReleaseRecord): void {
    this.#isWritten = true
    const others = this.all.filter(({ version }) => version !== record.version)
    this.#records = [...others, record].sort((a, b) => a.version - b.version)
  }
}
