/**
 * `sluice template` beside `helm template`: the same charts, the whole process of each, the outputs compared; and the engine as a library, warm, in this
 * process.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { loadChart, readChart, renderChart, templateOutput } from '../packages/helm/src/index.ts'
import { node, root } from '../scripts/set-up.mjs'
import { helm } from '../scripts/test-tools.mjs'
import type { Benchmark } from './benchmark.ts'
import { freshBundle } from './bundle.ts'
import { chartOfTemplates } from './chart-of-templates.ts'
import { count, mebibytes, median, ratio, seconds, spread } from './statistics.ts'
import { inTurn, type TimedProcess, timed } from './timed-process.ts'
import { helmVersion } from './versions.ts'

/** Charts of the public that lie beside the repository: the six that helm takes longest for, and three of middle size. */
const publicCharts = [
  'bitnami+charts/bitnami/envoy-gateway',
  'fluent+helm-charts/charts/fluent-operator-fluent-bit-crds',
  'argoproj+argo-helm/charts/argo-rollouts',
  'fluent+helm-charts/charts/fluent-operator-fluentd-crds',
  'bitnami+charts/bitnami/thanos',
  'bitnami+charts/bitnami/grafana-loki',
  'traefik+traefik-helm-chart/traefik',
  'hashicorp+vault-helm',
  'argoproj+argo-helm/charts/argo-workflows',
]

const columns = ['sluice template', 'helm template', 'faster', 'peak memory', "helm's", 'warm', 'warm to helm']

export const benchmark: Benchmark = {
  title: 'a chart of N templates, the whole process from its start to the last byte of output',
  runs: 9,
  sizes: [1, 10, 100, 500],
  method: [
    `Beside ${await helmVersion()}. Templates of two objects each, a Deployment and a Service or ConfigMap, as \`helm create\` makes them, values by template;`,
    'and charts of the public with their default values. Our bundle, in a plain environment. Both programs in turn, the first round not counted; both',
    'outputs are compared byte for byte. "Warm" is the engine as a library, the chart loaded: values to text, templates compiled before.',
  ],
  async run({ runs, sizes }) {
    const bundle = await freshBundle()
    const peer = await helm()
    const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
    const measured = async (chart: string) => {
      const ours: TimedProcess = { name: 'ours', command: node, args: [bundle, 'template', 'rel', chart] }
      const theirs: TimedProcess = { name: 'helm', command: peer, args: ['template', 'rel', chart] }
      const [own, other] = [await timed(ours, true), await timed(theirs, true)]
      compare(basename(chart), own.stdout, other.stdout)
      const samples = await inTurn([ours, theirs], runs)
      const times = samples.get('ours') ?? []
      const peers = samples.get('helm') ?? []
      const warm = await warmTimes(chart, runs)
      return [
        spread(times),
        spread(peers),
        ratio(median(peers), median(times)),
        mebibytes(own.peak),
        mebibytes(other.peak),
        seconds(median(warm)),
        ratio(median(peers), median(warm)),
      ]
    }
    try {
      const rows: string[][] = []
      for (const size of sizes) {
        const chart = join(folder, `${size}`)
        for (const [path, text] of chartOfTemplates(size)) {
          mkdirSync(join(chart, path, '..'), { recursive: true })
          writeFileSync(join(chart, path), text)
        }
        rows.push([count(size), ...(await measured(chart))])
      }
      const known: string[][] = []
      for (const name of publicCharts) {
        const chart = join(root, '../shared/conformance/helm/charts', name)
        if (existsSync(chart)) known.push([basename(name), ...(await measured(chart))])
      }
      const tables = [{ columns: ['templates', ...columns], rows }]
      if (known.length > 0) return [...tables, { columns: ['chart', ...columns], rows: known }]
      return tables
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

function compare(name: string, ours: Buffer, theirs: Buffer): void {
  if (ours.equals(theirs)) return
  const [a, b] = [ours.toString('utf8').split('\n'), theirs.toString('utf8').split('\n')]
  const at = a.findIndex((line, index) => line !== b[index])
  throw new Error(`${name}: the outputs differ from line ${at + 1} on: "${a[at]}", helm has "${b[at]}"`)
}

/** Seconds of renderings; the first are not counted. */
async function warmTimes(path: string, runs: number): Promise<number[]> {
  const chart = await loadChart(await readChart(path))
  const release = { name: 'rel', namespace: 'default', revision: 1, isUpgrade: false }
  const times: number[] = []
  for (let run = -5; run < runs; run += 1) {
    const began = performance.now()
    templateOutput(await renderChart(chart, {}, { release }))
    if (run >= 0) times.push((performance.now() - began) / 1000)
  }
  return times
}
