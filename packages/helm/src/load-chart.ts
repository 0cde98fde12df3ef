/**
 * Files of a chart to a chart: which file is what, subcharts in charts/ as folders and as archives, API versions v1 (requirements.yaml) and v2.
 * Follows helm's pkg/chart/v2/loader.
 */
import type { Chart, ChartFile, ChartMetadata } from './chart.ts'
import { parseDependencies, parseLock, parseMetadata, validateMetadata, yamlTable } from './chart-metadata.ts'
import { HelmError } from './helm-error.ts'
import { parseValues, UNREADABLE_VALUES } from './parse-values.ts'
import { readChartArchive } from './read-chart.ts'

/** Charts in charts in charts …: an archive that holds itself must end. */
const maxDepth = 32

/** Throws HelmError for what Helm would not load. */
export async function loadChart(files: readonly ChartFile[]): Promise<Chart> {
  return load(files, 0)
}

async function load(files: readonly ChartFile[], depth: number): Promise<Chart> {
  if (depth > maxDepth) throw new HelmError(`subcharts nest deeper than ${maxDepth}`)
  const chartFile = files.find(file => file.path === 'Chart.yaml')
  if (!chartFile) throw new HelmError('Chart.yaml file is missing')
  const metadata = parseMetadata(text(chartFile))
  if (metadata.apiVersion === '') metadata.apiVersion = 'v1'
  const chart: Chart = {
    metadata,
    values: {},
    lock: undefined,
    schema: undefined,
    templates: [],
    files: [],
    subcharts: [],
  }
  const below: ChartFile[] = []
  for (const file of files) {
    if (file.path.startsWith('charts/')) {
      if (file.path.endsWith('.prov')) chart.files.push(file)
      else below.push({ ...file, path: file.path.slice('charts/'.length) })
    } else if (file.path.startsWith('templates/')) chart.templates.push(file)
    else sort(chart, file)
  }
  validateMetadata(metadata)
  chart.subcharts = await subcharts(below, metadata, depth)
  return chart
}

function sort(chart: Chart, file: ChartFile): void {
  const { metadata } = chart
  switch (file.path) {
    case 'Chart.yaml':
      return
    case 'Chart.lock':
      chart.lock = parseLock(yamlTable(text(file), 'cannot load Chart.lock'))
      return
    case 'values.yaml':
      chart.values = parseValues(text(file), UNREADABLE_VALUES)
      return
    case 'values.schema.json':
      chart.schema = text(file)
      return
    case 'requirements.yaml':
      metadata.dependencies.push(...parseDependencies(yamlTable(text(file), 'cannot load requirements.yaml')))
      if (metadata.apiVersion === 'v1') chart.files.push(file)
      return
    case 'requirements.lock':
      chart.lock = parseLock(yamlTable(text(file), 'cannot load requirements.lock'))
      if (metadata.apiVersion === 'v1') chart.files.push(file)
      return
    default:
      chart.files.push(file)
  }
}

async function subcharts(files: readonly ChartFile[], parent: ChartMetadata, depth: number): Promise<Chart[]> {
  const charts: Chart[] = []
  const folders = Map.groupBy(files, file => file.path.split('/')[0] ?? '')
  for (const [name, content] of [...folders].sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
    if (name.startsWith('_') || name.startsWith('.')) continue
    try {
      if (name.endsWith('.tgz')) {
        const [archive] = content
        if (archive?.path !== name) {
          throw new HelmError(`error unpacking subchart tar in ${parent.name}: expected ${name}, got ${archive?.path}`)
        }
        charts.push(await load(await readChartArchive(archive.content), depth + 1))
      } else {
        // A loose file is taken for a chart without any.
        const inside = content.filter(file => file.path !== name)
        charts.push(
          await load(
            inside.map(file => ({ ...file, path: file.path.slice(name.length + 1) })),
            depth + 1,
          ),
        )
      }
    } catch (error) {
      if (!(error instanceof HelmError)) throw error
      throw new HelmError(`error unpacking subchart ${name} in ${parent.name}: ${error.message}`, { cause: error })
    }
  }
  return charts
}

function text(file: ChartFile): string {
  return Buffer.from(file.content).toString('utf8')
}
