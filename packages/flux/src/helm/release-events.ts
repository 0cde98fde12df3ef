import { groups, type HelmReleaseSnapshot } from '@sluice/api'
import type { EventDraft } from '@sluice/controller'
import type { ReleaseContext } from './release-context.ts'

/** What Flux writes beside the text of a release's events. */
export interface EventFacts {
  revision: string
  /** Digest of the values. */
  token: string
  appVersion?: string
  ociDigest?: string
}

export function eventOf(
  severity: EventDraft['severity'],
  reason: string,
  message: string,
  { revision, token, appVersion, ociDigest }: EventFacts,
): EventDraft {
  const metadata = Object.entries({ revision, token, 'app-version': appVersion, 'oci-digest': ociDigest })
  return {
    severity,
    reason,
    message,
    metadata: Object.fromEntries(metadata.flatMap(([key, value]) => (value ? [[`${groups.helm}/${key}`, value]] : []))),
  }
}

/** Of the chart and values that are being released. */
export const attemptFacts = ({ chart, valuesDigest, ociDigest }: ReleaseContext): EventFacts => ({
  revision: chart.metadata.version,
  token: valuesDigest,
  appVersion: chart.metadata.appVersion,
  ociDigest,
})

export const snapshotFacts = ({
  chartVersion,
  configDigest,
  appVersion,
  ociDigest,
}: HelmReleaseSnapshot): EventFacts => ({
  revision: chartVersion,
  token: configDigest,
  appVersion,
  ociDigest,
})
