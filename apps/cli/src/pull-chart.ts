/**
 * Charts that a kustomization names by repository, fetched for `sluice build`: the version wanted, out of the repository's index or the registry's tags, its archive
 * checked against the digest there. Nothing is left on the disk, where the real tool leaves the chart below `chartHome`.
 */
import { createHash } from 'node:crypto'
import {
  ChartFetchError,
  ChartReferenceError,
  ChartRepositories,
  IndexError,
  Registries,
  RegistryCharts,
  readIndex,
} from '@sluice/artifact'
import { HelmError, readChartArchive } from '@sluice/helm'
import { type ChartFile, type ChartRequest, KustomizeError } from '@sluice/kustomize'
import { configuredLogins } from './registry/registry-config.ts'
import { registryAccess } from './registry/registry-options.ts'

const timeoutMs = 60_000

export class ChartPuller {
  private readonly repositories = new ChartRepositories()
  private readonly registries = new Registries()

  async pull(request: ChartRequest): Promise<readonly ChartFile[]> {
    try {
      return await this.fetched(request)
    } catch (error) {
      const isKnown =
        error instanceof ChartFetchError ||
        error instanceof ChartReferenceError ||
        error instanceof IndexError ||
        error instanceof HelmError
      if (!isKnown) throw error
      throw new KustomizeError(`chart '${request.name}' of ${request.repo}: ${error.message}`, { cause: error })
    }
  }

  close(): void {
    this.repositories.close()
    this.registries.close()
  }

  private async fetched({ name, version, repo, devel }: ChartRequest): Promise<readonly ChartFile[]> {
    // Helm's own word for "before a release, too".
    const wanted = version || (devel ? '>0.0.0-0' : '')
    if (/^oci:\/\//i.test(repo)) {
      const logins = await configuredLogins(process.env)
      const charts = new RegistryCharts(this.registries, repo, registryAccess({ access: { timeoutMs }, logins }))
      return readChartArchive(await charts.download(await charts.find(name, wanted)))
    }
    if (!/^https?:\/\//i.test(repo)) {
      throw new KustomizeError(`the repository '${repo}' of chart '${name}' is none over http, https or oci`, {
        cure: 'put the chart into the source, below chartHome: there it is taken as it is',
      })
    }
    const repository = this.repositories.open(repo, { timeoutMs })
    const fetched = await repository.fetchIndex()
    const { index } = readIndex(fetched?.bytes ?? new Uint8Array())
    const source = repository.source(() => Promise.resolve(index), '')
    const offer = await source.find(name, wanted)
    const archive = await source.download(offer)
    const digest = createHash('sha256').update(archive).digest('hex')
    if (offer.digest !== '' && offer.digest.replace(/^sha256:/, '') !== digest) {
      throw new KustomizeError(`chart '${name}' of ${repo} has the digest ${digest}, its index says ${offer.digest}`)
    }
    return readChartArchive(archive)
  }
}
