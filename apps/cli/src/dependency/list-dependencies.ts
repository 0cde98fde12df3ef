/** `sluice dependency list`: each dependency of a chart and whether charts/ has it, in the words and columns of helm. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type ChartDependency,
  type ChartMetadata,
  type ChartParts,
  chartParts,
  readChart,
  readChartArchive,
  validChartMetadata,
  versionProblem,
} from '@sluice/helm'

/** The whole text that is printed. Throws HelmError for a chart that cannot be loaded. */
export async function listDependencies(path: string, maxWidth: number): Promise<string> {
  const chart = await chartParts(await readChart(path))
  const { dependencies } = chart.metadata
  if (dependencies.length === 0) return `WARNING: no dependencies at ${join(path, 'charts')}\n`
  const rows = [['NAME', 'VERSION', 'REPOSITORY', 'STATUS']]
  for (const dependency of dependencies) {
    const { name, version, repository } = dependency
    rows.push([name, version, repository, await statusOf(path, dependency, chart)])
  }
  return `${table(rows, maxWidth)}\n${await strangers(path, dependencies)}`
}

/** Cells padded to their column and divided by tabs, too long ones cut. */
function table(rows: string[][], maxWidth: number): string {
  const cut = rows.map(row => row.map(cell => (cell.length > maxWidth ? `${cell.slice(0, maxWidth - 3)}...` : cell)))
  const widths = cut[0]?.map((_, column) => Math.max(...cut.map(row => row[column]?.length ?? 0))) ?? []
  return cut.map(row => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('\t')}\n`).join('')
}

async function statusOf(path: string, dependency: ChartDependency, chart: ChartParts): Promise<string> {
  const names = await readdir(join(path, 'charts')).catch(() => [])
  const { name } = dependency
  const archives = names.filter(one => one.startsWith(`${name}-`) && one.endsWith('.tgz'))
  const versioned = archives.filter(one => isStrictVersion(one.slice(name.length + 1, -'.tgz'.length)))
  if (archives.length > 1 && versioned.length > 1) return 'too many matches'
  const [archive] = archives.length > 1 ? versioned : archives
  if (archive !== undefined) return archiveStatus(join(path, 'charts', archive), dependency)
  const present = chart.charts.findLast(({ metadata }) => metadata.name === name)
  if (!present) return 'missing'
  return versionProblem(dependency, present.metadata.version) ?? 'unpacked'
}

async function archiveStatus(file: string, dependency: ChartDependency): Promise<string> {
  let metadata: ChartMetadata
  try {
    metadata = validChartMetadata(await readChartArchive(await readFile(file)))
  } catch {
    return 'corrupt'
  }
  if (metadata.name !== dependency.name) return 'misnamed'
  return versionProblem(dependency, metadata.version) ?? 'ok'
}

const isStrictVersion = (text: string): boolean => /^\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/.test(text)

/** Warnings about what is in charts/ but in nobody's list. */
async function strangers(path: string, dependencies: readonly ChartDependency[]): Promise<string> {
  let text = ''
  for (const name of (await readdir(join(path, 'charts')).catch(() => [])).sort()) {
    const file = join(path, 'charts', name)
    if (!(await stat(file)).isDirectory() && !name.endsWith('.tgz')) continue
    const found = await readChart(file)
      .then(validChartMetadata)
      .catch(() => undefined)
    if (!found) text += `WARNING: "${file}" is not a chart.\n`
    else if (!dependencies.some(one => one.name === found.name)) text += `WARNING: "${file}" is not in Chart.yaml.\n`
  }
  return text
}
