/** How long a push takes to the cluster, alone among N Kustomizations that read the same repository. */
import type { Benchmark } from './benchmark.ts'
import { fluxLoad, quantilesOf } from './flux-load.ts'
import { repeated } from './repeated.ts'
import { count, spread } from './statistics.ts'

export const benchmark: Benchmark = {
  title:
    'a commit to one directory until its object is changed in the cluster, among N Kustomizations of that repository',
  runs: 5,
  sizes: [100, 1000],
  method: [
    'flux-load.mjs --parts kustomizations,push: 20 commits a run, one after the other, the source told at once by annotation.',
    'Looked at every 0.1 s, so figures are up to 0.1 s too high. Shown are the medians over the runs of p50 and p95 of a run.',
  ],
  async run({ runs, sizes }) {
    const rows: string[][] = []
    for (const n of sizes) {
      const results = await repeated(`pushes among ${n}`, runs, async () => {
        const { reading } = await fluxLoad({ n, parts: ['kustomizations', 'push'] })
        return quantilesOf(reading('push until applied'))
      })
      rows.push([count(n), spread(results.map(r => r.p50)), spread(results.map(r => r.p95)), String(runs * 20)])
    }
    return [{ columns: ['N', 'p50', 'p95', 'pushes'], rows }]
  },
}
