/**
 * Renders a chart, wherever it comes from, and prints the manifests: the work behind `sluice template`. What is fetched, asked of a cluster or run as a
 * process loads its parts only then.
 */
import {
  type Chart,
  checkReleaseName,
  HelmError,
  loadChart,
  nameFromTemplate,
  outputDocuments,
  type RenderedChart,
  readChart,
  renderChart,
  sortManifests,
  templateOutput,
} from '@sluice/helm'
import { givenValues, type ValuesOptions } from './given-values.ts'
import { hostAddress } from './host-address.ts'
import { writeOut } from './standard-output.ts'
import type { ClusterSide } from './template/cluster-side.ts'
import type { ChartPlace } from './template/fetch-located.ts'
import { type LocatedChart, locateChart } from './template/locate-chart.ts'
import { type ClusterChoice, clusterChoice, defaultNamespace } from './template/release-namespace.ts'
import { UsageError } from './usage-error.ts'

export interface TemplateOptions extends ValuesOptions, ChartPlace, ClusterChoice {
  namespace?: string
  kubeVersion?: string
  apiVersions?: string[]
  includeCrds?: boolean
  hooks: boolean
  skipTests?: boolean
  skipSchemaValidation?: boolean
  showOnly?: string[]
  isUpgrade?: boolean
  outputDir?: string
  /** The release's name is a folder in `outputDir`. */
  releaseName?: boolean
  generateName?: boolean
  nameTemplate?: string
  dependencyUpdate?: boolean
  dryRun?: 'client' | 'server'
  disableOpenapiValidation?: boolean
  takeOwnership?: boolean
  enableDns?: boolean
  postRenderer?: string
  postRendererArgs?: string[]
  debug?: boolean
}

/** `words`: the chart, or the name of the release and the chart. Warnings go to standard error. */
export async function templateChart(words: readonly string[], options: TemplateOptions): Promise<void> {
  const { name, reference } = await nameAndChart(words, options)
  const choice = clusterChoice(options)
  const namespace = options.namespace ?? (await defaultNamespace(choice))
  const { postRenderer, postRendererArgs = [] } = options
  const post = postRenderer ? (await import('./template/post-renderer.ts')).postRenderer : undefined
  const postRender = await post?.(postRenderer ?? '', postRendererArgs)
  const located = await locateChart(reference, options)
  const values = await givenValues(options)
  const chart = await completeChart(located, options)
  warn(chart.metadata.deprecated ? ['this chart is deprecated'] : [])
  checkReleaseName(name)
  const side = options.dryRun === 'server' ? await asked(choice) : undefined
  const warnings = new Set<string>()
  const rendered = await renderChart(chart, values, {
    release: { name, namespace, revision: 1, isUpgrade: options.isUpgrade ?? false },
    cluster: side
      ? { cluster: side.facts }
      : { kubeVersion: options.kubeVersion || undefined, apiVersions: options.apiVersions },
    lookup: side?.lookup,
    resolveHost: options.enableDns ? hostAddress : undefined,
    skipSchemaValidation: options.skipSchemaValidation,
    unsorted: postRender !== undefined || options.debug,
    // A chart of one's own on one's own machine may take its time.
    milliseconds: 60_000,
    timeZone: 'Local',
    warn: warning => warnings.add(warning),
  })
  warn(warnings)
  const files = postRender ? await postRender(rendered.files) : rendered.files
  const sorted = postRender || options.debug ? { ...rendered, ...sortedOrShown(files, options.debug) } : rendered
  await side?.check(manifestOf(sorted, options), {
    release: { name, namespace },
    validate: !options.disableOpenapiValidation,
    takeOwnership: options.takeOwnership ?? false,
    isUpgrade: options.isUpgrade ?? false,
  })
  await put(sorted, name, options)
}

async function nameAndChart(
  words: readonly string[],
  { generateName, nameTemplate }: TemplateOptions,
): Promise<{ name: string; reference: string }> {
  const [first = '', second, ...more] = words
  if (more.length > 0) {
    throw new UsageError(`expected at most two arguments, unexpected arguments: ${more.join(', ')}`)
  }
  if (second === undefined) {
    // As with helm, a name that may be generated is the usual one: nothing is installed.
    return { name: nameTemplate ? nameFromTemplate(nameTemplate) : 'release-name', reference: first }
  }
  const other = generateName ? '--generate-name' : nameTemplate ? '--name-template' : undefined
  if (other) throw new UsageError(`cannot set ${other} and also specify a name`)
  return { name: first, reference: second }
}

/** The chart, with what it depends on fetched where that is missing and wanted. */
async function completeChart({ files, folder }: LocatedChart, options: TemplateOptions): Promise<Chart> {
  const chart = await loadChart([...files])
  const { apiVersion } = chart.metadata
  if (!/^v[123]$/.test(apiVersion)) {
    throw new HelmError(`unsupported chart version: apiVersion ${apiVersion} of Chart.yaml is none of v1, v2, v3`)
  }
  const { dependencies } = chart.metadata
  const isMissing = dependencies.some(({ name }) => !chart.subcharts.some(({ metadata }) => metadata.name === name))
  if (!options.dependencyUpdate || !isMissing) return chart
  if (folder === undefined) {
    throw new HelmError('only unpacked charts can be updated: unpack the archive, or fetch its dependencies there')
  }
  const { fetchDependencies } = await import('./dependency/fetch-dependencies.ts')
  await fetchDependencies(folder, options)
  return loadChart(await readChart(folder))
}

async function asked(choice: ClusterChoice): Promise<ClusterSide> {
  const { clusterSide } = await import('./template/cluster-side.ts')
  return clusterSide(choice)
}

/** With `shown`, what cannot be sorted is printed as it is before the error ends the command. */
function sortedOrShown(files: ReadonlyMap<string, string>, shown = false): ReturnType<typeof sortManifests> {
  try {
    return sortManifests(files)
  } catch (error) {
    const texts = shown ? [...files].filter(([, text]) => text.trim() !== '') : []
    if (shown)
      writeOut(
        `${texts
          .map(([path, text]) => `---\n# Source: ${path}\n${text}\n`)
          .join('')
          .trim()}\n`,
      )
    throw error
  }
}

function warn(lines: Iterable<string>): void {
  for (const line of lines) process.stderr.write(`${line}\n`)
}

/** What an installation would make, hooks left out. */
function manifestOf(rendered: RenderedChart, { includeCrds }: TemplateOptions): string {
  return templateOutput(rendered, { includeCrds, noHooks: true })
}

async function put(rendered: RenderedChart, name: string, options: TemplateOptions): Promise<void> {
  const { includeCrds, hooks, skipTests, showOnly, outputDir, releaseName } = options
  const output = { includeCrds, noHooks: !hooks, skipTests, showOnly }
  if (outputDir === undefined) {
    writeOut(templateOutput(rendered, output))
    return
  }
  const { writeDocuments } = await import('./template/write-documents.ts')
  const definitions = new Set(rendered.crds.map(({ path }) => path))
  const isRelease = (path: string) => releaseName === true && !definitions.has(path)
  await writeDocuments(outputDocuments(rendered, output), ({ path }) =>
    isRelease(path) ? `${outputDir}/${name}` : outputDir,
  )
}
