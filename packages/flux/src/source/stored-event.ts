/** What people are told when a reconciliation went well: a new artifact, or a recovery. Pure. */
import type { Artifact } from '@sluice/api'
import type { EventDraft } from '@sluice/controller'
import type { SourcePass, SourceStatus } from './source-frame.ts'

export interface StoredEvent {
  artifact: Artifact
  message: string
  /** Reason of either; default `NewArtifact` for a new one, `Succeeded` for a recovery. */
  reason?: string
}

const FAILURES = ['FetchFailed', 'IncludeUnavailable', 'BuildFailed', 'StorageOperationFailed']

export function storedEvents<S extends SourceStatus>(
  { before, conditionsBefore }: SourcePass<S>,
  { artifact, message, reason }: StoredEvent,
): EventDraft[] {
  const fresh = before?.digest !== artifact.digest
  const recovered = conditionsBefore.some(condition => FAILURES.includes(condition.type))
  if (!fresh && !recovered) return []
  return [
    {
      severity: 'info',
      reason: reason ?? (fresh ? 'NewArtifact' : 'Succeeded'),
      message,
      metadata: {
        'source.toolkit.fluxcd.io/revision': artifact.revision,
        'source.toolkit.fluxcd.io/digest': artifact.digest,
      },
    },
  ]
}
