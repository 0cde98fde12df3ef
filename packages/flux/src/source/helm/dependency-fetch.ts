/**
 * The charts that a chart in Git depends on, from the repositories it names: reached with the credentials of the
 * HelmRepository of the same address in the namespace, without any when there is none.
 */
import type { HelmRepository } from '@sluice/api'
import {
  type ArtifactStore,
  ChartFetchError,
  type ChartRepositories,
  type ChartSource,
  type Registries,
  RegistryCharts,
  readIndex,
} from '@sluice/artifact'
import { type ChartDependency, type ChartFile, HelmError, readChartArchive } from '@sluice/helm'
import type { SecretData } from '../secret-data.ts'
import { registryAccess } from './registry-access.ts'
import { repositoryAccess } from './repository-access.ts'

export interface DependencyFetch {
  namespace: string
  store: ArtifactStore
  repositories: ChartRepositories
  registries: Registries
  /** HelmRepositories of the namespace. */
  known: Iterable<HelmRepository>
  secret(name: string): Promise<SecretData>
}

/** Throws HelmError in the words of Flux. */
export async function fetchDependency(
  { name, version, repository }: ChartDependency,
  fetch: DependencyFetch,
): Promise<{ files: ChartFile[]; version: string }> {
  const source = await sourceOf(repository, fetch)
  const offer = await source.find(name, version).catch((error: unknown) => {
    throw said(`failed to get chart '${name}' version '${version}' from '${repository}'`, error)
  })
  const archive = await source.download(offer).catch((error: unknown) => {
    throw said(`chart download of version '${offer.version}' failed`, error)
  })
  const files = await readChartArchive(archive).catch((error: unknown) => {
    throw said(`failed to load downloaded archive of version '${offer.version}'`, error)
  })
  return { files, version: offer.version }
}

async function sourceOf(address: string, fetch: DependencyFetch): Promise<ChartSource> {
  const url = normalUrl(address)
  if (url.startsWith('@')) throw new HelmError(`aliased repository dependency is not supported: ${url}`)
  const failed = `failed to get chart repository for URL '${url}'`
  if (!/^(?:https?|oci):\/\//.test(url) || !URL.canParse(url)) {
    throw new HelmError(`invalid dependency repository URL: ${url}`)
  }
  const { namespace, store, repositories, registries, known, secret } = fetch
  const found = [...known].find(one => normalUrl(one.spec.url) === url)
  const asked = found ?? { spec: { url }, metadata: { name: '', namespace } }
  if (url.startsWith('oci://')) {
    const access = await registryAccess(asked, secret).catch((error: unknown) => {
      throw said(failed, error)
    })
    return new RegistryCharts(registries, url, access)
  }
  const access = await repositoryAccess(asked, secret).catch((error: unknown) => {
    throw said(failed, error)
  })
  const repository = repositories.open(url, access)
  const artifact = found?.status?.artifact
  if (artifact && (await store.exists(artifact))) {
    const index = async () => readIndex(await store.bytes(artifact)).index
    return repository.source(() => repositories.indexes.get(artifact.digest, index), artifact.revision)
  }
  return freshSource(repository)
}

/** By the index as it is now. */
async function freshSource(repository: ReturnType<ChartRepositories['open']>): Promise<ChartSource> {
  const index = async () => {
    try {
      const fetched = await repository.fetchIndex()
      return readIndex(fetched?.bytes ?? new Uint8Array()).index
    } catch (error) {
      const step =
        error instanceof ChartFetchError ? 'cache index: failed to cache index to temporary file' : 'load index'
      throw said(`failed to ${step}`, error)
    }
  }
  return repository.source(index)
}

/** With one slash at its end, as Flux compares them. */
function normalUrl(url: string): string {
  return /^(oci|alias):/.test(url) ? url.replace(/\/+$/, '') : `${url.replace(/\/+$/, '')}/`
}

function said(what: string, error: unknown): HelmError {
  return new HelmError(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
}
