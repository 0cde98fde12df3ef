/** What it costs when nothing changes: requests and processor time over three intervals. */
import type { Benchmark } from './benchmark.ts'
import { fluxLoad } from './flux-load.ts'
import { repeated } from './repeated.ts'
import { count, mebibytes, spread } from './statistics.ts'

const percent = (value: number): string => `${value.toFixed(2)} %`

export const benchmark: Benchmark = {
  title:
    'N Kustomizations of 4 objects, all Ready, nothing changes: requests to the API server and CPU over three intervals',
  runs: 1,
  sizes: [1000],
  method: [
    'flux-load.mjs --parts kustomizations,steady --interval 40s: 20 s of rest, then 120 s, three intervals, watched; one run, since it is long.',
    'CPU is of one core. The requests are all that the API server answered, two of them from the script.',
  ],
  async run({ runs, sizes }) {
    const rows: string[][] = []
    for (const n of sizes) {
      const results = await repeated(`${n} at rest`, runs, async () => {
        const { reading } = await fluxLoad({ n, parts: ['kustomizations', 'steady'], more: ['--interval', '40s'] })
        const { value, details } = reading('steady')
        const [controllers, cluster] = details.map(detail => ({
          cpu: Number(/^([\d.]+) %/.exec(detail.value)?.[1]),
          memory: Number(/([\d.]+) MiB/.exec(detail.value)?.[1]),
        }))
        if (!controllers || !cluster) throw new Error(`steady printed no processes: ${value}`)
        return { requests: value, controllers, cluster }
      })
      rows.push([
        count(n),
        results.map(r => r.requests).join(' | '),
        spread(
          results.map(r => r.controllers.cpu),
          percent,
        ),
        spread(
          results.map(r => r.controllers.memory),
          mebibytes,
        ),
        spread(
          results.map(r => r.cluster.cpu),
          percent,
        ),
        spread(
          results.map(r => r.cluster.memory),
          mebibytes,
        ),
      ])
    }
    return [{ columns: ['N', 'requests a second', 'controllers CPU', 'memory', 'dev cluster CPU', 'memory'], rows }]
  },
}
