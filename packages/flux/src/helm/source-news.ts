import type { Artifact, Condition, HelmRelease, KubeObject } from '@sluice/api'
import { conditionOf } from '@sluice/controller'
import { artifactOf } from '../artifact-of.ts'

/** A source says something new when it has another artifact, or became ready. */
export function isNews(now: KubeObject, before: KubeObject | undefined): boolean {
  const artifact = artifactOf(now)
  const former = artifactOf(before)
  if (artifact?.revision !== former?.revision || artifact?.digest !== former?.digest) return artifact !== undefined
  return isReady(now) && !isReady(before)
}

const isReady = (object: KubeObject | undefined): boolean =>
  conditionOf((object?.status as { conditions?: Condition[] } | undefined)?.conditions, 'Ready')?.status === 'True'

/** A release that is at work with an artifact, or done with it, need not hear of it again. */
export function hasTried({ status }: HelmRelease, artifact: Artifact | undefined): boolean {
  const conditions = status?.conditions as Condition[] | undefined
  const isBusy = ['Ready', 'Reconciling'].some(type => conditionOf(conditions, type)?.status === 'True')
  if (!isBusy || !artifact) return false
  const { lastAttemptedRevision, lastAttemptedRevisionDigest } = status ?? {}
  if (lastAttemptedRevisionDigest) return artifact.revision.endsWith(lastAttemptedRevisionDigest)
  return artifact.revision === lastAttemptedRevision
}
