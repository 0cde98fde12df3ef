/**
 * Charts that a kustomization names by repository, fetched for `sluice build`: the version wanted, out of the repository's index, its archive checked
 * against the digest there. Nothing is left on the disk, where the real tool leaves the chart below `chartHome`.
 */
import { createHash } from 'node:crypto'
import { ChartFetchError, ChartReferenceError, ChartRepositories, IndexError, readIndex } from '@sluice/artifact'
import { HelmError, readChartArchive } from '@sluice/helm'
import { type ChartFile, type ChartRequest, KustomizeError } from '@sluice/kustomize'

const timeoutMs = 60_000

export class ChartPuller {
  private readonly repositories = new ChartRepositories()

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
  }

  private async fetched({ name, version, repo, devel }: ChartRequest): Promise<readonly ChartFile[]> {
    if (!/^https?:\/\//i.test(repo)) {
      throw new KustomizeError(`the repository '${repo}' of chart '${name}' is none over http or https`, {
        cure: 'put the chart into the source, below chartHome: there it is taken as it is',
      })
    }
    const repository = this.repositories.open(repo, { timeoutMs })
    const fetched = await repository.fetchIndex()
    const { index } = readIndex(fetched?.bytes ?? new Uint8Array())
    const source = repository.source(() => Promise.resolve(index), '')
    // Helm's own word for "before a release, too".
    const offer = await source.find(name, version || (devel ? '>0.0.0-0' : ''))
    const archive = await source.download(offer)
    const digest = createHash('sha256').update(archive).digest('hex')
    if (offer.digest !== '' && offer.digest.replace(/^sha256:/, '') !== digest) {
      throw new KustomizeError(`chart '${name}' of ${repo} has the digest ${digest}, its index says ${offer.digest}`)
    }
    return readChartArchive(archive)
  }
}
