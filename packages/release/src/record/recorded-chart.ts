/** A chart as a record keeps it, and what can be had back from there. */
import type { Chart, ChartDependency, ChartFile, ChartLock, ChartMetadata, Table } from '@sluice/helm'
import { recordTime } from './record-time.ts'
import type { RecordedChart, RecordedFile, RecordedMetadata } from './release-record.ts'

/** Of a chart that was rendered: its dependencies and values are those that took part. */
export function recordedChart(chart: Chart): RecordedChart {
  return {
    metadata: recordedMetadata(chart.metadata),
    lock: recordedLock(chart.lock),
    templates: files(chart.templates),
    values: Object.keys(chart.values).length === 0 ? null : chart.values,
    schema: chart.schema === undefined ? null : Buffer.from(chart.schema).toString('base64'),
    files: files(chart.files),
  }
}

/** Go's order of the fields; what is empty is left out. */
export function recordedMetadata(metadata: ChartMetadata): RecordedMetadata {
  const { maintainers, dependencies } = metadata
  return present({
    name: metadata.name,
    home: metadata.home,
    sources: metadata.sources,
    version: metadata.version,
    description: metadata.description,
    keywords: metadata.keywords,
    maintainers: maintainers.map(({ name, email, url }) => present({ name, email, url })),
    icon: metadata.icon,
    apiVersion: metadata.apiVersion,
    condition: metadata.condition,
    tags: metadata.tags,
    appVersion: metadata.appVersion,
    deprecated: metadata.deprecated,
    annotations: sorted(metadata.annotations),
    kubeVersion: metadata.kubeVersion,
    dependencies: dependencies.map(recordedDependency),
    type: metadata.type,
  })
}

function recordedDependency(dependency: ChartDependency): Table {
  const { name, repository, ...rest } = dependency
  return {
    name,
    ...present({ version: rest.version }),
    repository,
    ...present({
      condition: rest.condition,
      tags: rest.tags,
      enabled: true,
      // An exported table is found by its name below `exports`.
      'import-values': rest.importValues.map(value =>
        typeof value === 'string' ? { child: `exports.${value}`, parent: '.' } : value,
      ),
      alias: rest.alias,
    }),
  }
}

/** Lists of files are shared by all that is rendered of a chart. */
const known = new WeakMap<readonly ChartFile[], RecordedFile[]>()

/** Go has no list where there is nothing. */
function files(list: readonly ChartFile[]): RecordedFile[] | null {
  if (list.length === 0) return null
  let recorded = known.get(list)
  if (!recorded) {
    recorded = list.map(({ path, content, modified }) => {
      const file: RecordedFile = { name: path, data: Buffer.from(content).toString('base64') }
      if (modified) file.modtime = recordTime(modified.getTime())
      return file
    })
    known.set(list, recorded)
  }
  return recorded
}

/** Go's order of the fields. */
function recordedLock(lock: ChartLock | undefined): Table | null {
  if (!lock) return null
  const dependencies = lock.dependencies.map(({ name, version, repository }) => ({
    name,
    ...present({ version }),
    repository,
  }))
  return { generated: lock.generated, digest: lock.digest, dependencies }
}

function present(table: Table): Table {
  const isEmpty = (value: unknown) =>
    value === '' ||
    value === false ||
    value === undefined ||
    (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  return Object.fromEntries(Object.entries(table).filter(([, value]) => !isEmpty(value)))
}

function sorted(table: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1)))
}
