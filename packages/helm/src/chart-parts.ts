/**
 * A chart as it is packaged: what Chart.yaml and the lock say as values, everything else as the bytes that were read, and
 * the charts of charts/ likewise. Nothing is rendered or coalesced here. Follows helm's pkg/chart/v2/loader.
 */
import { YamlError } from '@sluice/yaml'
import type { ChartFile, ChartLock, ChartMetadata } from './chart.ts'
import { parseDependencies, parseLock, parseMetadata, validateMetadata, yamlTable } from './chart-metadata.ts'
import { HelmError } from './helm-error.ts'
import { parseValues, UNREADABLE_VALUES } from './parse-values.ts'
import { readChartArchive } from './read-chart.ts'

export interface ChartParts {
  metadata: ChartMetadata
  lock: ChartLock | undefined
  /** When Chart.yaml was last changed. */
  modified?: Date
  /** Everything but Chart.yaml, the lock of a v2 chart, and charts/. */
  files: ChartFile[]
  /** The charts of charts/, in the order of their names. */
  charts: ChartParts[]
}

/** Charts in charts in charts …: an archive that holds itself must end. */
const maxDepth = 32

/** What Chart.yaml, and requirements.yaml of a v1 chart, say; not validated. Throws HelmError in the words of Flux. */
export function chartMetadata(files: readonly ChartFile[]): ChartMetadata {
  const chartFile = files.find(file => file.path === 'Chart.yaml')
  if (!chartFile) throw new HelmError("no 'Chart.yaml' found")
  const metadata = named('Chart.yaml', () => parseMetadata(text(chartFile)))
  if (metadata.apiVersion === '') metadata.apiVersion = 'v1'
  const requirements = files.find(file => file.path === 'requirements.yaml')
  if (requirements) {
    const fields = named('requirements.yaml', () => yamlTable(text(requirements), 'cannot load requirements.yaml'))
    metadata.dependencies.push(...parseDependencies(fields))
  }
  return metadata
}

/** Like {@link chartMetadata}, and refused when Helm would. */
export function validChartMetadata(files: readonly ChartFile[]): ChartMetadata {
  const metadata = chartMetadata(files)
  validateMetadata(metadata)
  return metadata
}

/** Throws HelmError for what Helm would not load. */
export async function chartParts(files: readonly ChartFile[]): Promise<ChartParts> {
  return partsOf(files, 0)
}

async function partsOf(files: readonly ChartFile[], depth: number): Promise<ChartParts> {
  if (depth > maxDepth) throw new HelmError(`subcharts nest deeper than ${maxDepth}`)
  const chartFile = files.find(file => file.path === 'Chart.yaml')
  if (!chartFile) throw new HelmError('Chart.yaml file is missing')
  const metadata = validChartMetadata(files)
  const lockName = metadata.apiVersion === 'v1' ? 'requirements.lock' : 'Chart.lock'
  const lockFile = files.find(file => file.path === lockName)
  const lock = lockFile && parseLock(yamlTable(text(lockFile), `cannot load ${lockName}`))
  const own: ChartFile[] = []
  const below: ChartFile[] = []
  for (const file of files) {
    if (file.path === 'Chart.yaml' || file.path === 'Chart.lock') continue
    if (file.path === 'values.yaml') parseValues(text(file), UNREADABLE_VALUES)
    if (!file.path.startsWith('charts/') || file.path.endsWith('.prov')) own.push(file)
    else below.push({ ...file, path: file.path.slice('charts/'.length) })
  }
  const charts = await subcharts(below, metadata.name, depth)
  return { metadata, lock, modified: chartFile.modified, files: own, charts }
}

async function subcharts(files: readonly ChartFile[], parent: string, depth: number): Promise<ChartParts[]> {
  const charts: ChartParts[] = []
  const folders = Map.groupBy(files, file => file.path.split('/')[0] ?? '')
  for (const [name, content] of [...folders].sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
    if (name.startsWith('_') || name.startsWith('.')) continue
    const archive = content.find(file => file.path === name)
    try {
      if (name.endsWith('.tgz')) {
        if (!archive) throw new HelmError(`expected ${name}, got ${content[0]?.path}`)
        charts.push(await partsOf(await readChartArchive(archive.content), depth + 1))
      } else {
        // A loose file is taken for a chart without any.
        const files = content.filter(file => file !== archive)
        const inside = files.map(file => ({ ...file, path: file.path.slice(name.length + 1) }))
        charts.push(await partsOf(inside, depth + 1))
      }
    } catch (error) {
      if (!(error instanceof HelmError)) throw error
      throw new HelmError(`error unpacking subchart ${name} in ${parent}: ${error.message}`, { cause: error })
    }
  }
  return charts
}

function named<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof HelmError)) throw error
    const said =
      error.cause instanceof YamlError
        ? `error converting YAML to JSON: ${error.cause.sigsMessage}`
        : error.message.replace(/^cannot load [^:]*: /, '')
    throw new HelmError(`cannot load '${file}': ${said}`, { cause: error })
  }
}

function text(file: ChartFile): string {
  return Buffer.from(file.content).toString('utf8')
}
