/**
 * Charts in a registry, behind the same door as those of HTTP repositories: versions are tags (with `_` for `+`, which
 * tags cannot have), an exact version is asked for without a list. Says what Helm's and ORAS' clients say.
 */
import { compareVersions, parseConstraint, parseVersion, satisfies } from '@sluice/semver'
import type { ChartOffer, ChartSource } from '../chart-repository/chart-source.ts'
import { ChartFetchError, ChartSizeError } from '../chart-repository/fetch-failure.ts'
import { nearestVersions } from '../nearest-versions.ts'
import type { Descriptor } from './manifest.ts'
import type { Registries } from './registries.ts'
import type { RegistryAccess } from './registry-access.ts'
import { RegistryError, RegistrySizeError } from './registry-failure.ts'
import { type RegistryName, RegistryNameError, registryName } from './registry-name.ts'
import type { RegistryRepository } from './registry-repository.ts'

/** Flux's limit, in bytes. */
const MAX_CHART = 10 * 1024 * 1024
const CHART_LAYERS = ['application/vnd.cncf.helm.chart.content.v1.tar+gzip', 'application/tar+gzip']
const CHART_CONFIG = 'application/vnd.cncf.helm.config.v1+json'

export class RegistryCharts implements ChartSource {
  readonly #registries: Registries
  readonly #url: string
  readonly #access: (name: RegistryName) => RegistryAccess

  /**
   * @param url `oci://<host>/<path>`, below which the charts are
   * @param access how a repository is reached: a login may be for a part of the registry
   */
  constructor(registries: Registries, url: string, access: (name: RegistryName) => RegistryAccess) {
    this.#registries = registries
    this.#url = url.replace(/\/+$/, '')
    this.#access = access
  }

  async find(name: string, wanted: string): Promise<ChartOffer> {
    const versions = await this.versionsFor(name, wanted)
    if (versions.length === 0) throw new ChartFetchError(`unable to locate any tags in provided repository: ${name}`)
    const found = versions.includes(wanted) ? wanted : newestWithin(versions, wanted)
    if (found !== undefined) return this.#offer(name, found)
    const said = `could not locate a version matching provided version string ${wanted}`
    throw new ChartFetchError(said + nearestVersions(versions, wanted))
  }

  /** Those to choose from, newest first: a full version alone, unasked. @throws {ChartFetchError} */
  async versionsFor(name: string, wanted: string): Promise<string[]> {
    return isFull(wanted) ? [wanted] : this.#versions(name)
  }

  async #versions(name: string): Promise<string[]> {
    const address = `${this.#url}/${name}`
    try {
      const tags = await this.#open(name).tags()
      const versions = tags.flatMap(tag => {
        const text = tag.replaceAll('_', '+')
        const version = isFull(text) ? parseVersion(text) : undefined
        return version ? [{ text, version }] : []
      })
      return versions.sort((a, b) => compareVersions(b.version, a.version)).map(({ text }) => text)
    } catch (error) {
      throw fetchError(`could not fetch tags for ${JSON.stringify(address)}: `, error)
    }
  }

  async download({ name, version }: ChartOffer): Promise<Uint8Array> {
    const tag = version.replaceAll('+', '_')
    const full = `${this.#url.slice('oci://'.length)}/${name}:${tag}`
    try {
      const repository = this.#open(name)
      return await repository.blob(await chartLayer(repository, tag), MAX_CHART)
    } catch (error) {
      if (error instanceof RegistrySizeError) {
        throw new ChartSizeError(`size of chart '${name}' exceeds '${MAX_CHART}' bytes limit`, { cause: error })
      }
      const said = `failed to get 'oci://${full}': `
      if (!(error instanceof RegistryError) || error.status !== 404) throw fetchError(said, error)
      const known = await this.#versions(name).catch(() => [])
      const missing = `failed to perform "FetchReference" on source: ${full}: not found${nearestVersions(known, version)}`
      throw new ChartFetchError(said + missing, { cause: error })
    }
  }

  #offer(name: string, version: string): ChartOffer {
    return { name, version, urls: [`${this.#url}/${name}:${version}`], digest: '' }
  }

  #open(name: string): RegistryRepository {
    const parsed = registryName(`${this.#url}/${name}`)
    return this.#registries.open(parsed, this.#access(parsed))
  }
}

async function chartLayer(repository: RegistryRepository, tag: string): Promise<Descriptor> {
  const { config, layers } = await repository.manifest(tag)
  if (config.mediaType !== CHART_CONFIG) {
    throw new RegistryError(`it is no chart: its configuration is of type ${JSON.stringify(config.mediaType)}`)
  }
  const layer = layers.find(one => CHART_LAYERS.includes(one.mediaType))
  if (layer) return layer
  throw new RegistryError(`manifest does not contain a layer with mediatype ${CHART_LAYERS[0]}`)
}

function newestWithin(versions: readonly string[], wanted: string): string | undefined {
  let constraint: ReturnType<typeof parseConstraint>
  try {
    constraint = parseConstraint(wanted || '*')
  } catch (error) {
    throw new ChartFetchError(`improper constraint: ${JSON.stringify(wanted)}`, { cause: error })
  }
  return versions.find(version => {
    const parsed = parseVersion(version)
    return parsed !== undefined && satisfies(parsed, constraint)
  })
}

const isFull = (version: string): boolean =>
  /^v?\d+\.\d+\.\d+(?:$|[-+])/.test(version) && Boolean(parseVersion(version))

function fetchError(said: string, error: unknown): unknown {
  if (error instanceof RegistryError || error instanceof RegistryNameError) {
    return new ChartFetchError(said + error.message, { cause: error })
  }
  return error
}
