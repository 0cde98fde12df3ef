/** Charts that are not on this machine, fetched in the words of helm. Loaded only when something is fetched. */
import { readFile } from 'node:fs/promises'
import {
  type ChartIndex,
  type ChartOffer,
  ChartReferenceError,
  ChartRepositories,
  type HttpAccess,
  readIndex,
} from '@sluice/artifact'
import { type ChartFile, HelmError, readChartArchive } from '@sluice/helm'
import { accessOf, type ConfiguredRepository, configuredRepositories } from '../dependency/repository-config.ts'
import { type FetchChartOptions, fetchChart } from '../registry/fetch-chart.ts'

export interface ChartPlace extends FetchChartOptions {
  /** Address of the repository that the chart is named in. */
  repo?: string
  passCredentials?: boolean
}

export async function fetchLocated(reference: string, options: ChartPlace): Promise<ChartFile[]> {
  const { repo } = options
  if (!repo && reference.startsWith('oci://')) return fetchChart(reference, options)
  const repositories = new ChartRepositories()
  try {
    const access = { ...(await accessOf(options)), passCredentials: options.passCredentials }
    const version = options.version?.trim() || (options.devel ? '>0.0.0-0' : '')
    if (repo) return await ofRepository(repositories, { url: repo, name: reference, version, access })
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(reference)) return await ofAddress(repositories, reference, access)
    const known = await configuredRepositories(process.env)
    return await ofKnown(repositories, { known, reference, version, access })
  } finally {
    repositories.close()
  }
}

/** The bytes behind an address over http or https, for files of values. */
export async function fetchBytes(url: string, access: HttpAccess): Promise<Uint8Array> {
  const repositories = new ChartRepositories()
  try {
    return await download(repositories, url, { url, access })
  } finally {
    repositories.close()
  }
}

async function ofRepository(
  repositories: ChartRepositories,
  { url, name, version, access }: { url: string; name: string; version: string; access: HttpAccess },
): Promise<ChartFile[]> {
  checkScheme(url)
  let index: ChartIndex
  try {
    const fetched = await repositories.open(url, access).fetchIndex()
    index = readIndex(fetched?.bytes ?? new Uint8Array()).index
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    const message = `looks like ${JSON.stringify(url)} is not a valid chart repository or cannot be reached: ${said}`
    throw new HelmError(message, { cause: error })
  }
  const named = version === '' ? JSON.stringify(name) : `${JSON.stringify(name)} version ${JSON.stringify(version)}`
  const offer = found(index, name, version, `chart ${named} not found in ${url} repository`)
  return archived(
    await repositories
      .open(url, access)
      .source(() => Promise.resolve(index))
      .download(offer),
  )
}

async function ofAddress(repositories: ChartRepositories, url: string, access: HttpAccess): Promise<ChartFile[]> {
  checkScheme(url)
  return archived(await download(repositories, url, { url, access }))
}

/** As helm does, by the index that `helm repo update` has cached. */
async function ofKnown(
  repositories: ChartRepositories,
  asked: { known: readonly ConfiguredRepository[]; reference: string; version: string; access: HttpAccess },
): Promise<ChartFile[]> {
  const { known, reference, version, access } = asked
  const [, place, name] = /^([^/]+)\/(.+)$/.exec(reference) ?? []
  if (place === undefined || name === undefined) {
    const message = `non-absolute URLs should be in form of repo_name/path_to_chart, got: ${reference}`
    throw new HelmError(`${message} (there is no such file or directory either)`)
  }
  const repository = known.find(one => one.name === place)
  if (!repository) throw new HelmError(`repo ${place} not found`)
  const text = await readFile(repository.cachedIndex).catch(() => undefined)
  if (!text) throw new HelmError(`no cached repo found. (try 'helm repo update'): no file ${repository.cachedIndex}`)
  const { index } = readIndex(text)
  const missing = `chart ${JSON.stringify(name)} matching ${version} not found in ${place} index. (try 'helm repo update')`
  const offer = found(index, name, version, missing)
  const url = repository.url
  const merged = { ...access, ...defined(repository.access) }
  return archived(
    await repositories
      .open(url, merged)
      .source(() => Promise.resolve(index))
      .download(offer),
  )
}

const defined = (access: HttpAccess): HttpAccess => {
  const { timeoutMs, ...fields } = access
  return { ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)), timeoutMs }
}

function found(index: ChartIndex, name: string, version: string, missing: string): ChartOffer {
  try {
    return index.find(name, version)
  } catch (error) {
    if (!(error instanceof ChartReferenceError)) throw error
    const versions = index.versions(name)?.map(offer => offer.version) ?? []
    const offered = versions.length > 0 ? `; it has ${versions.slice(0, 5).join(', ')}` : ''
    throw new HelmError(`${missing}: ${error.message}${offered}`, { cause: error })
  }
}

function download(
  repositories: ChartRepositories,
  address: string,
  { url, access }: { url: string; access: HttpAccess },
): Promise<Uint8Array> {
  const source = repositories.open(url, access).source(() => Promise.reject(new Error('an address has no index')))
  return source.download({ name: address, version: '', urls: [address], digest: '' })
}

function checkScheme(url: string): void {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase() ?? ''
  if (scheme === 'http' || scheme === 'https') return
  const message = `could not find protocol handler for: ${scheme}`
  throw new HelmError(`${message}; '${url}' must begin with http:// or https:// (plugins for others are not run)`)
}

const archived = (archive: Uint8Array): Promise<ChartFile[]> => readChartArchive(archive)
