/** `sluice build kustomization` beside `kubectl kustomize`: the same directories, the whole process of each, the outputs compared. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { node } from '../scripts/set-up.mjs'
import { kubectl } from '../scripts/test-tools.mjs'
import type { Benchmark } from './benchmark.ts'
import { freshBundle } from './bundle.ts'
import { layeredKustomization } from './layered-kustomization.ts'
import { count, median, ratio, seconds, spread } from './statistics.ts'
import { inTurn, type TimedProcess, timed } from './timed-process.ts'
import { kubectlVersion } from './versions.ts'

/** From this size on the peer runs once: at 2,000 it takes half a minute. */
const PEER_ONCE = 2000

export const benchmark: Benchmark = {
  title: 'a kustomization of N resources in three layers, the whole process from its start to the last byte of output',
  runs: 7,
  sizes: [5, 50, 500, 2000],
  method: [
    `Beside ${await kubectlVersion()}. A base of Deployments, Services and ConfigMaps, a layer with namespace, labels, images and a generator, and a layer`,
    'with name prefix, a patch and replicas. Our bundle, in a plain environment. Both programs in turn, the first round not counted; both outputs are',
    `compared byte for byte. From ${count(PEER_ONCE)} resources on the peer runs once, since it takes half a minute.`,
  ],
  async run({ runs, sizes }) {
    const bundle = await freshBundle()
    const peer = await kubectl()
    const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
    const rows: string[][] = []
    try {
      for (const size of sizes) {
        const root = join(folder, String(size))
        for (const [path, text] of layeredKustomization(size)) {
          mkdirSync(join(root, path, '..'), { recursive: true })
          writeFileSync(join(root, path), text)
        }
        const top = join(root, 'site')
        const once = size >= PEER_ONCE
        const ours: TimedProcess = { name: 'ours', command: node, args: [bundle, 'build', 'kustomization', top] }
        const theirs: TimedProcess = {
          name: 'kubectl',
          command: peer,
          args: ['kustomize', top],
          ...(once && { runs: 1 }),
        }
        const output = (await timed(ours)).stdout
        if (!once) compare(size, output, (await timed(theirs)).stdout)
        const samples = await inTurn([ours, theirs], runs)
        const [own = [], other = []] = [samples.get('ours'), samples.get('kubectl')]
        rows.push([
          count(size),
          spread(own),
          spread(other),
          ratio(median(other), median(own)),
          seconds(median(own) / size),
          `${(output.length / 1024).toFixed(0)} KiB`,
        ])
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    return [
      { columns: ['resources', 'sluice build', 'kubectl kustomize', 'faster', 'ours a resource', 'output'], rows },
    ]
  },
}

function compare(size: number, ours: Buffer, theirs: Buffer): void {
  if (ours.equals(theirs)) return
  const [a, b] = [ours.toString('utf8').split('\n'), theirs.toString('utf8').split('\n')]
  const at = a.findIndex((line, index) => line !== b[index])
  throw new Error(`${size} resources: the outputs differ from line ${at + 1} on: "${a[at]}", kubectl has "${b[at]}"`)
}
