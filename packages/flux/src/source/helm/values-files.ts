/** The values files of a HelmChart merged into the defaults of the chart that is packaged. Pure. */
import { type ChartParts, HelmError, mergedTables, parseValues, type Table } from '@sluice/helm'
import { stringify } from '@sluice/yaml'

export interface MergedValues {
  values: Table
  /** The files that were there. */
  files: string[]
}

/**
 * @param read the text of a file; `undefined` when there is none
 * @param missing what is said of a file that is not there; absent: it is left out
 */
export function mergedValues(
  paths: readonly string[],
  read: (path: string) => string | undefined,
  missing: ((path: string) => string) | undefined,
): MergedValues {
  let values: Table = {}
  const files: string[] = []
  for (const path of paths) {
    const text = read(path)
    if (text === undefined) {
      if (missing) throw new HelmError(missing(path))
      continue
    }
    values = mergedTables(values, parseValues(text, `unmarshaling values from '${path}' failed`))
    files.push(path)
  }
  return { values, files }
}

/** Replaces the chart's defaults; false when they are these already. */
export function overwriteValues(chart: ChartParts, values: Table): boolean {
  const content = Buffer.from(Object.keys(values).length === 0 ? '' : stringify(values))
  const index = chart.files.findIndex(file => file.path === 'values.yaml')
  const file = chart.files[index]
  if (!file) throw new HelmError('failed to locate values file: values.yaml')
  if (content.equals(file.content)) return false
  chart.files[index] = { path: file.path, content }
  return true
}
