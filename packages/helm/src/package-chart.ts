/**
 * A chart into its archive, as `helm package` makes it: Chart.yaml and the lock written anew, subcharts unpacked into
 * folders named after them. Times are those of the files, or none: the same chart gives the same bytes.
 */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { stringify } from '@sluice/yaml'
import type { ChartDependency, ChartFile, ChartLock, ChartMetadata } from './chart.ts'
import { validateMetadata } from './chart-metadata.ts'
import type { ChartParts } from './chart-parts.ts'
import { HelmError } from './helm-error.ts'

/** Made when it is used: with what it stands for, parts of Node are loaded that rendering does without. */
const compressed = (bytes: Uint8Array): Promise<Uint8Array> => promisify(gzip)(bytes)

/** `<name>-<version>.tgz`. */
export function packageName({ name, version }: Pick<ChartMetadata, 'name' | 'version'>): string {
  return `${name}-${version}.tgz`
}

/** Throws HelmError for what Helm would not package. */
export async function packageChart(chart: ChartParts): Promise<Uint8Array> {
  const archive = (await import('tar-stream')).pack()
  const parts: Uint8Array[] = []
  archive.on('data', (part: unknown) => {
    if (part instanceof Uint8Array) parts.push(part)
  })
  const ended = new Promise<void>((resolve, reject) => {
    archive.on('end', resolve)
    archive.on('error', reject)
  })
  for (const { path, content, modified } of entriesOf(chart, '')) {
    archive.entry({ name: path, mode: 0o644, mtime: modified ?? new Date(0), uid: 0, gid: 0 }, Buffer.from(content))
  }
  archive.finalize()
  await ended
  return compressed(Buffer.concat(parts))
}

/** Chart.yaml as Helm writes it. */
export function chartYaml(metadata: ChartMetadata): string {
  const { apiVersion, dependencies, maintainers, deprecated, annotations, ...texts } = metadata
  // Helm leaves the dependencies of a v1 chart in requirements.yaml.
  const own = apiVersion === 'v1' ? [] : dependencies
  return stringify({
    ...present(texts),
    apiVersion,
    ...(deprecated ? { deprecated } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    ...(maintainers.length > 0 ? { maintainers: maintainers.map(present) } : {}),
    ...(own.length > 0 ? { dependencies: own.map(dependencyFields) } : {}),
  })
}

/** A dependency with Helm's field names in their order, the empty ones left out as Helm does. */
export function dependencyFields(dependency: ChartDependency): Record<string, unknown> {
  const { name, version, repository, condition, tags, importValues, alias } = dependency
  return {
    name,
    ...present({ version }),
    repository,
    ...present({ condition, tags, 'import-values': importValues, alias }),
  }
}

/** A dependency of a lock likewise. */
export function lockedFields({
  name,
  version,
  repository,
}: ChartLock['dependencies'][number]): Record<string, unknown> {
  return { name, ...present({ version }), repository }
}

/** Chart.lock as Helm writes it. */
export function lockYaml({ generated, digest, dependencies }: ChartLock): string {
  const list = dependencies.map(lockedFields)
  return stringify({ dependencies: list.length > 0 ? list : null, digest, generated })
}

function* entriesOf({ metadata, lock, modified, files, charts }: ChartParts, prefix: string): Generator<ChartFile> {
  validateMetadata(metadata)
  const base = `${prefix}${metadata.name}/`
  yield { path: `${base}Chart.yaml`, content: Buffer.from(chartYaml(metadata)), modified }
  if (metadata.apiVersion === 'v2' && lock) {
    yield { path: `${base}Chart.lock`, content: Buffer.from(lockYaml(lock)), modified }
  }
  for (const file of [...files].sort((a, b) => placeOf(a) - placeOf(b))) {
    if (file.path === 'values.schema.json') checkJson(file)
    yield { ...file, path: `${base}${file.path}` }
  }
  for (const chart of charts) yield* entriesOf(chart, `${base}charts/`)
}

/** Values, schema, templates, the rest. */
function placeOf({ path }: ChartFile): number {
  if (path === 'values.yaml') return 0
  if (path === 'values.schema.json') return 1
  return path.startsWith('templates/') ? 2 : 3
}

function checkJson({ content }: ChartFile): void {
  try {
    JSON.parse(Buffer.from(content).toString('utf8'))
  } catch (error) {
    throw new HelmError('invalid JSON in values.schema.json', { cause: error })
  }
}

/** Without empty texts and lists. */
function present(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== '' && !(Array.isArray(value) && value.length === 0)),
  )
}
