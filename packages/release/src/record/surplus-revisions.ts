import type { ReleaseRecord } from './release-record.ts'

/**
 * The revisions that must go before one more is written, so that no more than `most` remain: the oldest first, never
 * the newest deployed one. Follows helm's pkg/storage. `history` is in the order of versions.
 */
export function surplusRevisions(history: readonly ReleaseRecord[], most: number): ReleaseRecord[] {
  if (most <= 0) return []
  const excess = history.length - (most - 1)
  if (excess <= 0) return []
  const kept = history.findLast(record => record.info.status === 'deployed')
  return history.filter(record => record !== kept).slice(0, excess)
}
