import { type Chart, coalescedValues, coalesceTables, type Table } from '@sluice/helm'
import type { ReleaseRecord } from '../record/release-record.ts'
import type { UpgradeOptions } from './action-options.ts'

/**
 * The values that an upgrade renders with and records, and the chart with the defaults that go under them. Follows
 * helm's `reuseValues`.
 */
export function chosenValues(
  chart: Chart,
  values: Table,
  current: ReleaseRecord,
  from: UpgradeOptions['valuesFrom'] = 'reset',
): { chart: Chart; values: Table } {
  const before = current.config ?? {}
  const ignore = () => {}
  switch (from) {
    case 'reset':
      return { chart, values }
    case 'keep':
      return { chart, values: Object.keys(values).length > 0 ? values : before }
    case 'resetThenReuse':
      return { chart, values: coalesceTables(structuredClone(values), before, false, ignore) }
    case 'reuse': {
      const old: Chart = { ...chart, values: current.chart.values ?? {}, subcharts: [] }
      const defaults = coalescedValues(old, before, ignore)
      return {
        chart: { ...chart, values: defaults },
        values: coalesceTables(structuredClone(values), before, false, ignore),
      }
    }
  }
}
