import type { Artifact } from '@sluice/api'
import { downloadArtifact } from '@sluice/artifact'
import { type Chart, loadChart, readChartArchive } from '@sluice/helm'

/**
 * Charts by the digest of their archive: a hundred releases of one chart load and compile it once. Bounded by the
 * bytes of the archives; the least recently used goes first.
 */
interface Loaded {
  chart: Promise<Chart>
  bytes: number
}

/** A chart in memory is some times its archive. */
const MOST_BYTES = 64 * 1024 * 1024

export class ChartCache {
  readonly #charts = new Map<string, Loaded>()
  #bytes = 0

  /** Throws ArtifactFetchError when it cannot be had, HelmError when it is no chart. */
  load(artifact: Artifact, signal: AbortSignal): Promise<Chart> {
    const { digest } = artifact
    const known = this.#charts.get(digest)
    if (known) {
      this.#charts.delete(digest)
      this.#charts.set(digest, known)
      return known.chart
    }
    const loaded: Loaded = {
      chart: this.#read(artifact, signal, bytes => this.#account(digest, loaded, bytes)),
      bytes: 0,
    }
    this.#charts.set(digest, loaded)
    // A failure is not remembered.
    loaded.chart.catch(() => this.#drop(digest, loaded))
    return loaded.chart
  }

  async #read({ url, digest }: Artifact, signal: AbortSignal, account: (bytes: number) => void): Promise<Chart> {
    const archive = await downloadArtifact({ url, digest, signal })
    account(archive.length)
    return loadChart(await readChartArchive(archive))
  }

  #account(digest: string, loaded: Loaded, bytes: number): void {
    if (this.#charts.get(digest) !== loaded) return
    loaded.bytes = bytes
    this.#bytes += bytes
    for (const [oldest, other] of this.#charts) {
      if (this.#bytes <= MOST_BYTES || other === loaded) break
      this.#drop(oldest, other)
    }
  }

  #drop(digest: string, loaded: Loaded): void {
    if (this.#charts.get(digest) !== loaded) return
    this.#charts.delete(digest)
    this.#bytes -= loaded.bytes
  }
}
