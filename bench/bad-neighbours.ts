/** Whether applications that never become healthy hold up the others. */
import type { Benchmark } from './benchmark.ts'
import { fluxLoad, quantilesOf } from './flux-load.ts'
import { repeated } from './repeated.ts'
import { count, spread } from './statistics.ts'

export const benchmark: Benchmark = {
  title: 'push until applied among N healthy Kustomizations, alone and beside 20 that wait for health that never comes',
  runs: 5,
  sizes: [100],
  method: [
    'flux-load.mjs --parts kustomizations,push,neighbours: 20 pushes alone, then 10 beside the failing ones, in the same system.',
    'Looked at every 0.1 s. Shown are the medians over the runs.',
  ],
  async run({ runs, sizes }) {
    const rows: string[][] = []
    for (const n of sizes) {
      const results = await repeated(`neighbours of ${n}`, runs, async () => {
        const { reading } = await fluxLoad({ n, parts: ['kustomizations', 'push', 'neighbours'] })
        return {
          alone: quantilesOf(reading('push until applied, p50')),
          beside: quantilesOf(reading('beside 20 failing')),
        }
      })
      for (const key of ['alone', 'beside'] as const) {
        const all = results.map(r => r[key])
        const label = key === 'alone' ? 'alone' : 'beside 20 failing'
        rows.push([count(n), label, spread(all.map(r => r.p50)), spread(all.map(r => r.p95))])
      }
    }
    return [{ columns: ['N', '', 'p50', 'p95'], rows }]
  },
}
