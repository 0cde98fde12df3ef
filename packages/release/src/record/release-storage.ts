/** Where the records of releases lie: one object a revision. */
import type { ReleaseRecord } from './release-record.ts'

export interface CreateOptions {
  /** Revisions kept at most, this one counted; the oldest go first, the newest deployed one never. 0: all are kept. */
  maxHistory?: number
  /** What {@link ReleaseStorage.history} answered just now: saves asking again. */
  history?: readonly ReleaseRecord[]
}

export interface ReleaseStorage {
  /** Revisions of a release, oldest first. Records that cannot be read are left out, as Helm leaves them out. */
  history(name: string): Promise<ReleaseRecord[]>
  /** The newest revision. */
  last(name: string): Promise<ReleaseRecord | undefined>
  get(name: string, version: number): Promise<ReleaseRecord | undefined>
  /** Throws {@link ReleaseError} `release: already exists` when somebody else was quicker. */
  create(record: ReleaseRecord, options?: CreateOptions): Promise<void>
  /** Throws {@link ReleaseError} `release: not found`. */
  update(record: ReleaseRecord): Promise<void>
  /** A record that is already gone is no failure. */
  remove(record: ReleaseRecord): Promise<void>
}
