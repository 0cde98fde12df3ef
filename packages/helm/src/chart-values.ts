/** The values that the templates of a chart see, with the chart as those values leave it: what rendering begins with. */
import type { HelmVersion } from './capabilities.ts'
import type { Chart } from './chart.ts'
import { coalescedValues, type Warn } from './coalesce.ts'
import { processDependencies } from './process-dependencies.ts'
import type { Table } from './value-table.ts'

export interface ChartValues {
  /** Subcharts that are off are gone, imported values are in. */
  chart: Chart
  values: Table
}

/** Throws HelmError. What is given stays as it is. */
export function chartValues(chart: Chart, given: Table, warn: Warn = () => {}, helm: HelmVersion = '4.1'): ChartValues {
  const processed = processDependencies(chart, given, warn, helm)
  return { chart: processed, values: coalescedValues(processed, given, warn, helm) }
}
