import type { HelmReleaseSnapshot } from '@sluice/api'
import { ReleaseError, type ReleaseRecord } from '@sluice/release'
import type { DigestAlgorithm } from './release-settings.ts'
import { snapshotOf, testHooksOf } from './snapshot-of.ts'
import { isOf, type Snapshots } from './snapshots.ts'

/**
 * How the history follows what an action writes to Helm's storage. Each action has its own rule, helm-controller's;
 * every write is noted the moment it is made, so that an action that fails half-way leaves a true history.
 */
type Action = HelmReleaseSnapshot['action']

/** Installing and upgrading write the new revision, and the one before once more when they supersede it. */
export class WrittenReleases {
  readonly #algorithm: DigestAlgorithm
  readonly #written = new Map<number, ReleaseRecord>()
  #last: ReleaseRecord | undefined
  #failedAtObjects = false

  constructor(algorithm: DigestAlgorithm) {
    this.#algorithm = algorithm
  }

  note(record: ReleaseRecord): void {
    this.#written.set(record.version, record)
    this.#last = record
  }

  /** The one written last. */
  get last(): ReleaseRecord | undefined {
    return this.#last
  }

  /**
   * Helm writes the revision that an upgrade started from once more when it fails at the objects themselves, and with
   * that the history forgets what had made it. Without the write, the same.
   */
  noteFailure(error: unknown): void {
    this.#failedAtObjects = error instanceof ReleaseError && (error.failure === 'apply' || error.failure === 'wait')
  }

  get isEmpty(): boolean {
    return this.#written.size === 0
  }

  intoHistory(history: Snapshots, action: Action, ociDigest: string | undefined): Snapshots {
    const [newest, ...older] = [...this.#written.values()].sort((a, b) => b.version - a.version)
    if (!newest) return history
    const result = [snapshotOf({ record: newest, action, ociDigest }, this.#algorithm), ...history]
    for (const record of older) {
      const i = result.findIndex(snapshot => isOf(snapshot, record))
      const known = result[i]
      if (!known) continue
      const { ociDigest: knownDigest, testHooks } = known
      result[i] = { ...snapshotOf({ record, ociDigest: knownDigest }, this.#algorithm), testHooks }
      break
    }
    if (!this.#failedAtObjects || action !== 'upgrade') return result
    const deployed = result.findIndex((snapshot, i) => i > 0 && snapshot.status === 'deployed')
    const base = deployed > 0 ? deployed : 1
    return result.map((snapshot, i) => (i === base ? { ...snapshot, action: undefined } : snapshot))
  }
}

/** A record written by a rollback, an uninstallation or an unlocking: of what the history knows. */
export function withWritten(
  history: Snapshots,
  record: ReleaseRecord,
  algorithm: DigestAlgorithm,
  action?: Action,
): HelmReleaseSnapshot[] {
  return history.map(snapshot => {
    if (!isOf(snapshot, record)) return snapshot
    const { ociDigest, testHooks } = snapshot
    return { ...snapshotOf({ record, action: action ?? snapshot.action, ociDigest }, algorithm), testHooks }
  })
}

/** The same of a rollback, which also makes a revision. */
export function withRolledBack(
  history: Snapshots,
  record: ReleaseRecord,
  algorithm: DigestAlgorithm,
): HelmReleaseSnapshot[] {
  if (history.some(snapshot => isOf(snapshot, record))) return withWritten(history, record, algorithm, 'rollback')
  return [snapshotOf({ record }, algorithm), ...history]
}

/** Tests count for the latest release only. */
export function withTested(
  history: Snapshots,
  record: ReleaseRecord,
  algorithm: DigestAlgorithm,
): HelmReleaseSnapshot[] {
  const [latest, ...older] = history
  if (!latest || !isOf(latest, record)) return [...history]
  const { action, ociDigest } = latest
  return [{ ...snapshotOf({ record, action, ociDigest }, algorithm), testHooks: testHooksOf(record) }, ...older]
}
