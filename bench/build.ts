/**
 * `sluice build kustomization` beside `kubectl kustomize`: the same directories, the whole process of each, the outputs compared; and the engine as a library,
 * warm, in this process.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { boundedLayerCache, build, memoryTree } from '../packages/kustomize/src/index.ts'
import { node } from '../scripts/set-up.mjs'
import { kubectl } from '../scripts/test-tools.mjs'
import type { Benchmark } from './benchmark.ts'
import { freshBundle } from './bundle.ts'
import { hardKustomizations } from './hard-kustomizations.ts'
import { layeredKustomization } from './layered-kustomization.ts'
import { count, mebibytes, median, ratio, seconds, spread } from './statistics.ts'
import { inTurn, type TimedProcess, timed } from './timed-process.ts'
import { kubectlVersion } from './versions.ts'

/** From this size on the peer runs once: at 2,000 it takes half a minute. */
const PEER_ONCE = 2000
/** Seconds after which the peer is stopped. At 10,000 it would take a quarter of an hour. */
const PEER_LIMIT = 60

const columns = ['sluice build', 'kubectl kustomize', 'faster', 'peak memory', "kubectl's", 'warm', 'top changed']

export const benchmark: Benchmark = {
  title: 'a kustomization of N resources in three layers, the whole process from its start to the last byte of output',
  runs: 7,
  sizes: [5, 50, 500, 2000, 10_000],
  method: [
    `Beside ${await kubectlVersion()}. A base of Deployments, Services and ConfigMaps, a layer with namespace, labels, images and a generator, and a layer`,
    'with name prefix, patches and replicas. Our bundle, in a plain environment. Both programs in turn, the first round not counted; both outputs are',
    `compared byte for byte. From ${count(PEER_ONCE)} resources on the peer runs once, and is stopped after ${PEER_LIMIT} s. "Warm" is the engine as a library,`,
    'files in memory, objects and text; "top changed" the same with layers kept, where the topmost kustomization has changed.',
  ],
  async run({ runs, sizes }) {
    const bundle = await freshBundle()
    const peer = await kubectl()
    const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
    const measured = async (files: Map<string, string>, name: string, once: boolean) => {
      const root = join(folder, name)
      for (const [path, text] of files) {
        mkdirSync(join(root, path, '..'), { recursive: true })
        writeFileSync(join(root, path), text)
      }
      const top = join(root, 'site')
      const ours: TimedProcess = { name: 'ours', command: node, args: [bundle, 'build', 'kustomization', top] }
      const args = ['kustomize', top]
      const theirs: TimedProcess = { name: 'kubectl', command: peer, args, limit: PEER_LIMIT, ...(once && { runs: 1 }) }
      const own = await timed(ours, true)
      // Where the peer runs once, half of ours run before it and half after.
      const before = once ? await inTurn([ours], Math.ceil(runs / 2)) : new Map<string, number[]>()
      const other = await timed(theirs, true)
      if (!other.stopped) compare(name, own.stdout, other.stdout)
      const samples = await inTurn(once ? [ours] : [ours, theirs], once ? Math.floor(runs / 2) : runs)
      const times = [...(before.get('ours') ?? []), ...(samples.get('ours') ?? [])]
      const peers = once ? [other.seconds] : (samples.get('kubectl') ?? [])
      const warm = await warmTimes(files, runs)
      return {
        median: median(times),
        warm: median(warm.again),
        cells: [
          spread(times),
          other.stopped ? `over ${PEER_LIMIT} s` : spread(peers),
          `${other.stopped ? 'over ' : ''}${ratio(median(peers), median(times))}`,
          mebibytes(own.peak),
          mebibytes(other.peak),
          seconds(median(warm.again)),
          seconds(median(warm.changed)),
        ],
      }
    }
    try {
      const rows: string[][] = []
      for (const size of sizes) {
        const { median, warm, cells } = await measured(layeredKustomization(size), `${size}`, size >= PEER_ONCE)
        rows.push([count(size), ...cells, `${each(median, size)}, ${each(warm, size)}`])
      }
      const hard: string[][] = []
      for (const { name, resources, files } of hardKustomizations) {
        hard.push([name, count(resources), ...(await measured(files, name.replaceAll(/\W+/g, '-'), false)).cells])
      }
      return [
        { columns: ['resources', ...columns, 'a resource, whole and warm'], rows },
        { columns: ['what is hard', 'resources', ...columns], rows: hard },
      ]
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

const each = (total: number, size: number): string => `${((total / size) * 1e6).toFixed(0)} µs`

function compare(name: string, ours: Buffer, theirs: Buffer): void {
  if (ours.equals(theirs)) return
  const [a, b] = [ours.toString('utf8').split('\n'), theirs.toString('utf8').split('\n')]
  const at = a.findIndex((line, index) => line !== b[index])
  throw new Error(`${name}: the outputs differ from line ${at + 1} on: "${a[at]}", kubectl has "${b[at]}"`)
}

/** Seconds of builds of the same, and of builds of which one file has changed since the last. The first of each are not counted. */
async function warmTimes(files: Map<string, string>, runs: number): Promise<{ again: number[]; changed: number[] }> {
  const result: { again: number[]; changed: number[] } = { again: [], changed: [] }
  const changing = 'site/kustomization.yaml'
  const time = async (step: () => Promise<unknown>): Promise<number> => {
    const began = performance.now()
    await step()
    return (performance.now() - began) / 1000
  }
  const tree = memoryTree(files)
  for (let run = -3; run < runs; run += 1) {
    const again = await time(async () => (await build(tree, 'site')).text())
    if (run >= 0) result.again.push(again)
  }
  const layers = boundedLayerCache(256 * 1024 * 1024)
  for (let run = -3; run < runs; run += 1) {
    const edited = memoryTree(new Map([...files, [changing, `# ${run}\n${files.get(changing)}`]]))
    const changed = await time(async () => (await build(edited, 'site', { layers })).text())
    if (run >= 0) result.changed.push(changed)
  }
  return result
}
