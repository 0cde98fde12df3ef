/**
 * `kustomize edit fix`: deprecated fields of a kustomization file become their successors, and it says what kind of file it is.
 */
import { type EditableFile, edited, type Fields, isFields, listOf, readFields, setList } from './edited-fields.ts'
import { KustomizeError } from './kustomize-error.ts'

/** All but `vars`, whose successors depend on the files that the kustomization names. */
export function fixFields(file: EditableFile): string {
  const text = edited(file, fields => {
    moveInto(fields, file, 'bases', 'resources', base => base)
    moveInto(fields, file, 'imageTags', 'images', image => image)
    moveInto(fields, file, 'patchesStrategicMerge', 'patches', item => {
      const isInline = typeof item === 'string' && /\n|^\s*\{/.test(item.trim())
      return isInline ? { patch: item } : { path: item }
    })
    moveInto(fields, file, 'patchesJson6902', 'patches', item => item)
    fixCommonLabels(fields, file)
    for (const field of ['configMapGenerator', 'secretGenerator']) {
      for (const generator of listOf(fields, field, file).filter(isFields)) {
        if (generator.env === undefined) continue
        generator.envs = [...(Array.isArray(generator.envs) ? generator.envs : []), generator.env]
        delete generator.env
      }
    }
    fixCharts(fields, file)
  })
  return withType({ path: file.path, text })
}

function moveInto(fields: Fields, file: EditableFile, from: string, to: string, as: (item: unknown) => unknown): void {
  if (fields[from] === undefined) return
  setList(fields, to, [...listOf(fields, to, file), ...listOf(fields, from, file).map(as)])
  delete fields[from]
}

/** A label of both would be set twice, in an order of which nobody thinks. */
function fixCommonLabels(fields: Fields, file: EditableFile): void {
  const { commonLabels } = fields
  if (!isFields(commonLabels)) return
  const labels = listOf(fields, 'labels', file)
  const others = labels.flatMap(entry => (isFields(entry) && isFields(entry.pairs) ? Object.keys(entry.pairs) : []))
  const twice = Object.keys(commonLabels).find(key => others.includes(key))
  if (twice !== undefined) {
    throw new KustomizeError(`label name '${twice}' exists in both commonLabels and labels`, {
      file: file.path,
      cure: 'take it out of one of them',
    })
  }
  delete fields.commonLabels
  if (Object.keys(commonLabels).length > 0) {
    fields.labels = [...labels, { includeSelectors: true, pairs: commonLabels }]
  }
}

const chartFields = {
  chartName: 'name',
  chartVersion: 'version',
  chartRepoUrl: 'repo',
  releaseName: 'releaseName',
  values: 'valuesFile',
  valuesLocal: 'valuesInline',
  valuesMerge: 'valuesMerge',
}

function fixCharts(fields: Fields, file: EditableFile): void {
  const field = 'helmChartInflationGenerator'
  const old = listOf(fields, field, file).filter(isFields)
  if (fields[field] === undefined) return
  const charts = old.map(chart =>
    Object.fromEntries(
      Object.entries(chartFields).flatMap(([from, to]) => (chart[from] === undefined ? [] : [[to, chart[from]]])),
    ),
  )
  setList(fields, 'helmCharts', [...listOf(fields, 'helmCharts', file), ...charts])
  const chartHome = old.findLast(chart => chart.chartHome)?.chartHome
  const configHome = old.findLast(chart => chart.helmHome)?.helmHome
  if (fields.helmGlobals === undefined && (chartHome !== undefined || configHome !== undefined)) {
    fields.helmGlobals = {
      ...(chartHome !== undefined && { chartHome }),
      ...(configHome !== undefined && { configHome }),
    }
  }
  delete fields[field]
}

/** `apiVersion` and `kind` above everything but the comments at the top. */
function withType(file: EditableFile): string {
  const { apiVersion, kind } = readFields(file)
  const version = kind === 'Component' ? 'v1alpha1' : 'v1beta1'
  const missing = [
    ...(apiVersion === undefined ? [`apiVersion: kustomize.config.k8s.io/${version}`] : []),
    ...(kind === undefined ? ['kind: Kustomization'] : []),
  ]
  if (missing.length === 0) return file.text
  const lines = file.text.split('\n')
  const first = lines.findIndex(line => !/^(?:\s*#.*|\s*|---\s*(?:#.*)?|%.*)$/.test(line))
  if (first < 0) return `${missing.join('\n')}\n`
  // In a flow mapping there is no line to put them on.
  if (!/^["'\w]/.test(lines[first] ?? '')) {
    return edited(file, fields => {
      fields.apiVersion ??= `kustomize.config.k8s.io/${version}`
      fields.kind ??= 'Kustomization'
    })
  }
  lines.splice(first, 0, ...missing)
  return lines.join('\n')
}
