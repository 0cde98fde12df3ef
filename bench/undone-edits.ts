/** How long foreign edits last: each from sending it until a watch saw the old value again. */
import type { KubeObject } from '../packages/api/src/index.ts'
import { accessFromFile, Informer, KubeClient } from '../packages/kube/src/index.ts'
import { count, median, quantile, spread } from './statistics.ts'

interface Edits {
  namespace: string
  count: number
  inFlight: number
  /** The ConfigMap of the edit with this number; neighbours in time should not belong together. */
  nameOf(at: number): string
  /** What we want to stand in `data.v` of each. */
  wanted: string
}

const PATIENCE = 120_000
const configMaps = { apiVersion: 'v1', kind: 'ConfigMap' }

/** What the load script writes into each of its ConfigMaps. */
export function contentOf(object: KubeObject): unknown {
  const data: unknown = Reflect.get(object, 'data')
  return typeof data === 'object' && data !== null ? Reflect.get(data, 'v') : undefined
}

/** Medians over some runs, in the columns of `undoneColumns`. */
export function undoneRows(n: number, results: readonly UndoneTimes[]): string[][] {
  return (['single', 'many'] as const).map(key => {
    const all = results.map(times => times[key])
    return [
      count(n),
      key === 'single' ? 'one after the other' : '20 at once',
      spread(all.map(times => quantile(times, 0.5))),
      spread(all.map(times => quantile(times, 0.95))),
      count(median(all.map(times => times.length))),
    ]
  })
}

export const undoneColumns = ['N', 'edits', 'p50', 'p95', 'edits a run']

/** Seconds, of edits one after the other and of 20 at once. */
export interface UndoneTimes {
  single: number[]
  many: number[]
}

/** What follows `flux-load.mjs`; `editsOf` prepares the cluster. */
export async function undoneTimes(
  { kubeconfig }: { kubeconfig: string },
  editsOf: (client: KubeClient) => Promise<Omit<Edits, 'inFlight'>>,
): Promise<UndoneTimes> {
  const client = new KubeClient(accessFromFile(kubeconfig))
  const edits = await editsOf(client)
  const single = await secondsUntilUndone(client, { ...edits, inFlight: 1 })
  const many = await secondsUntilUndone(client, { ...edits, inFlight: 20 })
  await client.transport.close()
  return { single, many }
}

async function secondsUntilUndone(client: KubeClient, edits: Edits): Promise<number[]> {
  const { namespace, inFlight, nameOf, wanted } = edits
  const undone = new Map<string, () => void>()
  const watch = new Informer(client, configMaps, { namespace, keep: () => undefined })
  watch.onChange(({ type, object }) => {
    if (type === 'modified' && contentOf(object) === wanted) undone.get(object.metadata.name)?.()
  })
  await watch.start().synced
  const times: number[] = []
  let next = 0
  async function worker(): Promise<void> {
    for (let at = next++; at < edits.count; at = next++) {
      const name = nameOf(at)
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const late = setTimeout(() => reject(new Error(`${name} was not corrected within two minutes`)), PATIENCE)
      // Where objects are few, an edit before may still be open.
      const before = undone.get(name)
      const tell = () => {
        before?.()
        resolve()
      }
      undone.set(name, tell)
      const began = performance.now()
      const edit = { data: { v: 'foreign' } }
      await client.patch({ ...configMaps, namespace, name }, edit, 'merge', { fieldManager: 'somebody' })
      await promise
      times.push((performance.now() - began) / 1000)
      clearTimeout(late)
      if (undone.get(name) === tell) undone.delete(name)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  await watch.close()
  return times
}
