/** How soon a foreign change to a field of ours is undone. */
import type { KubeObject } from '../packages/api/src/index.ts'
import { accessFromFile, Informer, KubeClient } from '../packages/kube/src/index.ts'
import type { Benchmark } from './benchmark.ts'
import { fluxLoad } from './flux-load.ts'
import { repeated } from './repeated.ts'
import { count, median, quantile, spread } from './statistics.ts'

const EDITS = 200
const PATIENCE = 120_000
const configMaps = { apiVersion: 'v1', kind: 'ConfigMap' }
/** What flux-load.mjs writes into each of its ConfigMaps. */
const WANTED = '0'

function contentOf(object: KubeObject): unknown {
  const data: unknown = Reflect.get(object, 'data')
  return typeof data === 'object' && data !== null ? Reflect.get(data, 'v') : undefined
}

/** The namespace that the load script made; it leaves everything in place. */
async function loadNamespace(client: KubeClient): Promise<string> {
  const { items } = await client.list({ apiVersion: 'v1', kind: 'Namespace' })
  const found = items.find(({ metadata }) => metadata.name.startsWith('load-'))
  if (!found) throw new Error('flux-load.mjs left no namespace load-*')
  return found.metadata.name
}

/** Edits 200 objects, `inFlight` at a time, and answers the seconds from sending each edit until a watch saw it undone. */
async function secondsUntilUndone(client: KubeClient, n: number, inFlight: number): Promise<number[]> {
  const namespace = await loadNamespace(client)
  const undone = new Map<string, () => void>()
  const watch = new Informer(client, configMaps, { namespace, keep: () => undefined })
  watch.onChange(({ type, object }) => {
    if (type === 'modified' && contentOf(object) === WANTED) undone.get(object.metadata.name)?.()
  })
  await watch.start().synced
  const times: number[] = []
  let next = 0
  async function worker(): Promise<void> {
    for (let at = next++; at < EDITS; at = next++) {
      // Neighbours in time belong to different Kustomizations; the first object of each is left to the pushes.
      const name = `a${at % n}-${1 + (Math.floor(at / n) % 3)}`
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const late = setTimeout(() => reject(new Error(`${name} was not corrected within two minutes`)), PATIENCE)
      undone.set(name, resolve)
      const began = performance.now()
      const edit = { data: { v: 'foreign' } }
      await client.patch({ ...configMaps, namespace, name }, edit, 'merge', { fieldManager: 'somebody' })
      await promise
      times.push((performance.now() - began) / 1000)
      clearTimeout(late)
      undone.delete(name)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  await watch.close()
  return times
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
          times.single = await secondsUntilUndone(client, n, 1)
          times.many = await secondsUntilUndone(client, n, 20)
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
