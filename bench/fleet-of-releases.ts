/** From nothing to N HelmReleases of one chart with four objects each that are all Ready. */
import type { Benchmark } from './benchmark.ts'
import { fluxLoad, secondsOf, usageOf } from './flux-load.ts'
import { repeated } from './repeated.ts'
import { count, mebibytes, median, seconds, spread } from './statistics.ts'

export const benchmark: Benchmark = {
  title: 'N HelmReleases of a chart with 4 ConfigMaps, from creating the first until all are Ready',
  runs: 5,
  sizes: [100, 1000],
  method: [
    'flux-load.mjs --parts helmreleases: one HelmChart of a HelmRepository, N HelmReleases with chartRef. A fresh dev cluster and fresh controllers each',
    'run, the load generator on the same cores. Looked at every 0.1 s; the time includes creating the HelmReleases with 16 requests in flight.',
    'The controllers are all of ours in one process; their memory is the most they had.',
  ],
  async run({ runs, sizes }) {
    const rows: string[][] = []
    for (const n of sizes) {
      const results = await repeated(`${n} HelmReleases`, runs, async () => {
        const reading = (await fluxLoad({ n, parts: ['helmreleases'] })).reading('HelmReleases')
        return { seconds: secondsOf(reading), ...usageOf(reading) }
      })
      const times = results.map(r => r.seconds)
      rows.push([
        count(n),
        spread(times),
        `${((median(times) / n) * 1000).toFixed(1)} ms`,
        seconds(median(results.map(r => r.controllers.cpu))),
        spread(
          results.map(r => r.controllers.peak),
          mebibytes,
        ),
        seconds(median(results.map(r => r.cluster.cpu))),
        mebibytes(median(results.map(r => r.cluster.peak))),
      ])
    }
    const columns = ['N', 'until all Ready', 'a release', 'controllers CPU', 'memory', 'dev cluster CPU', 'memory']
    return [{ columns, rows }]
  },
}
