/**
 * The index of a chart repository, read to choose and fetch one chart: `sluice dependency update` beside helm's, both with an index that is on the disk
 * already; and the reading itself as a library, in this process.
 */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readIndex } from '../packages/artifact/src/index.ts'
import { chartParts, packageChart } from '../packages/helm/src/index.ts'
import { node } from '../scripts/set-up.mjs'
import { helm } from '../scripts/test-tools.mjs'
import type { Benchmark } from './benchmark.ts'
import { freshBundle } from './bundle.ts'
import { count, median, ratio, seconds, spread } from './statistics.ts'
import { inTurn, plainEnvironment, type TimedProcess, timed } from './timed-process.ts'
import { helmVersion } from './versions.ts'

const VERSIONS = 60

export const benchmark: Benchmark = {
  title: 'an index of N versions (YAML, about 1 KiB each) read to choose and fetch one chart',
  runs: 9,
  sizes: [600, 3000, 5000],
  method: [
    `Beside ${await helmVersion()}: \`dependency update --skip-refresh\` of a chart with one dependency, the whole process; the chart comes from a server in this`,
    'process. Both in turn, the first round not counted; the locks are compared. "First read" and "warm" are the reading alone as a library, from the bytes to',
    'an index that answers; "as published" is the JSON that a HelmRepository stores.',
  ],
  async run({ runs, sizes }) {
    const bundle = await freshBundle()
    const peer = await helm()
    const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
    const chart = 'apiVersion: v2\nname: chart-3\nversion: 59.0.3\n'
    const archive = await packageChart(await chartParts([{ path: 'Chart.yaml', content: Buffer.from(chart) }]))
    const server = createServer((_request, response) => void response.end(archive))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    const env = {
      ...plainEnvironment(),
      HELM_REPOSITORY_CONFIG: join(folder, 'repositories.yaml'),
      HELM_REPOSITORY_CACHE: folder,
      HELM_CONTENT_CACHE: join(folder, 'content'),
    }
    try {
      const rows: string[][] = []
      for (const size of sizes) {
        const index = indexOf(size)
        writeFileSync(join(folder, 'bench-index.yaml'), index)
        writeFileSync(env.HELM_REPOSITORY_CONFIG, `repositories:\n- name: bench\n  url: ${url}\n`)
        const app = (name: string): string => {
          const path = join(folder, `${name}-${size}`)
          mkdirSync(path)
          const dependency = `- {name: chart-3, version: "<60.0.0", repository: "${url}"}`
          writeFileSync(
            join(path, 'Chart.yaml'),
            `apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n${dependency}\n`,
          )
          return path
        }
        const arguments_ = (path: string): string[] => ['dependency', 'update', path, '--skip-refresh']
        const ours: TimedProcess = { name: 'ours', command: node, args: [bundle, ...arguments_(app('ours'))], env }
        const theirs: TimedProcess = { name: 'helm', command: peer, args: arguments_(app('helm')), env }
        await timed(ours)
        await timed(theirs)
        if (lockIn(folder, `ours-${size}`) !== lockIn(folder, `helm-${size}`)) throw new Error('the locks differ')
        const samples = await inTurn([ours, theirs], runs)
        const [times, peers] = [samples.get('ours') ?? [], samples.get('helm') ?? []]
        const alone = readTimes(Buffer.from(index), runs)
        rows.push([
          count(size),
          `${(index.length / 2 ** 20).toFixed(1)} MiB`,
          spread(times),
          spread(peers),
          ratio(median(peers), median(times)),
          seconds(alone.first),
          seconds(median(alone.again)),
          seconds(median(alone.published)),
        ])
      }
      const columns = ['versions', 'index', 'sluice', 'helm', 'faster', 'first read', 'warm', 'as published']
      return [{ columns, rows }]
    } finally {
      server.closeAllConnections()
      server.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** The lock without its time. */
const lockIn = (folder: string, chart: string): string =>
  readFileSync(join(folder, chart, 'Chart.lock'), 'utf8').replace(/^generated: .*$/m, '')

/** Seconds of the first reading, of those after it, and of writing what is published. */
function readTimes(bytes: Buffer, runs: number): { first: number; again: number[]; published: number[] } {
  const again: number[] = []
  const published: number[] = []
  for (let run = 0; run <= runs; run += 1) {
    const began = performance.now()
    const { index, json } = readIndex(bytes)
    index.find('chart-3', '<60.0.0')
    const read = performance.now()
    json()
    again.push((read - began) / 1000)
    published.push((performance.now() - read) / 1000)
  }
  return { first: again.shift() ?? Number.NaN, again, published }
}

function indexOf(versions: number): string {
  let text = 'apiVersion: v1\nentries:\n'
  for (let chart = 0; chart < versions / VERSIONS; chart += 1) {
    text += `  chart-${chart}:\n`
    for (let version = VERSIONS; version > 0; version -= 1) text += entry(`chart-${chart}`, `${version}.0.${chart}`)
  }
  return `${text}generated: "2024-03-08T17:09:25.123456789Z"\n`
}

const entry = (name: string, version: string): string => `  - annotations:
      category: Infrastructure
      images: |
        - name: app
          image: registry.example.com/library/app:${version}
        - name: metrics
          image: registry.example.com/library/metrics:${version}
      licenses: Apache-2.0
    apiVersion: v2
    appVersion: ${version}
    created: "2024-03-08T17:09:25.123456789Z"
    dependencies:
    - name: common
      repository: oci://registry.example.com/charts
      tags:
      - common
      version: 2.x.x
    description: ${name} does what its name says, for people who need it done again and
      again, on each of their clusters.
    digest: ${'0f'.repeat(32)}
    home: https://example.com/${name}
    icon: https://example.com/${name}.png
    keywords:
    - ${name}
    - example
    maintainers:
    - email: someone@example.com
      name: Someone
      url: https://example.com
    name: ${name}
    sources:
    - https://example.com/charts/${name}
    type: application
    urls:
    - ${name}-${version}.tgz
    version: ${version}
`
