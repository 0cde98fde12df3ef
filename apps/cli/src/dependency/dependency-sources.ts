/**
 * Where the dependencies of a chart come from, for the commands that fetch them: repositories that helm knows, by their
 * address or `@name`, with their logins; others by their address alone. Says what it does in helm's words.
 */
import { readFile } from 'node:fs/promises'
import {
  type ChartIndex,
  ChartRepositories,
  type ChartRepository,
  Registries,
  RegistryCharts,
  readIndex,
} from '@sluice/artifact'
import { type ChartDependency, HelmError, type LockedDependency } from '@sluice/helm'
import { type RegistryOptions, registryAccess } from '../registry/registry-options.ts'
import type { ConfiguredRepository } from './repository-config.ts'

/** The login and the certificates are for repositories that are not configured. */
export interface DependencySourcesOptions extends RegistryOptions {
  configured: readonly ConfiguredRepository[]
  /** Take the indexes that helm has cached. */
  skipRefresh: boolean
  say(line: string): void
}

interface Opened {
  repository: ChartRepository
  index: ChartIndex
}

export class DependencySources {
  readonly #options: DependencySourcesOptions
  readonly #repositories = new ChartRepositories()
  readonly #registries = new Registries()
  readonly #opened = new Map<string, Promise<Opened>>()

  constructor(options: DependencySourcesOptions) {
    this.#options = options
  }

  /** The dependencies with addresses in the place of `@name` and `alias:name`. Throws HelmError for names nobody knows. */
  addressed(dependencies: readonly ChartDependency[]): ChartDependency[] {
    const unknown: string[] = []
    const result = dependencies.map(dependency => {
      const { repository } = dependency
      const alias = /^(?:@|alias:)(.*)$/.exec(repository)?.[1]
      const known = this.#options.configured.find(one => one.name === alias)
      if (known) return { ...dependency, repository: known.url }
      if (repository !== '' && !/^(?:file|https?|oci):\/\//.test(repository)) unknown.push(repository)
      return dependency
    })
    if (unknown.length > 0) throw new HelmError(unknownNames(unknown))
    return result
  }

  /** Versions that can be downloaded. */
  async versions({ name, repository, version }: ChartDependency): Promise<string[] | undefined> {
    if (isRegistry(repository)) return this.#registry(repository, charts => charts.versionsFor(name, version))
    const { index } = await this.#open(repository)
    return index.versions(name)?.flatMap(({ version, urls }) => (urls.length > 0 ? [version] : []))
  }

  /** The archive and the name of its file. Throws HelmError. */
  async download({ name, version, repository }: LockedDependency): Promise<{ file: string; archive: Uint8Array }> {
    const file = `${name}-${version}.tgz`
    if (isRegistry(repository)) {
      const wanted = { name, version, urls: [], digest: '' }
      return { file, archive: await this.#registry(repository, charts => charts.download(wanted)) }
    }
    const { repository: opened, index } = await this.#open(repository)
    const offer = index.versions(name)?.find(one => one.urls.length > 0 && one.version === version)
    if (!offer) throw new HelmError(`could not find ${name} ${version} in ${repository}: no matching version`)
    const source = opened.source(() => Promise.resolve(index))
    const archive = await source.download(offer).catch((error: unknown) => {
      const said = error instanceof Error ? error.message : String(error)
      throw new HelmError(`could not download ${offer.urls[0]}: ${said}`, { cause: error })
    })
    return { file, archive }
  }

  close(): void {
    this.#repositories.close()
    this.#registries.close()
  }

  async #registry<T>(url: string, work: (charts: RegistryCharts) => Promise<T>): Promise<T> {
    try {
      return await work(new RegistryCharts(this.#registries, url, registryAccess(this.#options)))
    } catch (error) {
      if (!(error instanceof Error)) throw error
      throw new HelmError(error.message, { cause: error })
    }
  }

  #open(url: string): Promise<Opened> {
    const address = url.replace(/\/+$/, '')
    const opened = this.#opened.get(address) ?? this.#fetched(url, address)
    this.#opened.set(address, opened)
    return opened
  }

  async #fetched(url: string, address: string): Promise<Opened> {
    const { configured, access, skipRefresh, say } = this.#options
    const known = configured.find(one => one.url.replace(/\/+$/, '') === address)
    const repository = this.#repositories.open(url, known?.access ?? access)
    const name = known?.name ?? url
    if (skipRefresh) {
      const text = known && (await readFile(known.cachedIndex).catch(() => undefined))
      if (text) return { repository, index: readIndex(text).index }
      throw new HelmError(`no cached repository for ${name} found. (try 'helm repo update')`)
    }
    const fetched = await repository.fetchIndex().catch((error: unknown) => {
      const said = error instanceof Error ? error.message : String(error)
      throw new HelmError(`unable to get an update from the "${name}" chart repository: ${said}`, { cause: error })
    })
    say(`...Successfully got an update from the "${name}" chart repository`)
    return { repository, index: readIndex(fetched?.bytes ?? new Uint8Array()).index }
  }
}

const isRegistry = (url: string): boolean => url.startsWith('oci://')

function unknownNames(names: readonly string[]): string {
  const said = `no repository definition for ${names.join(', ')}. Please add them via 'helm repo add'`
  if (names.every(name => name.startsWith('@') || name.startsWith('alias:'))) return said
  return `${said}
Note that repositories must be URLs or aliases. For example, to refer to the "example"
repository, use "https://charts.example.com/" or "@example" instead of
"example". Don't forget to add the repo, too ('helm repo add').`
}
