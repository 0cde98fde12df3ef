/** From nothing to N Kustomizations of four objects each that are all Ready, all of one repository. */
import type { Benchmark } from './benchmark.ts'
import { fluxLoad, secondsOf, usageOf } from './flux-load.ts'
import { repeated } from './repeated.ts'
import { count, mebibytes, median, seconds, spread } from './statistics.ts'

export const benchmark: Benchmark = {
  title: 'N Kustomizations of 4 ConfigMaps of one repository, from creating the first until all are Ready',
  runs: 5,
  sizes: [100, 1000],
  method: [
    'flux-load.mjs --parts kustomizations, a fresh dev cluster and fresh controllers each run, the load generator on the same cores.',
    'Looked at every 0.1 s; the time includes creating the Kustomizations with 16 requests in flight.',
  ],
  async run({ runs, sizes }) {
    const rows: string[][] = []
    for (const n of sizes) {
      const results = await repeated(`${n} Kustomizations`, runs, async () => {
        const reading = (await fluxLoad({ n, parts: ['kustomizations'] })).reading('until Ready')
        return { seconds: secondsOf(reading), ...usageOf(reading) }
      })
      rows.push([
        count(n),
        spread(results.map(r => r.seconds)),
        `${((median(results.map(r => r.seconds)) / n) * 1000).toFixed(1)} ms`,
        seconds(median(results.map(r => r.controllers.cpu))),
        mebibytes(median(results.map(r => r.controllers.peak))),
        seconds(median(results.map(r => r.cluster.cpu))),
        mebibytes(median(results.map(r => r.cluster.peak))),
      ])
    }
    return [
      {
        columns: [
          'N',
          'until all Ready',
          'a Kustomization',
          'controllers CPU',
          'peak memory',
          'dev cluster CPU',
          'peak memory',
        ],
        rows,
      },
    ]
  },
}
