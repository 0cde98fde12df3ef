/** How soon a foreign change to an object of a release is undone, with drift detection enabled. */
import { accessFromFile, KubeClient } from '../packages/kube/src/index.ts'
import type { Benchmark } from './benchmark.ts'
import { changedReleases } from './changed-releases.ts'
import { fluxLoad } from './flux-load.ts'
import { repeated } from './repeated.ts'
import { count, median, quantile, spread } from './statistics.ts'
import { secondsUntilUndone } from './undone-edits.ts'

const EDITS = 200

export const benchmark: Benchmark = {
  title: 'a foreign change to an object of a release with driftDetection enabled, until it is undone',
  runs: 5,
  sizes: [100],
  method: [
    'N HelmReleases of a chart with 4 ConfigMaps (flux-load.mjs --parts helmreleases), then driftDetection.mode: enabled and an interval of 1 minute;',
    `${EDITS} edits by another field manager, one after the other, then ${EDITS} with 20 in flight, each from sending the edit until a watch of ours sees the`,
    'old value. Medians over the runs.',
  ],
  async run({ runs, sizes }) {
    const rows: string[][] = []
    for (const n of sizes) {
      const results = await repeated(`drift among ${n} releases`, runs, async () => {
        const times = { single: [0], many: [0] }
        const afterwards = async ({ kubeconfig }: { kubeconfig: string }): Promise<void> => {
          const client = new KubeClient(accessFromFile(kubeconfig))
          const namespace = await changedReleases(client, { interval: '1m', driftDetection: { mode: 'enabled' } })
          const nameOf = (at: number) => `h${at % n}-${Math.floor(at / n) % 4}`
          const edits = { namespace, count: EDITS, nameOf, wanted: '1' }
          times.single = await secondsUntilUndone(client, { ...edits, inFlight: 1 })
          times.many = await secondsUntilUndone(client, { ...edits, inFlight: 20 })
          await client.transport.close()
        }
        await fluxLoad({ n, parts: ['helmreleases'], afterwards })
        return times
      })
      for (const key of ['single', 'many'] as const) {
        const all = results.map(r => r[key])
        rows.push([
          count(n),
          key === 'single' ? 'one after the other' : '20 at once',
          spread(all.map(times => quantile(times, 0.5))),
          spread(all.map(times => quantile(times, 0.95))),
          count(median(all.map(times => times.length))),
        ])
      }
    }
    return [{ columns: ['N', 'edits', 'p50', 'p95', 'edits a run'], rows }]
  },
}
