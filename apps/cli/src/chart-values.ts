/** The values that a chart is rendered with, and where each of them comes from: the work behind `sluice values chart`. */
import { type Chart, chartValues, loadChart, readChart, type Table } from '@sluice/helm'
import { stringify } from '@sluice/yaml'
import { givenValues, type ValuesOptions } from './given-values.ts'

export interface ChartValuesOptions extends ValuesOptions {
  explain?: boolean
}

/** YAML, or with `explain` a line a value: `path: value  # source`. */
export async function chartValuesText(path: string, options: ChartValuesOptions): Promise<string> {
  /** Path -> the source that set it last. */
  const origins = new Map<string, string>()
  const given = await givenValues(options, (source, before, after) => {
    const old = new Map(leaves(before))
    for (const [key, value] of leaves(after)) if (!old.has(key) || old.get(key) !== value) origins.set(key, source)
  })
  const { chart, values } = chartValues(await loadChart(await readChart(path)), given)
  if (!options.explain) return stringify(plain(values))
  const lines = leaves(values).map(([key, value]) => {
    const source = origins.get(key) ?? defaultOrigin(chart, key.split('\0'), 'values.yaml')
    return `${key.replaceAll('\0', '.')}: ${value}  # ${source}\n`
  })
  return lines.join('')
}

/** Paths of what is no table with something in it, and their values as JSON. */
function leaves(table: Table, prefix = ''): [string, string][] {
  return Object.entries(table).flatMap(([key, value]): [string, string][] => {
    const path = `${prefix}${key}`
    return isTable(value) && Object.keys(value).length > 0
      ? leaves(value, `${path}\0`)
      : [[path, JSON.stringify(plain(value)) ?? 'null']]
  })
}

/** The chart or subchart whose own values have the path; what is there without, Helm puts there. */
function defaultOrigin(chart: Chart, path: readonly string[], file: string): string {
  if (hasPath(chart.values, path)) return file
  const [first, ...rest] = path
  const subchart = chart.subcharts.find(({ metadata }) => metadata.name === first)
  if (subchart) return defaultOrigin(subchart, rest, `charts/${first}/values.yaml`)
  return path.includes('global') ? 'global values' : 'helm'
}

function hasPath(table: Table, path: readonly string[]): boolean {
  let at: unknown = table
  for (const key of path) {
    if (!isTable(at) || !Object.hasOwn(at, key)) return false
    at = at[key]
  }
  return true
}

const isTable = (value: unknown): value is Table => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whole numbers of options are bigints, which JSON has not. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(plain)
  if (!isTable(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}
