/**
 * Which dependencies of a chart are not in its charts/ yet, and their addition, as source-controller does it before it
 * packages a chart: the lock counts before Chart.yaml, a chart that has as many charts as dependencies misses none. Pure
 * decisions; what is missing comes through a door.
 */
import { parseConstraint, parseVersion, satisfies } from '@sluice/semver'
import type { ChartDependency, ChartFile } from './chart.ts'
import { type ChartParts, chartParts } from './chart-parts.ts'
import { HelmError } from './helm-error.ts'

export interface DependencyDoor {
  /** The files of a chart that lies beside the one that is built. */
  local(dependency: ChartDependency): Promise<{ files: ChartFile[]; place: string }>
  /** The files of a chart of a repository, at the version that was chosen. */
  remote(dependency: ChartDependency): Promise<{ files: ChartFile[]; version: string }>
}

/** Adds what is missing to `chart`; how many were. Throws HelmError in the words of Flux. */
export async function addMissingDependencies(chart: ChartParts, door: DependencyDoor): Promise<number> {
  const missing = missingDependencies(chart)
  for (const [name, dependency] of missing) {
    const local = dependency.repository === '' || dependency.repository.startsWith('file://')
    try {
      const added = await (local ? localChart(dependency, door) : remoteChart(dependency, door))
      if (dependency.alias !== '') added.metadata.name = dependency.alias
      chart.charts.push(added)
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error)
      throw new HelmError(`failed to add ${local ? 'local' : 'remote'} dependency '${name}': ${said}`, { cause: error })
    }
  }
  return missing.size
}

/** By alias or name. */
function missingDependencies({ metadata, lock, charts }: ChartParts): Map<string, ChartDependency> {
  const wanted: ChartDependency[] = lock
    ? lock.dependencies.map(one => ({ ...one, condition: '', tags: [], importValues: [], alias: '' }))
    : metadata.dependencies
  const missing = new Map<string, ChartDependency>()
  if (charts.length === wanted.length) return missing
  const present = new Set(charts.map(one => one.metadata.name))
  for (const dependency of wanted) {
    const name = dependency.alias || dependency.name
    if (!present.has(name)) missing.set(name, dependency)
  }
  return missing
}

async function localChart(dependency: ChartDependency, door: DependencyDoor): Promise<ChartParts> {
  const { version, repository } = dependency
  const { files, place } = await door.local(dependency)
  const constraint = constraintOf(version)
  const chart = await chartParts(files).catch((error: unknown) => {
    const said = error instanceof Error ? error.message : String(error)
    throw new HelmError(`failed to load chart from '${place}' (reference '${repository}'): ${said}`, { cause: error })
  })
  const parsed = parseVersion(chart.metadata.version)
  if (!parsed) throw new HelmError('invalid semantic version')
  if (!satisfies(parsed, constraint)) throw new HelmError(`can't get a valid version for constraint '${version}'`)
  return chart
}

function constraintOf(range: string): ReturnType<typeof parseConstraint> {
  try {
    return parseConstraint(range)
  } catch (error) {
    const said = `improper constraint: ${JSON.stringify(range)}`
    throw new HelmError(`invalid version/constraint format '${range}': ${said}`, { cause: error })
  }
}

async function remoteChart(dependency: ChartDependency, door: DependencyDoor): Promise<ChartParts> {
  const { files, version } = await door.remote(dependency)
  return chartParts(files).catch((error: unknown) => {
    const said = error instanceof Error ? error.message : String(error)
    throw new HelmError(`failed to load downloaded archive of version '${version}': ${said}`, { cause: error })
  })
}
