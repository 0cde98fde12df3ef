/**
 * A chart, values and what is known of release and cluster in; manifests, hooks, custom resource definitions and notes out. The heart of the
 * engine: no disk, no network, no clock.
 */
import { type Capabilities, type CapabilityOptions, capabilities } from './capabilities.ts'
import type { Chart, ChartFile } from './chart.ts'
import { coalescedValues, type Warn } from './coalesce.ts'
import { HelmError } from './helm-error.ts'
import { checkDependencies, processDependencies } from './process-dependencies.ts'
import { type ReleaseFacts, templateSources } from './release-context.ts'
import { renderTemplates } from './render-templates.ts'
import { byBytes, type Hook, type Manifest, sortManifests } from './sort-manifests.ts'
import type { Table } from './value-table.ts'
import { inRange } from './version-range.ts'

export interface RenderOptions {
  release: ReleaseFacts
  cluster?: CapabilityOptions
  /** Called for what Helm prints as a warning. */
  warn?: Warn
  skipSchemaValidation?: boolean
}

export interface RenderedChart {
  /** In the order of installation. */
  manifests: Manifest[]
  hooks: Hook[]
  /** The files of crds/, those of subcharts behind their parent's. */
  crds: { path: string; text: string }[]
  /** What NOTES.txt of the chart rendered to; undefined without one. */
  notes: string | undefined
}

/** Throws HelmError for a chart or values that Helm refuses, and errors of templates. The chart given stays as it is. */
export async function renderChart(chart: Chart, values: Table, options: RenderOptions): Promise<RenderedChart> {
  const warn = options.warn ?? (() => {})
  const { type, kubeVersion } = chart.metadata
  if (type !== '' && type !== 'application') throw new HelmError(`${type} charts are not installable`)
  checkDependencies(chart)
  const processed = processDependencies(chart, values, warn)
  const known = capabilities(options.cluster)
  if (kubeVersion !== '' && !inRange(kubeVersion, known.KubeVersion.Version)) throw wrongCluster(kubeVersion, known)
  const coalesced = coalescedValues(processed, values, warn)
  if (!options.skipSchemaValidation && hasSchema(processed)) {
    const { validateValues } = await import('./values-schema.ts')
    validateValues(processed, coalesced)
  }
  const rendered = renderTemplates(templateSources(processed, coalesced, options.release, known))
  const notes = rendered.get(`${processed.metadata.name}/templates/NOTES.txt`)
  for (const path of [...rendered.keys()]) if (path.endsWith('NOTES.txt')) rendered.delete(path)
  return { ...sortManifests(rendered), crds: definitions(processed, processed.metadata.name), notes }
}

function wrongCluster(wanted: string, { KubeVersion }: Capabilities): HelmError {
  return new HelmError(
    `chart requires kubeVersion: ${wanted} which is incompatible with Kubernetes ${KubeVersion.Version}`,
  )
}

function hasSchema(chart: Chart): boolean {
  return chart.schema !== undefined || chart.subcharts.some(hasSchema)
}

function definitions(chart: Chart, fullPath: string): RenderedChart['crds'] {
  const own = chart.files
    .filter(({ path }) => path.startsWith('crds/') && /\.(ya?ml|json)$/i.test(path))
    .sort((a: ChartFile, b: ChartFile) => byBytes(a.path, b.path))
    .map(({ path, content }) => ({ path: `${fullPath}/${path}`, text: Buffer.from(content).toString('utf8') }))
  return [...own, ...chart.subcharts.flatMap(sub => definitions(sub, `${fullPath}/charts/${sub.metadata.name}`))]
}
