/** How soon a foreign change to a field of ours is undone. */
import type { KubeClient } from '../packages/kube/src/index.ts'
import type { Benchmark } from './benchmark.ts'
import { fluxLoad } from './flux-load.ts'
import { repeated } from './repeated.ts'
import { type UndoneTimes, undoneColumns, undoneRows, undoneTimes } from './undone-edits.ts'

const EDITS = 200

/** The namespace that the load script made; it leaves everything in place. */
async function loadNamespace(client: KubeClient): Promise<string> {
  const { items } = await client.list({ apiVersion: 'v1', kind: 'Namespace' })
  const found = items.find(({ metadata }) => metadata.name.startsWith('load-'))
  if (!found) throw new Error('flux-load.mjs left no namespace load-*')
  return found.metadata.name
}

export const benchmark: Benchmark = {
  title: 'a foreign change to a field that we own, until it is undone',
  runs: 5,
  sizes: [100],
  method: [
    `N Kustomizations of 4 ConfigMaps (flux-load.mjs --parts kustomizations --interval 1m), then ${EDITS} edits by another field manager, one after the`,
    `other, then ${EDITS} with 20 in flight; each from sending the edit until a watch of ours sees the old value. Medians over the runs.`,
  ],
  async run({ runs, sizes }) {
    const rows: string[][] = []
    for (const n of sizes) {
      const results = await repeated(`drift among ${n}`, runs, async () => {
        let times: UndoneTimes = { single: [], many: [] }
        const editsOf = async (client: KubeClient) => ({
          namespace: await loadNamespace(client),
          count: EDITS,
          // The first object of each Kustomization is left to the pushes.
          nameOf: (at: number) => `a${at % n}-${1 + (Math.floor(at / n) % 3)}`,
          wanted: '0',
        })
        const afterwards = async (system: { kubeconfig: string }) => {
          times = await undoneTimes(system, editsOf)
        }
        await fluxLoad({ n, parts: ['kustomizations'], more: ['--interval', '1m'], afterwards })
        return times
      })
      rows.push(...undoneRows(n, results))
    }
    return [{ columns: undoneColumns, rows }]
  },
}
