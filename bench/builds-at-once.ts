/** Many Kustomizations at once in the kustomize controller's builder: its memory is bounded, however many there are. */
import { setTimeout as sleep } from 'node:timers/promises'
import { MemoryTree, TreeCache } from '../packages/artifact/src/index.ts'
import { ManifestBuilder } from '../packages/flux/src/index.ts'
import { KubeClient } from '../packages/kube/src/index.ts'
import type { Benchmark } from './benchmark.ts'
import { layeredKustomization } from './layered-kustomization.ts'
import { repeated } from './repeated.ts'
import { count, mebibytes, spread } from './statistics.ts'

const RESOURCES = 500
const MEBIBYTE = 1024 * 1024

interface Sample {
  seconds: number
  /** MiB of the heap at most, beyond what it was before: with what is garbage already, and as the last collection left it. */
  heap: number
  held: number
  resident: number
}

/** Each Kustomization has a source of its own, so that none profits from another one. */
function treeOf(n: number): MemoryTree {
  const encoder = new TextEncoder()
  const files = [...layeredKustomization(RESOURCES)].map(([path, text]) => ({
    path: path.replaceAll('app-', `app-${n}-`),
    content: encoder.encode(text.replaceAll('app-', `app-${n}-`)),
    executable: false,
  }))
  return new MemoryTree(files)
}

/** The collector can be asked for when Node was started so; the figures then do without what is garbage already. */
const collect = (): void => (globalThis.gc ? void globalThis.gc() : undefined)

async function measured(builds: number): Promise<Sample> {
  const client = new KubeClient({ server: 'https://127.0.0.1:1', namespace: 'default' })
  const builder = new ManifestBuilder({ client, trees: new TreeCache() })
  const trees = Array.from({ length: builds }, (_, n) => treeOf(n))
  collect()
  const before = process.memoryUsage()
  let [heap, resident] = [before.heapUsed, before.rss]
  let running = true
  const watching = (async () => {
    while (running) {
      const now = process.memoryUsage()
      heap = Math.max(heap, now.heapUsed)
      resident = Math.max(resident, now.rss)
      await sleep(5)
    }
  })()
  const began = performance.now()
  const { signal } = new AbortController()
  const results = trees.map((tree, n) => {
    const apiVersion = 'kustomize.toolkit.fluxcd.io/v1' as const
    const metadata = { name: `k${n}`, namespace: 'default' }
    const sourceRef = { kind: 'GitRepository' as const, name: 'apps' }
    const spec = { interval: '10m', prune: true, sourceRef, path: './site' }
    return builder
      .build(`default/k${n}`, { apiVersion, kind: 'Kustomization', metadata, spec }, tree, signal)
      .then(({ objects }) => objects.length)
  })
  const made = await Promise.all(results)
  const seconds = (performance.now() - began) / 1000
  running = false
  await watching
  if (made.some(objects => objects !== RESOURCES)) throw new Error(`a build made ${made[0]} objects`)
  collect()
  const held = process.memoryUsage().heapUsed - before.heapUsed
  return {
    seconds,
    heap: (heap - before.heapUsed) / MEBIBYTE,
    held: held / MEBIBYTE,
    resident: resident / MEBIBYTE,
  }
}

export const benchmark: Benchmark = {
  title: `N Kustomizations of ${RESOURCES} resources in three layers, asked for at once of the kustomize controller's builder`,
  runs: 5,
  sizes: [1, 10, 50, 200],
  method: [
    'Each has files of its own. In this process; the heap is looked at every 5 ms, beyond what it was with the files in memory. "Afterwards" is what the',
    'builder remembers (NODE_OPTIONS=--expose-gc leaves out what is garbage).',
  ],
  async run({ runs, sizes }) {
    const rows: string[][] = []
    for (const builds of sizes) {
      const samples = await repeated(`${builds} builds`, runs, () => measured(builds))
      rows.push([
        count(builds),
        spread(samples.map(({ seconds }) => seconds)),
        spread(
          samples.map(({ heap }) => heap),
          mebibytes,
        ),
        spread(
          samples.map(({ held }) => held),
          mebibytes,
        ),
        spread(
          samples.map(({ resident }) => resident),
          mebibytes,
        ),
      ])
    }
    return [{ columns: ['at once', 'until all are built', 'heap at most', 'afterwards', 'process at most'], rows }]
  },
}
