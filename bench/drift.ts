/** How soon a foreign change to a field of ours is undone. */
import { accessFromFile, KubeClient } from '../packages/kube/src/index.ts'
import type { Benchmark } from './benchmark.ts'
import { fluxLoad } from './flux-load.ts'
import { repeated } from './repeated.ts'
import { count, median, quantile, spread } from './statistics.ts'
import { secondsUntilUndone } from './undone-edits.ts'

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
        const times = { single: [0], many: [0] }
        const afterwards = async ({ kubeconfig }: { kubeconfig: string }): Promise<void> => {
          const client = new KubeClient(accessFromFile(kubeconfig))
          const namespace = await loadNamespace(client)
          // The first object of each Kustomization is left to the pushes.
          const nameOf = (at: number) => `a${at % n}-${1 + (Math.floor(at / n) % 3)}`
          const edits = { namespace, count: EDITS, nameOf, wanted: '0' }
          times.single = await secondsUntilUndone(client, { ...edits, inFlight: 1 })
          times.many = await secondsUntilUndone(client, { ...edits, inFlight: 20 })
          await client.transport.close()
        }
        await fluxLoad({ n, parts: ['kustomizations'], more: ['--interval', '1m'], afterwards })
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
