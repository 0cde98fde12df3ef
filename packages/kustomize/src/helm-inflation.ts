/**
 * `helmCharts` and the generator HelmChartInflationGenerator: finds the chart and its values, has them rendered, and reads what comes out. Charts lie
 * in the tree below `chartHome`; others are asked of the engine by their repository.
 */
import { parseDocuments, stringify, YamlError } from '@sluice/yaml'
import { joined } from './file-tree.ts'
import type { ChartFile, HelmEngine } from './helm-engine.ts'
import type { HelmChart, HelmGlobals } from './kustomization.ts'
import { KustomizeError, located, within } from './kustomize-error.ts'
import type { LayerContext } from './layer-context.ts'
import { textOfFile } from './loader.ts'
import { readObjects } from './read-objects.ts'
import { Resource } from './resource.ts'
import { strategicMerge } from './strategic-merge.ts'
import { clone, isMapping, kindOf, type Mapping, plain } from './tree.ts'

/** Folders in folders of a chart, at most; Helm's own limit is the disk's. */
const maxDepth = 64

const mergeOptions = ['merge', 'override', 'replace']

export async function inflateChart(
  chart: HelmChart & HelmGlobals,
  context: LayerContext,
  engine: HelmEngine | undefined,
  warn: (line: string) => void,
): Promise<Resource[]> {
  const name = chart.name ?? ''
  const object = `HelmChart ${name}`
  const { additional, usable } = within(
    () => `trouble configuring builtin HelmChartInflationGenerator with config: \`\n${configText(chart)}\``,
    () => located({ file: context.file, object }, () => configured(chart, context, engine)),
  )
  // The namespace of other layers and the engine's options count, too.
  context.loader.leaveTree()
  const folder = chartFolder(chart)
  const local = chartDirectory(joined(context.loader.root, folder), context)
  if (!local && !chart.repo) {
    throw new KustomizeError(`no repo specified for pull, no chart found at '${folder}'`, {
      file: context.file,
      object,
      cure: `put the chart into '${folder}', set helmGlobals.chartHome, or name its 'repo'`,
    })
  }
  const { version = '', repo = '', devel = false } = chart
  const files = local ?? (await usable.pull({ name, version, repo, devel }))
  const own = valuesFile(chart, folder, local ? undefined : files, context)
  const values = [own, ...additional]
  const text = await usable.template(
    files,
    values,
    {
      releaseName: chart.releaseName ?? '',
      nameTemplate: chart.nameTemplate ?? '',
      namespace: chart.namespace ?? '',
      apiVersions: chart.apiVersions ?? [],
      kubeVersion: chart.kubeVersion ?? '',
      includeCRDs: chart.includeCRDs ?? false,
      skipHooks: chart.skipHooks ?? false,
      skipTests: chart.skipTests ?? false,
    },
    warn,
  )
  return located({ file: context.file, object }, () => rendered(text, `chart ${name}`, context))
}

interface ValuesText {
  name: string
  text: string
}

/** What the real one checks before anything runs. */
function configured(
  chart: HelmChart & HelmGlobals,
  context: LayerContext,
  engine: HelmEngine | undefined,
): { additional: ValuesText[]; usable: HelmEngine } {
  if (!engine) {
    throw new KustomizeError('must specify --enable-helm', {
      cure: 'sluice build has the option; in a cluster render the chart into the source, or use a HelmRelease',
    })
  }
  if (!chart.name) throw new KustomizeError('chart name cannot be empty')
  const additional = (chart.additionalValuesFiles ?? []).map(path =>
    within('could not load additionalValuesFile', () => ({ name: path, text: context.read(path).text })),
  )
  if (chart.valuesMerge && !mergeOptions.includes(chart.valuesMerge)) {
    throw new KustomizeError(`valuesMerge must be one of [${mergeOptions.join(' ')}]`)
  }
  return { additional, usable: engine }
}

/** The configuration as the real one shows it: sorted, without what is unset. */
function configText(chart: HelmChart & HelmGlobals): string {
  const set = Object.entries(chart).filter(
    ([, value]) =>
      value !== undefined && value !== '' && value !== false && !(Array.isArray(value) && value.length === 0),
  )
  return stringify(Object.fromEntries(set.sort(([a], [b]) => (a < b ? -1 : 1))))
}

/** Where the chart lies, or would lie had it been pulled: a version of a repository has a folder of its own. */
function chartFolder({ chartHome, name = '', version, repo }: HelmChart & HelmGlobals): string {
  const home = chartHome || 'charts'
  return version && repo ? `${home}/${name}-${version}/${name}` : `${home}/${name}`
}

/** The files of a chart in the tree; undefined when there is no such directory. */
function chartDirectory(folder: string, context: LayerContext): ChartFile[] | undefined {
  const { loader } = context
  if (!loader.list(folder)) return undefined
  const files: ChartFile[] = []
  const walk = (directory: string, below: string, depth: number): void => {
    if (depth > maxDepth) throw new KustomizeError(`${directory}: folders nest deeper than ${maxDepth}`)
    for (const entry of loader.list(directory) ?? []) {
      const full = joined(directory, entry.name)
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.kind === 'directory') walk(full, path, depth + 1)
      else {
        const file = loader.tryRead(full)
        if (file) files.push({ path, content: file.bytes })
      }
    }
  }
  walk(folder, '', 0)
  return files
}

/** The first values file, with `valuesInline` merged in as `valuesMerge` says. `pulled`: the chart's files, when they are not in the tree. */
function valuesFile(
  chart: HelmChart & HelmGlobals,
  folder: string,
  pulled: readonly ChartFile[] | undefined,
  context: LayerContext,
): ValuesText {
  const inline = isMapping(chart.valuesInline) ? chart.valuesInline : {}
  const name = chart.valuesFile || `${folder}/values.yaml`
  const isInline = Object.keys(inline).length > 0
  if (isInline && chart.valuesMerge === 'replace') return { name: 'valuesInline', text: stringify(inline) }
  const own = pulled?.find(file => file.path === 'values.yaml')
  const text = !chart.valuesFile && own ? new TextDecoder().decode(own.content) : textOfFile(context.loader.load(name))
  if (!isInline) return { name, text }
  const values = within('could not parse values file into rnode', () => firstDocument(text, name))
  const merged = within('could not merge values', () => mergedValues(values, inline, chart.valuesMerge))
  return { name, text: stringify(merged) }
}

function firstDocument(text: string, file: string): unknown {
  try {
    const [first] = parseDocuments(text, { file, dialect: '1.2', keepSource: true, duplicateKeys: 'first' })
    if (first) return first.value
  } catch (error) {
    if (error instanceof YamlError) throw new KustomizeError(error.goMessage, { file, line: error.line, cause: error })
    throw error
  }
  throw new KustomizeError('EOF', { file, cure: 'write {} for a values file without values' })
}

function mergedValues(values: unknown, inline: Mapping, mode: string | undefined): unknown {
  // Whichever side wins, an empty file leaves the other.
  if (values === null || values === undefined) return inline
  if (!isMapping(values)) {
    throw new KustomizeError(
      `wrong node kind: expected ${kindOf(values)} but got MappingNode: node contents:\n${stringify(plain(inline))}`,
    )
  }
  return mode === 'merge' ? strategicMerge(clone(inline), values) : strategicMerge(values, clone(inline))
}

/** The objects in what was printed. */
function rendered(text: string, name: string, context: LayerContext): Resource[] {
  return readObjects(text, name, context.limits).map(({ object }) => {
    const resource = new Resource(object)
    resource.fromHelm = context.version !== '5.7'
    return resource
  })
}
