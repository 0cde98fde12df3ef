/** The files of crds/, which Helm does not render: who applies them does so before a release, in a way of its own. */
import type { HelmVersion } from './capabilities.ts'
import type { Chart, ChartFile } from './chart.ts'
import { processDependencies } from './process-dependencies.ts'
import { byBytes } from './sort-manifests.ts'
import type { Table } from './value-table.ts'

export interface ChartDefinition {
  /** From the chart's name on. */
  path: string
  text: string
}

/** Those of a chart and of the subcharts that the values turn on. */
export function chartDefinitions(chart: Chart, values: Table, helm: HelmVersion): ChartDefinition[] {
  if (!hasDefinitions(chart)) return []
  return definitionsIn(
    processDependencies(chart, values, () => {}, helm),
    chart.metadata.name,
  )
}

/** Those of subcharts behind their parent's. */
export function definitionsIn(chart: Chart, fullPath: string): ChartDefinition[] {
  const own = chart.files
    .filter(({ path }) => path.startsWith('crds/') && /\.(ya?ml|json)$/i.test(path))
    .sort((a: ChartFile, b: ChartFile) => byBytes(a.path, b.path))
    .map(({ path, content }) => ({ path: `${fullPath}/${path}`, text: Buffer.from(content).toString('utf8') }))
  return [...own, ...chart.subcharts.flatMap(sub => definitionsIn(sub, `${fullPath}/charts/${sub.metadata.name}`))]
}

function hasDefinitions({ files, subcharts }: Chart): boolean {
  return files.some(({ path }) => path.startsWith('crds/')) || subcharts.some(hasDefinitions)
}
