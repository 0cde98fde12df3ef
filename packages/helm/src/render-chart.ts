/**
 * A chart, values and what is known of release and cluster in; manifests, hooks, custom resource definitions and notes out. The heart of the
 * engine: no disk, no network, no clock.
 */
import { Int64 } from '@sluice/template'
import { type Capabilities, type CapabilityOptions, capabilities, type HelmVersion } from './capabilities.ts'
import type { Chart } from './chart.ts'
import { definitionsIn } from './chart-definitions.ts'
import { chartValues } from './chart-values.ts'
import type { Warn } from './coalesce.ts'
import { HelmError } from './helm-error.ts'
import { HostAnswers, type ResolveHost } from './host-answers.ts'
import { type Lookup, LookupAnswers, type LookupQuery } from './lookup.ts'
import { checkDependencies } from './process-dependencies.ts'
import { type ReleaseFacts, templateSources } from './release-context.ts'
import { renderTemplates } from './render-templates.ts'
import { type SortedManifests, sortManifests } from './sort-manifests.ts'
import { surelyValid } from './surely-valid.ts'
import { copiedTable, get, isTable, put, type Table } from './value-table.ts'
import { inRange } from './version-range.ts'

export interface RenderOptions {
  release: ReleaseFacts
  /** What is known of the cluster; without it what Helm assumes offline. */
  cluster?: CapabilityOptions
  /** Whose rules count where versions of Helm differ; `4.1` is the command's, `4.2` that of Flux 2.9. */
  helm?: HelmVersion
  /** Reads the cluster for `lookup`; without it nothing is ever found. */
  lookup?: Lookup
  /** Looks hosts up for `getHostByName`; without it no host has an address, as in Helm without --enable-dns. */
  resolveHost?: ResolveHost
  /** Called for what Helm prints as a warning. */
  warn?: Warn
  skipSchemaValidation?: boolean
  /** Leaves out what only the `helm` command checks beforehand: that the chart is no library, and that its dependencies are there. */
  unchecked?: boolean
  /** Leaves manifests and hooks empty: a post-renderer takes the files, and what it makes of them is sorted. */
  unsorted?: boolean
  /** Notes of subcharts too, those of deeper charts first. */
  subNotes?: boolean
  /** Longest time of one template in milliseconds, 2,000 without; a chart has ten times as much. */
  milliseconds?: number
  /** The clock of templates, in milliseconds since 1970. */
  now?: () => number
  /** The time zone that counts as local in templates, by its IANA name, or `Local` for that of the machine; UTC without. */
  timeZone?: string
}

export interface RenderedChart extends SortedManifests {
  /** The files of crds/, those of subcharts behind their parent's. */
  crds: { path: string; text: string }[]
  /** What NOTES.txt of the chart rendered to; undefined without one. */
  notes: string | undefined
  /** What each template rendered to, notes left out: for post-renderers, whose output goes through `sortManifests`. */
  files: Map<string, string>
  /** The chart as it was rendered, which is what Helm records of a release: subcharts that are off are gone, imported values are in. */
  chart: Chart
}

/** Throws HelmError for a chart or values that Helm refuses, and errors of templates. The chart given stays as it is. */
export async function renderChart(chart: Chart, values: Table, options: RenderOptions): Promise<RenderedChart> {
  const { warn = () => {}, helm = '4.1' } = options
  if (!options.unchecked) checkInstallable(chart)
  const { chart: processed, values: coalesced } = chartValues(chart, values, warn, helm)
  const { kubeVersion, name } = processed.metadata
  const known = capabilities(options.cluster, helm)
  if (kubeVersion !== '' && !inRange(kubeVersion, known.KubeVersion.String())) throw wrongCluster(kubeVersion, known)
  if (!options.skipSchemaValidation && hasSchema(processed) && !surelyAllValid(processed, coalesced)) {
    const { validateValues } = await import('./values-schema.ts')
    validateValues(processed, coalesced)
  }
  goIntegers(coalesced)
  const answers = new LookupAnswers(options.lookup)
  const hosts = new HostAnswers(options.resolveHost)
  const { now, timeZone, milliseconds = 2000 } = options
  const run = {
    helm,
    now,
    timeZone,
    milliseconds,
    lookup: (query: LookupQuery) => answers.get(query),
    hostAddress: (name: string) => hosts.get(name),
  }
  for (;;) {
    // Templates may change the values they see: each round starts from the same.
    const seen = options.lookup || options.resolveHost ? copiedTable(coalesced) : coalesced
    const { texts, interrupted } = await renderTemplates(templateSources(processed, seen, options.release, known), run)
    if (!interrupted) {
      const notes = takenNotes(texts, name, options.subNotes ?? false)
      let definitions: RenderedChart['crds'] | undefined
      const sorted = options.unsorted ? { manifests: [], hooks: [] } : sortManifests(texts, helm)
      return {
        ...sorted,
        // Megabytes in some charts, which are seldom asked for.
        get crds() {
          definitions ??= definitionsIn(processed, name)
          return definitions
        },
        notes,
        files: texts,
        chart: processed,
      }
    }
    await Promise.all([answers.settle(), hosts.settle()])
  }
}

/** Whole numbers of options are int64 for templates; changes the table. */
function goIntegers(value: unknown): unknown {
  if (typeof value === 'bigint') return new Int64(value)
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) value[index] = goIntegers(item)
  } else if (isTable(value)) {
    for (const key of Object.keys(value)) {
      const item = value[key]
      if (typeof item === 'bigint') put(value, key, new Int64(item))
      else if (typeof item === 'object') goIntegers(item)
    }
  }
  return value
}

function checkInstallable(chart: Chart): void {
  const { type } = chart.metadata
  if (type !== '' && type !== 'application') throw new HelmError(`${type} charts are not installable`)
  checkDependencies(chart)
}

/** Takes all notes out of the texts. Those of subcharts count only on demand; Helm has them in no order of its own, here it is that of rendering. */
function takenNotes(texts: Map<string, string>, name: string, subNotes: boolean): string | undefined {
  const notes: string[] = []
  for (const [path, text] of [...texts]) {
    if (!path.endsWith('NOTES.txt')) continue
    texts.delete(path)
    if (subNotes || path === `${name}/templates/NOTES.txt`) notes.push(text)
  }
  return notes.length > 0 ? notes.join('\n') : undefined
}

function wrongCluster(wanted: string, { KubeVersion }: Capabilities): HelmError {
  return new HelmError(
    `chart requires kubeVersion: ${wanted} which is incompatible with Kubernetes ${KubeVersion.Version}`,
  )
}

function hasSchema(chart: Chart): boolean {
  return chart.schema !== undefined || chart.subcharts.some(hasSchema)
}

/** Whether the values of the chart and of all its subcharts keep their schemas, as far as that is found out easily. */
function surelyAllValid({ schema, subcharts }: Chart, values: Table): boolean {
  if (schema !== undefined && !surelyValid(schema, values)) return false
  return subcharts.every(subchart => {
    const own = get(values, subchart.metadata.name)
    return isTable(own) ? surelyAllValid(subchart, own) : own === undefined || own === null
  })
}
