/**
 * A chart from a repository: found in the index, downloaded, and stored as published; packaged anew only when values files
 * are merged into it. Follows source-controller's remote builder.
 */
import { createHash } from 'node:crypto'
import type { HelmChart } from '@sluice/api'
import { ChartFetchError, type ChartOffer, ChartReferenceError, type ChartSource } from '@sluice/artifact'
import { chartMetadata, chartParts, packageChart, readChartArchive, validChartMetadata } from '@sluice/helm'
import {
  BuildError,
  building,
  type ChartBuild,
  cleaned,
  effectiveValuesFiles,
  storedBuild,
  versionWith,
} from './chart-build.ts'
import { checkGzip } from './gzip-header.ts'
import { AccessError } from './repository-access.ts'
import { mergedValues, overwriteValues } from './values-files.ts'

/** Archives that were found to be charts, by digest. */
const MOST_CHECKED = 512
const UNREADABLE = 'failed to load chart metadata from written chart: '

export class RemoteBuilder {
  readonly #checked = new Set<string>()

  /** What the repository offers for the object. @throws {BuildError} */
  async find({ spec }: HelmChart, source: Pick<ChartSource, 'find'>): Promise<ChartOffer> {
    checkName(spec.chart)
    try {
      return await source.find(spec.chart, spec.version ?? '*')
    } catch (error) {
      if (error instanceof AccessError) throw error
      const said = error instanceof Error ? error.message : String(error)
      const reason = error instanceof ChartReferenceError ? 'InvalidChartReference' : 'ChartPullError'
      throw new BuildError(reason, `failed to get chart version for remote reference: ${said}`, { cause: error })
    }
  }

  /** The stored chart when it still is what is wanted: no request is needed. */
  stored(object: HelmChart, status: HelmChart['status'], offer: ChartOffer): ChartBuild | undefined {
    const packaged = effectiveValuesFiles(object.spec).length > 0
    return storedBuild(object, status, { name: offer.name, version: wantedVersion(object, offer), packaged })
  }

  /** @throws {BuildError} */
  async build(object: HelmChart, offer: ChartOffer, source: ChartSource): Promise<ChartBuild> {
    const { spec } = object
    const { name } = offer
    const version = wantedVersion(object, offer)
    const archive = await source.download(offer).catch((error: unknown) => {
      if (!(error instanceof ChartFetchError)) throw error
      const said = `failed to download chart for remote reference: ${error.message}`
      throw new BuildError('ChartPullError', said, { cause: error })
    })
    if (effectiveValuesFiles(spec).length === 0) {
      await this.#check(archive)
      return { name, version, archive, packaged: false, valuesFiles: [], resolvedDependencies: 0 }
    }
    const chart = await building(
      'ChartPackageError',
      async () => chartParts(await readChartArchive(archive)),
      'failed to load downloaded chart: ',
    )
    chart.metadata.version = version
    const valuesFiles = await building(
      'ValuesFilesError',
      () => {
        const { valuesFiles: paths = [], ignoreMissingValuesFiles } = spec
        const read = (path: string) => {
          const file = chart.files.find(one => one.path === cleaned(path))
          return file && Buffer.from(file.content).toString('utf8')
        }
        const missing = ignoreMissingValuesFiles
          ? undefined
          : (path: string) => `no values file found at path '${path}'`
        const { values, files } = mergedValues(paths, read, missing)
        return overwriteValues(chart, values) ? files : []
      },
      'failed to merge chart values: ',
    )
    const made = await building('ChartPackageError', () => packageChart(chart))
    return { name, version, archive: made, packaged: true, valuesFiles, resolvedDependencies: 0 }
  }

  /** Whether what came is a chart. */
  async #check(archive: Uint8Array): Promise<void> {
    const digest = createHash('sha256').update(archive).digest('hex')
    if (this.#checked.has(digest)) return
    const read = () => {
      checkGzip(archive)
      return readChartArchive(archive)
    }
    const files = await building('ChartPullError', read, UNREADABLE)
    await building('ChartPullError', () => chartMetadata(files), UNREADABLE)
    await building('ChartPullError', () => validChartMetadata(files), 'failed to validate metadata of written chart: ')
    for (const oldest of this.#checked) {
      if (this.#checked.size < MOST_CHECKED) break
      this.#checked.delete(oldest)
    }
    this.#checked.add(digest)
  }
}

/** A change of the values files is a change of the version, so that who installs the chart notices. */
function wantedVersion({ spec, metadata }: HelmChart, { version }: ChartOffer): string {
  return effectiveValuesFiles(spec).length > 0 ? versionWith(version, String(metadata.generation)) : version
}

function checkName(name: string): void {
  if (name === '') throw new BuildError('InvalidChartReference', 'no name set for remote chart reference')
  // Words of letters, digits and dashes, each ended by a slash, a dot, or both in this order.
  if (/^[-a-z0-9][-a-z0-9/.]*$/.test(name) && !/\/\/|\.\.|\.\//.test(name)) return
  throw new BuildError(
    'InvalidChartReference',
    `invalid chart name '${name}': a valid name must be lower case letters and numbers and MAY be separated with dashes (-), slashes (/) or periods (.)`,
  )
}
