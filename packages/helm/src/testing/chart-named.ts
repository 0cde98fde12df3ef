/** Small charts for tests. */
import type { Chart, ChartDependency, ChartFile } from '../chart.ts'
import type { Table } from '../value-table.ts'

export function chartNamed(name: string, values: Table = {}, subcharts: Chart[] = []): Chart {
  return {
    metadata: {
      apiVersion: 'v2',
      name,
      version: '1.0.0',
      kubeVersion: '',
      description: '',
      type: '',
      keywords: [],
      home: '',
      sources: [],
      dependencies: [],
      maintainers: [],
      icon: '',
      appVersion: '',
      deprecated: false,
      annotations: {},
      condition: '',
      tags: '',
    },
    values,
    lock: undefined,
    schema: undefined,
    templates: [],
    files: [],
    subcharts,
  }
}

export function dependency(name: string, fields: Partial<ChartDependency> = {}): ChartDependency {
  return { name, version: '1.x', repository: '', condition: '', tags: [], importValues: [], alias: '', ...fields }
}

/** Files of a chart by path; without a Chart.yaml one is added. */
export function filesOf(contents: Record<string, string>): ChartFile[] {
  const all = { 'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n', ...contents }
  return Object.entries(all).map(([path, text]) => ({ path, content: Buffer.from(text) }))
}
