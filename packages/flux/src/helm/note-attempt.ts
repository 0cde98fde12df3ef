import type { HelmRelease } from '@sluice/api'
import type { Chart, Table } from '@sluice/helm'
import { takeRequest } from './requests.ts'
import type { StatusDraft } from './status-draft.ts'
import { isDigestOf } from './values-digest.ts'

interface Attempt {
  chart: Chart
  values: Table
  /** Digest of the values. */
  config: string
  ociDigest: string | undefined
}

/** What failed before counts only against the same attempt. */
export function noteAttempt(
  object: HelmRelease,
  draft: StatusDraft,
  { chart, values, config, ociDigest }: Attempt,
): void {
  const { generation } = object.metadata
  const { version } = chart.metadata
  const isReset = takeRequest(object, draft, 'reset')
  const { lastAttemptedGeneration, lastAttemptedRevision, lastAttemptedConfigDigest: before } = draft.value
  const isOther =
    lastAttemptedGeneration !== generation ||
    lastAttemptedRevision !== version ||
    (before !== undefined && before !== config && !isDigestOf(before, values))
  if (isOther || isReset) draft.clearFailures()
  draft.set({
    lastAttemptedGeneration: generation,
    lastAttemptedRevision: version,
    lastAttemptedRevisionDigest: ociDigest,
    lastAttemptedConfigDigest: config,
    lastAttemptedValuesChecksum: undefined,
    lastReleaseRevision: undefined,
  })
}
