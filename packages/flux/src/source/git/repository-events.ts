/**
 * What people are told when a GitRepository's reconciliation went well: a new artifact, a recovery, or that nothing moved.
 * Pure.
 */
import type { Artifact, Condition } from '@sluice/api'
import type { EventDraft } from '@sluice/controller'

const FAILURES = ['FetchFailed', 'IncludeUnavailable', 'StorageOperationFailed']

export interface Success {
  /** The artifact before this reconciliation. */
  before: Artifact | undefined
  conditionsBefore: readonly Condition[]
  artifact: Artifact
  /** Subject of the commit when it was looked at, else the revision. */
  subject: string
}

export function successEvents({ before, conditionsBefore, artifact, subject }: Success): EventDraft[] {
  const fresh = before?.digest !== artifact.digest
  const recovered = conditionsBefore.some(condition => FAILURES.includes(condition.type))
  if (!fresh && !recovered) return []
  return [
    {
      severity: 'info',
      reason: fresh ? 'NewArtifact' : 'Succeeded',
      message: `stored artifact for commit '${subject}'`,
      metadata: {
        'source.toolkit.fluxcd.io/revision': artifact.revision,
        'source.toolkit.fluxcd.io/digest': artifact.digest,
      },
    },
  ]
}
