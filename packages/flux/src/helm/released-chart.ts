import { type Artifact, type HelmRelease, helmReasons } from '@sluice/api'
import type { Chart } from '@sluice/helm'
import { chartSourceOf } from './chart-source.ts'
import { ChartVersionError, chartVersionOf } from './chart-version.ts'
import { Prevented } from './prevented.ts'

export interface ReleasedChart {
  chart: Chart
  /** Of the artifact, where the version does not say which chart it is. */
  ociDigest?: string
}

/**
 * The chart under the version it is released as; the same chart yields the same object. With `keepsVersion` (feature
 * gate `DisableChartDigestTracking`) a chart from a registry that was pushed anew under the same tag is the same.
 */
export function releasedChart(
  object: HelmRelease,
  artifact: Artifact,
  chart: Chart,
  keepsVersion: boolean,
): ReleasedChart {
  try {
    const { version, digest } = chartVersionOf(chartSourceOf(object).kind, artifact, chart.metadata.version)
    if (keepsVersion || version === chart.metadata.version) return { chart, ociDigest: digest }
    const known = underVersion.get(chart)
    if (known?.metadata.version === version) return { chart: known, ociDigest: digest }
    const renamed = { ...chart, metadata: { ...chart.metadata, version } }
    underVersion.set(chart, renamed)
    return { chart: renamed, ociDigest: digest }
  } catch (error) {
    if (!(error instanceof ChartVersionError)) throw error
    throw new Prevented('retry', helmReasons.chartMutateError, error.message, undefined, { cause: error })
  }
}

const underVersion = new WeakMap<Chart, Chart>()
