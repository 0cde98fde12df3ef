/** What templates see: `.Values`, `.Release`, `.Chart`, `.Files`, `.Capabilities`, `.Subcharts`, chart by chart. */
import { goString, NilMap, withGoType } from '@sluice/template'
import type { Capabilities } from './capabilities.ts'
import type { Chart, ChartMetadata } from './chart.ts'
import { ChartFiles } from './chart-files.ts'
import { get, isTable, put, type Table } from './value-table.ts'
import { valuesType } from './values-methods.ts'

export interface ReleaseFacts {
  name: string
  namespace: string
  /** 1 for an installation. */
  revision: number
  isUpgrade: boolean
}

/** A template with what it is rendered with. */
export interface TemplateSource {
  text: string
  context: Table
  /** Path of the templates folder of its chart. */
  basePath: string
}

/** All templates of a chart and its subcharts, by path from the chart's name on. `values` are coalesced already. */
export function templateSources(
  chart: Chart,
  values: Table,
  release: ReleaseFacts,
  capabilities: Capabilities,
): Map<string, TemplateSource> {
  const shared = {
    Release: {
      Name: release.name,
      Namespace: release.namespace,
      IsUpgrade: release.isUpgrade,
      IsInstall: !release.isUpgrade,
      Revision: BigInt(release.revision),
      Service: 'Helm',
    },
    Capabilities: capabilities,
  }
  const sources = new Map<string, TemplateSource>()
  collect(chart, chart.metadata.name, values, true, shared, sources)
  return sources
}

function collect(
  chart: Chart,
  fullPath: string,
  values: Table,
  isRoot: boolean,
  shared: Table,
  sources: Map<string, TemplateSource>,
): Table {
  const subcharts: Table = {}
  const context: Table = withGoType(
    {
      ...shared,
      Chart: { ...templateMetadata(chart.metadata), IsRoot: isRoot },
      Files: ChartFiles.of(chart.files),
      Values: withGoType(values, valuesType),
      Subcharts: subcharts,
    },
    valuesType,
  )
  for (const subchart of chart.subcharts) {
    const { name } = subchart.metadata
    const own = get(values, name)
    const path = `${fullPath}/charts/${name}`
    put(subcharts, name, collect(subchart, path, isTable(own) ? own : {}, false, shared, sources))
  }
  for (const { path, content } of chart.templates) {
    // Of a library only what others may include counts.
    if (chart.metadata.type === 'library' && !path.slice(path.lastIndexOf('/') + 1).startsWith('_')) continue
    sources.set(`${fullPath}/${path}`, { text: textOf(content), context, basePath: `${fullPath}/templates` })
  }
  return context
}

/** Go's names of the fields: since Helm 4 a map. */
function templateMetadata(metadata: ChartMetadata): Table {
  return {
    Name: metadata.name,
    Home: metadata.home,
    Sources: metadata.sources,
    Version: metadata.version,
    Description: metadata.description,
    Keywords: metadata.keywords,
    Maintainers: metadata.maintainers.map(({ name, email, url }) => ({ Name: name, Email: email, URL: url })),
    Icon: metadata.icon,
    APIVersion: metadata.apiVersion,
    Condition: metadata.condition,
    Tags: metadata.tags,
    AppVersion: metadata.appVersion,
    Deprecated: metadata.deprecated,
    // Go holds what is not there as nil.
    Annotations:
      Object.keys(metadata.annotations).length > 0
        ? withGoType({ ...metadata.annotations }, 'map[string]string')
        : withGoType(new NilMap(), 'map[string]string'),
    KubeVersion: metadata.kubeVersion,
    Dependencies: metadata.dependencies.map(dependency => ({
      Name: dependency.name,
      Version: dependency.version,
      Repository: dependency.repository,
      Condition: dependency.condition,
      Tags: dependency.tags,
      Enabled: true,
      ImportValues: dependency.importValues,
      Alias: dependency.alias,
    })),
    Type: metadata.type,
  }
}

/** Charts stay in memory and are rendered often: their templates are decoded once. */
const decoded = new WeakMap<Uint8Array, string>()

function textOf(content: Uint8Array): string {
  const known = decoded.get(content)
  if (known !== undefined) return known
  const text = goString(content)
  decoded.set(content, text)
  return text
}
