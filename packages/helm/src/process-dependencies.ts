/**
 * Which subcharts take part, under which names, and what their parents import from them: aliases, tags, conditions, import-values. Follows
 * helm's pkg/chart/v2/util/dependencies.go.
 */
import type { HelmVersion } from './capabilities.ts'
import type { Chart, ChartDependency, ChartMetadata } from './chart.ts'
import { coalescedValues, coalesceTables, mergedValues, type Warn } from './coalesce.ts'
import { HelmError } from './helm-error.ts'
import { get, isTable, put, type Table, tableAt, valueAt } from './value-table.ts'
import { inRange } from './version-range.ts'

/** The chart as it will be rendered with these values; the one given stays as it is. Throws HelmError. */
export function processDependencies(chart: Chart, values: Table, warn: Warn, helm: HelmVersion = '4.1'): Chart {
  try {
    return withImports(enabledOnly(chart, values, '', warn, helm), warn)
  } catch (error) {
    if (!(error instanceof HelmError)) throw error
    throw new HelmError(`chart dependencies processing failed: ${error.message}`, { cause: error })
  }
}

/** Throws HelmError, in the words of `helm template`, when Chart.yaml names a dependency that is not in charts/. */
export function checkDependencies({ metadata, subcharts }: Chart): void {
  const present = new Set(subcharts.map(subchart => subchart.metadata.name))
  const missing = metadata.dependencies.map(({ name }) => name).filter(name => !present.has(name))
  if (missing.length === 0) return
  throw new HelmError(
    'an error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: ' +
      `found in Chart.yaml, but missing in charts/ directory: ${missing.join(', ')}`,
  )
}

function enabledOnly(chart: Chart, values: Table, path: string, warn: Warn, helm: HelmVersion): Chart {
  const { dependencies } = chart.metadata
  if (dependencies.length === 0) return chart
  const unlisted = chart.subcharts.filter(subchart => !dependencies.some(wanted => isMeant(wanted, subchart.metadata)))
  const listed = dependencies.flatMap(wanted => {
    const subchart = chart.subcharts.find(candidate => isMeant(wanted, candidate.metadata))
    if (!subchart) return []
    return [{ ...subchart, metadata: { ...subchart.metadata, name: wanted.alias || subchart.metadata.name } }]
  })
  const named = dependencies.map(wanted => ({ ...wanted, name: wanted.alias || wanted.name }))
  const whole = { ...chart, subcharts: [...unlisted, ...listed] }
  const all = coalescedValues(whole, values, warn, helm)
  const enabled = named.filter(wanted => isEnabled(wanted, all, path, warn))
  const off = new Set(named.filter(wanted => !enabled.includes(wanted)).map(({ name }) => name))
  const subcharts = whole.subcharts
    .filter(({ metadata }) => !off.has(metadata.name))
    .map(subchart => enabledOnly(subchart, all, `${path}${subchart.metadata.name}.`, warn, helm))
  return { ...chart, subcharts, metadata: { ...chart.metadata, dependencies: enabled } }
}

function isMeant(wanted: ChartDependency, found: ChartMetadata): boolean {
  return wanted.name === found.name && inRange(wanted.version, found.version)
}

/** A condition decides over tags; of several paths the first that holds a boolean. */
function isEnabled(wanted: ChartDependency, values: Table, path: string, warn: Warn): boolean {
  for (const condition of wanted.condition.trim().split(',')) {
    if (condition === '') continue
    const value = valueAt(values, path + condition)
    if (typeof value === 'boolean') return value
    if (value !== undefined) warn(`warning: condition ${condition} of chart ${wanted.name} returned a non-bool value`)
  }
  const tags = get(values, 'tags')
  if (!isTable(tags)) return true
  const said = wanted.tags.map(tag => get(tags, tag)).filter(value => typeof value === 'boolean')
  return said.length === 0 || said.includes(true)
}

/** From the leaves up: what a parent imports may itself have been imported. The parent's own values win. */
function withImports(chart: Chart, warn: Warn): Chart {
  const subcharts = chart.subcharts.map(subchart => withImports(subchart, warn))
  const whole = { ...chart, subcharts }
  if (chart.metadata.dependencies.length === 0) return whole
  const values = mergedValues(whole, {}, warn)
  const imported: Table = {}
  // Templates see the long form, too.
  const dependencies = chart.metadata.dependencies.map(wanted => ({
    ...wanted,
    importValues: wanted.importValues.map(each =>
      typeof each === 'string' ? { child: `exports.${each}`, parent: '.' } : each,
    ),
  }))
  for (const { name, importValues } of dependencies) {
    for (const { child, parent } of importValues) {
      const table = tableAt(values, `${name}.${child}`)
      if (table) coalesceTables(imported, nested(parent, structuredClone(table)), true, warn)
      else warn(`warning: ImportValues missing table ${child} from chart ${name}`)
    }
  }
  const metadata = { ...chart.metadata, dependencies }
  return { ...whole, metadata, values: coalesceTables(values, imported, true, warn) }
}

function nested(path: string, table: Table): Table {
  if (path === '.') return table
  return path.split('.').reduceRight<Table>((inner, key) => {
    const outer: Table = {}
    put(outer, key, inner)
    return outer
  }, table)
}
