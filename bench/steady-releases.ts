/** What N releases in sync cost when nothing changes: requests and processor time over two intervals, without and with drift detection. */
import { setTimeout as sleep } from 'node:timers/promises'
import { accessFromFile, KubeClient } from '../packages/kube/src/index.ts'
import type { Benchmark } from './benchmark.ts'
import { changedReleases } from './changed-releases.ts'
import { fluxLoad } from './flux-load.ts'
import { processUse } from './process-use.ts'
import { repeated } from './repeated.ts'
import { count, mebibytes, spread } from './statistics.ts'

const REST = 20
const WATCHED = 120

interface Rest {
  /** Requests a second by verb. */
  requests: Map<string, number>
  controllers: { cpu: number; memory: number }
  cluster: { cpu: number; memory: number }
}

interface Pids {
  cluster: number
  controllers?: number
}

/** Of the API server's own books: the requests that each verb has had so far. */
async function requestsBy(client: KubeClient): Promise<Map<string, number>> {
  const text = await client.transport.text({ method: 'GET', path: '/metrics' })
  const counted = new Map<string, number>()
  for (const [, verb = '', value] of text.matchAll(/^apiserver_request_total\{.*verb="(\w+)".*\} ([\d.e+]+)$/gm)) {
    counted.set(verb, (counted.get(verb) ?? 0) + Number(value))
  }
  return counted
}

async function atRest(client: KubeClient, pids: Pids): Promise<Rest> {
  const uses = () => [processUse(pids.controllers ?? 0), processUse(pids.cluster)] as const
  await sleep(REST * 1000)
  const [before, began] = [await requestsBy(client), uses()]
  await sleep(WATCHED * 1000)
  const [after, ended] = [await requestsBy(client), uses()]
  const requests = new Map<string, number>()
  for (const [verb, value] of after) {
    const each = (value - (before.get(verb) ?? 0)) / WATCHED
    // One is ours, to read the books.
    if (each > 1.5 / WATCHED) requests.set(verb, each)
  }
  const used = (at: 0 | 1) => ({ cpu: ((ended[at].cpu - began[at].cpu) / WATCHED) * 100, memory: ended[at].memory })
  return { requests, controllers: used(0), cluster: used(1) }
}

const percent = (value: number): string => `${value.toFixed(2)} %`
const listed = (requests: Map<string, number>): string =>
  [...requests].map(([verb, value]) => `${verb} ${value.toFixed(2)}`).join(', ') || 'none'

export const benchmark: Benchmark = {
  title: 'N HelmReleases of 4 objects at an interval of 1 minute, all Ready, nothing changes',
  runs: 1,
  sizes: [1000],
  method: [
    `flux-load.mjs --parts helmreleases, then an interval of 1 minute for all; ${REST} s of rest, then ${WATCHED} s watched, two intervals; then the same with`,
    'driftDetection.mode: enabled. CPU is of one core. The requests are all that the API server counted. One run, since it is long.',
  ],
  async run({ runs, sizes }) {
    const rows: string[][] = []
    for (const n of sizes) {
      const rests: Record<'disabled' | 'enabled', Rest[]> = { disabled: [], enabled: [] }
      await repeated(`${n} releases at rest`, runs, async () => {
        const afterwards = async ({ kubeconfig, pids }: { kubeconfig: string; pids: Pids }): Promise<void> => {
          const client = new KubeClient(accessFromFile(kubeconfig))
          for (const mode of ['disabled', 'enabled'] as const) {
            await changedReleases(client, { interval: '1m', driftDetection: { mode } })
            rests[mode].push(await atRest(client, pids))
          }
          await client.transport.close()
        }
        await fluxLoad({ n, parts: ['helmreleases'], afterwards })
      })
      for (const mode of ['disabled', 'enabled'] as const) {
        const all = rests[mode]
        const shown = (each: (rest: Rest) => number, show: (value: number) => string) => spread(all.map(each), show)
        rows.push([
          count(n),
          mode,
          all.map(rest => listed(rest.requests)).join(' | '),
          shown(rest => rest.controllers.cpu, percent),
          shown(rest => rest.controllers.memory, mebibytes),
          shown(rest => rest.cluster.cpu, percent),
          shown(rest => rest.cluster.memory, mebibytes),
        ])
      }
    }
    const processes = ['controllers CPU', 'memory', 'dev cluster CPU', 'memory']
    return [{ columns: ['N', 'drift detection', 'requests a second', ...processes], rows }]
  },
}
