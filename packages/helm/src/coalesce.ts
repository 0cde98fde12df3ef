/**
 * Values of a release, a chart and its subcharts come together here: what the user gives lies over the chart's defaults, those over what the parent
 * says about a subchart, and `global` reaches everywhere. Follows helm's pkg/chart/common/util/coalesce.go.
 */
import { Int64, sprintf } from '@sluice/template'
import type { HelmVersion } from './capabilities.ts'
import type { Chart } from './chart.ts'
import { HelmError } from './helm-error.ts'
import { copiedTable, get, has, isTable, put, type Table } from './value-table.ts'

/** Warnings name what was left out, and where. */
export type Warn = (message: string) => void

/** The values the templates of a chart see; `values` is left as it is. A null removes what the chart would set. Throws HelmError. */
export function coalescedValues(chart: Chart, values: Table, warn: Warn, helm: HelmVersion = '4.1'): Table {
  return coalesce(chart, copiedTable(values), '', helm === '4.1' ? 'coalesce' : 'clean', warn)
}

/** As coalescedValues, but nulls stay: for values that will be coalesced again. */
export function mergedValues(chart: Chart, values: Table, warn: Warn): Table {
  return coalesce(chart, copiedTable(values), '', 'merge', warn)
}

/**
 * `merge` keeps every null; `coalesce` lets one remove what lies below, those of a chart's own defaults stay; `clean` drops those too.
 */
type Mode = 'merge' | 'coalesce' | 'clean'

/**
 * Puts `below` under `over`, which changes. With `keepNulls` a null in `over` stays, otherwise it removes the key if there is something below to be
 * removed.
 */
export function coalesceTables(over: Table, below: Table, keepNulls: boolean, warn: Warn, prefix = ''): Table {
  for (const [key, value] of Object.entries(below)) {
    const path = joined(prefix, key)
    if (!has(over, key)) put(over, key, value)
    else if (over[key] === null) {
      if (!keepNulls && value !== null) delete over[key]
    } else if (isTable(value)) {
      const table = over[key]
      if (isTable(table)) coalesceTables(table, value, keepNulls, warn, path)
      else warn(`warning: cannot overwrite table with non table for ${path}`)
    } else if (isTable(over[key]) && value !== null) {
      warn(`warning: destination for ${path} is a table. Ignoring non-table value`)
    }
  }
  return over
}

function coalesce(chart: Chart, values: Table, prefix: string, mode: Mode, warn: Warn): Table {
  const path = joined(prefix, chart.metadata.name)
  addDefaults(chart, values, path, mode, warn)
  for (const subchart of chart.subcharts) {
    const name = subchart.metadata.name
    if (!has(values, name)) put(values, name, {})
    const own = get(values, name)
    if (!isTable(own)) throw new HelmError(`type mismatch on ${name}: ${asTruth(own)}`)
    addGlobals(own, values, path, warn)
    coalesce(subchart, own, path, mode, warn)
  }
  return values
}

/** Helm prints the value as a boolean, whatever it is. */
const asTruth = (value: unknown): string => sprintf('%t', [typeof value === 'bigint' ? new Int64(value) : value])

function addDefaults(chart: Chart, values: Table, path: string, mode: Mode, warn: Warn): void {
  for (const [key, fallback] of Object.entries(copiedTable(chart.values))) {
    if (!has(values, key)) {
      if (mode !== 'clean') put(values, key, fallback)
      else if (fallback !== null) put(values, key, cleaned(fallback))
      continue
    }
    const value = values[key]
    if (value === null && mode !== 'merge') delete values[key]
    else if (isTable(value)) {
      if (isTable(fallback)) {
        // A null about a subchart must get as far as the subchart's own defaults.
        const keep = mode === 'merge' || chart.subcharts.some(subchart => subchart.metadata.name === key)
        const below = mode === 'clean' && !keep ? cleaned(fallback) : fallback
        coalesceTables(value, below, keep, warn, joined(path, key))
      } else if (fallback !== null) warn(`warning: skipped value for ${path}.${key}: Not a table.`)
    }
  }
}

/** Takes the nulls out of a table and its tables; lists keep theirs. */
function cleaned<T>(value: T): T {
  if (!isTable(value)) return value
  for (const key of Object.keys(value)) {
    if (value[key] === null) delete value[key]
    else cleaned(value[key])
  }
  return value
}

function addGlobals(own: Table, parent: Table, path: string, warn: Warn): void {
  const into = has(own, 'global') ? own.global : {}
  const from = has(parent, 'global') ? parent.global : {}
  if (!isTable(into) || !isTable(from)) {
    warn(`warning: skipping globals because ${isTable(into) ? 'source' : 'destination'} global is not a table.`)
    return
  }
  for (const [key, value] of Object.entries(from)) {
    const existing = get(into, key)
    if (!isTable(value)) {
      if (isTable(existing)) warn(`key ${key} is table. Skipping`)
      else put(into, key, value)
    } else if (existing === undefined) put(into, key, copiedTable(value))
    else if (isTable(existing)) {
      put(into, key, coalesceTables(copiedTable(value), existing, true, warn, joined(path, key)))
    } else warn(`Conflict: cannot merge map onto non-map for "${key}". Skipping.`)
  }
  own.global = into
}

function joined(prefix: string, key: string): string {
  return prefix === '' ? key : `${prefix}.${key}`
}
