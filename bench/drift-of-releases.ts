/** How soon a foreign change to an object of a release is undone, with drift detection enabled. */
import type { KubeClient } from '../packages/kube/src/index.ts'
import type { Benchmark } from './benchmark.ts'
import { changedReleases } from './changed-releases.ts'
import { fluxLoad } from './flux-load.ts'
import { repeated } from './repeated.ts'
import { type UndoneTimes, undoneColumns, undoneRows, undoneTimes } from './undone-edits.ts'

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
        let times: UndoneTimes = { single: [], many: [] }
        const editsOf = async (client: KubeClient) => ({
          namespace: await changedReleases(client, { interval: '1m', driftDetection: { mode: 'enabled' } }),
          count: EDITS,
          nameOf: (at: number) => `h${at % n}-${Math.floor(at / n) % 4}`,
          wanted: '1',
        })
        const afterwards = async (system: { kubeconfig: string }) => {
          times = await undoneTimes(system, editsOf)
        }
        await fluxLoad({ n, parts: ['helmreleases'], afterwards })
        return times
      })
      rows.push(...undoneRows(n, results))
    }
    return [{ columns: undoneColumns, rows }]
  },
}
