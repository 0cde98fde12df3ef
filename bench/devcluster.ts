/** The dev cluster by itself: how soon it is ready, and what it answers a second. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { accessFromFile, KubeClient } from '../packages/kube/src/index.ts'
import { startSluice } from '../scripts/dev-system.mjs'
import { fail, node, root } from '../scripts/set-up.mjs'
import type { Benchmark } from './benchmark.ts'
import { type ProcessUse, processUse } from './process-use.ts'
import { repeated } from './repeated.ts'
import { count, mebibytes, median, seconds, spread } from './statistics.ts'
import type { Table } from './table.ts'

const script = join(root, '..', 'shared', 'bench', 'apiserver-load.mjs')

/** A line of the script: `get   3569 /s   p50 4.1 ms   p99 9.0 ms`. */
const line = /^\s*(.*?)\s+([\d.]+) \/s\s+p50 ([\d.]+) ms\s+p99 ([\d.]+) ms(.*)$/

interface Rate {
  what: string
  perSecond: number
  p50: number
  p99: number
}

/** Runs `measure` on a cluster of its own; answers, too, how long it took to be ready. */
async function onCluster<T>(
  measure: (kubeconfig: string, pid: number) => Promise<T>,
): Promise<T & { ready: number; again: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  const kubeconfig = join(folder, 'data', 'kubeconfig')
  const start = () => startSluice(['devcluster', '--data-dir', join(folder, 'data')], join(folder, 'log'))
  const isReady = async (): Promise<true | undefined> => {
    if (!existsSync(kubeconfig)) return undefined
    const client = new KubeClient(accessFromFile(kubeconfig))
    try {
      await client.transport.text({ method: 'GET', path: '/readyz' })
      return true
    } finally {
      await client.transport.close()
    }
  }
  const times: number[] = []
  try {
    // The second start finds the data of the first.
    for (const last of [false, true]) {
      const began = performance.now()
      const cluster = start()
      try {
        await cluster.until(isReady)
        times.push((performance.now() - began) / 1000)
        if (last) return { ...(await measure(kubeconfig, cluster.pid)), ready: times[0] ?? 0, again: times[1] ?? 0 }
      } finally {
        await cluster.stop()
      }
    }
    throw new Error('unreachable')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function rates(kubeconfig: string, n: number): Promise<Rate[]> {
  const child = spawn(node, [script, '--kubeconfig', kubeconfig, '--n', String(n)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('exit', resolve))
  const found: Rate[] = []
  for await (const text of createInterface({ input: child.stdout })) {
    const [, what = '', perSecond, p50, p99, rest = ''] = line.exec(text) ?? []
    if (rest.includes('refused')) throw new Error(`apiserver-load.mjs: ${text}`)
    if (what) found.push({ what, perSecond: Number(perSecond), p50: Number(p50), p99: Number(p99) })
  }
  if ((await ended) !== 0) throw new Error('apiserver-load.mjs failed; its message is above')
  return found
}

export const benchmark: Benchmark = {
  title:
    'the dev cluster alone: from starting the process until it is ready, then one client with 16 requests in flight',
  runs: 5,
  sizes: [4000],
  method: [
    'apiserver-load.mjs --n N against a fresh dev cluster each run, the load generator on the same two cores; medians over the runs.',
    '"again" is a start on the data of the start before; it is looked at every 0.05 s.',
  ],
  async run({ runs, sizes }) {
    if (!existsSync(script)) fail(`${script} is not here: the script that measures lies beside the repository.`)
    const tables: Table[] = []
    for (const n of sizes) {
      const results = await repeated(`${n} objects`, runs, () =>
        onCluster(async (kubeconfig, pid) => {
          const idle = processUse(pid)
          const measured = await rates(kubeconfig, n)
          const use: ProcessUse = processUse(pid)
          return { measured, idle, use }
        }),
      )
      tables.push({
        columns: ['what', 'median (least to most)'],
        rows: [
          ['first start until ready', spread(results.map(r => r.ready))],
          ['start again until ready', spread(results.map(r => r.again))],
          [
            'memory when ready',
            spread(
              results.map(r => r.idle.memory),
              mebibytes,
            ),
          ],
          [
            'memory at most',
            spread(
              results.map(r => r.use.peak),
              mebibytes,
            ),
          ],
          ['CPU of the load', seconds(median(results.map(r => r.use.cpu - r.idle.cpu)))],
        ],
      })
      const labels = results[0]?.measured.map(rate => rate.what) ?? []
      const rows = labels.map((what, at) => {
        const all = results.flatMap(r => r.measured[at] ?? [])
        return [
          what,
          spread(
            all.map(r => r.perSecond),
            count,
          ),
          `${median(all.map(r => r.p50)).toFixed(1)} ms`,
          `${median(all.map(r => r.p99)).toFixed(1)} ms`,
        ]
      })
      tables.push({ columns: ['request', 'a second', 'p50', 'p99'], rows })
    }
    return tables
  },
}
