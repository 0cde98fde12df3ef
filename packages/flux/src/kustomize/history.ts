import type { HistoryEntry } from '@sluice/api'

/** `status.history` after fluxcd/pkg/apis/meta: newest first, one entry a (digest, outcome), at most five. */
export interface HistoryNote {
  digest: string
  /** Reason of the Ready condition. */
  outcome: string
  at: string
  /** Go duration. */
  took: string
  revision: string
  originRevision?: string
}

const MOST = 5

export function withHistory(history: readonly HistoryEntry[] | undefined, note: HistoryNote): HistoryEntry[] {
  const old = history?.find(e => e.digest === note.digest && e.lastReconciledStatus === note.outcome)
  const entry: HistoryEntry = {
    digest: note.digest,
    firstReconciled: old?.firstReconciled ?? note.at,
    lastReconciled: note.at,
    lastReconciledDuration: note.took,
    lastReconciledStatus: note.outcome,
    totalReconciliations: (old?.totalReconciliations ?? 0) + 1,
    metadata: {
      revision: note.revision,
      ...(note.originRevision ? { originRevision: note.originRevision } : {}),
    },
  }
  return [entry, ...(history ?? []).filter(e => e !== old)].slice(0, MOST)
}
