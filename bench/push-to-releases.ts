/** One push that upgrades N releases: to the repository of their chart, and to the repository that holds the HelmReleases. */
import { helmRelease, isKind, type KubeObject } from '../packages/api/src/index.ts'
import { GitFixture } from '../packages/artifact/src/testing/index.ts'
import { accessFromFile, Informer, KubeClient } from '../packages/kube/src/index.ts'
import { startDevSystem } from '../scripts/dev-system.mjs'
import type { Benchmark } from './benchmark.ts'
import { isReady } from './changed-releases.ts'
import { processUse } from './process-use.ts'
import { repeated } from './repeated.ts'
import { count, median, quantile, seconds, spread } from './statistics.ts'
import { contentOf } from './undone-edits.ts'

const OBJECTS = 4
/** To each repository, in each run. */
const PUSHES = 3
const PATIENCE = 300_000
const NAMESPACE = 'load'

const releases = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease' }
const configMaps = { apiVersion: 'v1', kind: 'ConfigMap' }
const sources = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository' }

/** The chart writes one value of its own and one of the release, so that either repository can change all objects. */
function chartFiles(version: number): Record<string, string> {
  const template = (at: number) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-${at}\ndata:\n  v: "${version}/{{ .Values.v }}"\n`
  const templates = Array.from({ length: OBJECTS }, (_, at) => [`app/templates/o${at}.yaml`, template(at)])
  const chart = 'apiVersion: v2\nname: app\nversion: 1.0.0\n'
  return { 'app/Chart.yaml': chart, 'app/values.yaml': 'v: 0\n', ...Object.fromEntries(templates) }
}

function releaseFiles(n: number, value: number): Record<string, string> {
  const sourceRef = { kind: 'GitRepository', name: 'charts' }
  const chart = { spec: { chart: './app', reconcileStrategy: 'Revision', sourceRef, interval: '10m' } }
  return Object.fromEntries(
    Array.from({ length: n }, (_, at) => {
      const metadata = { name: `h${at}`, namespace: NAMESPACE }
      const spec = { interval: '10m', chart, values: { v: value } }
      return [`r${at}.yaml`, JSON.stringify({ ...releases, metadata, spec })]
    }),
  )
}

const revisionOf = (object: KubeObject): number =>
  (isKind(helmRelease, object) && object.status?.history?.[0]?.version) || 0

interface Upgrade {
  /** Seconds of each release until the last of its objects was changed, and until it was Ready. */
  applied: number[]
  ready: number[]
  controllers: number
  cluster: number
}

type System = Awaited<ReturnType<typeof startDevSystem>>

/** A cluster with N releases whose chart and HelmReleases lie in two repositories. */
class Releases {
  readonly #n: number
  readonly #git: GitFixture
  readonly #system: System
  readonly #client: KubeClient
  #chart = 0
  #value = 0

  private constructor(n: number, git: GitFixture, system: System) {
    this.#n = n
    this.#git = git
    this.#system = system
    this.#client = new KubeClient(accessFromFile(system.kubeconfig))
  }

  static async start(n: number): Promise<Releases> {
    const git = await GitFixture.start()
    const releases = new Releases(n, git, await startDevSystem({ controllers: true }))
    await releases.#deploy()
    return releases
  }

  /** Commits, tells the source, and waits for all releases; the clock begins when the source is told. */
  async push(to: 'charts' | 'fleet'): Promise<Upgrade> {
    if (to === 'charts') await this.#git.commit('charts', { files: chartFiles(++this.#chart) })
    else await this.#git.commit('fleet', { files: releaseFiles(this.#n, ++this.#value) })
    const requestedAt = String(performance.now())
    return this.#until(async () => {
      const asked = { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': requestedAt } } }
      await this.#client.patch({ ...sources, namespace: NAMESPACE, name: to }, asked, 'merge')
    })
  }

  async close(): Promise<void> {
    await this.#client.transport.close()
    await this.#system.stop()
    await this.#git.close()
  }

  async #deploy(): Promise<void> {
    await this.#git.commit('charts', { files: chartFiles(0) })
    await this.#git.commit('fleet', { files: releaseFiles(this.#n, 0) })
    const metadata = { namespace: NAMESPACE }
    const apply = { fieldManager: 'somebody' }
    await this.#client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }, apply)
    await this.#until(async () => {
      for (const name of ['charts', 'fleet']) {
        const spec = { url: this.#git.url(name), interval: '10m', ref: { branch: 'main' } }
        await this.#client.apply({ ...sources, metadata: { ...metadata, name }, spec }, apply)
      }
      const sourceRef = { kind: 'GitRepository', name: 'fleet' }
      const spec = { interval: '10m', path: './', prune: true, sourceRef }
      const kind = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' }
      await this.#client.apply({ ...kind, metadata: { ...metadata, name: 'fleet' }, spec }, apply)
    })
  }

  /** Does something and waits until every release has the present chart and value, in the cluster and in its status. */
  async #until(act: () => Promise<void>): Promise<Upgrade> {
    const wanted = `${this.#chart}/${this.#value}`
    const revision = 1 + this.#chart + this.#value
    const applied = new Map<string, { objects: number; at: number }>()
    const ready = new Map<string, number>()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let began = performance.now()
    const now = () => (performance.now() - began) / 1000
    const objects = new Informer(this.#client, configMaps, { namespace: NAMESPACE, keep: () => undefined })
    objects.onChange(({ object }) => {
      if (contentOf(object) !== wanted) return
      const name = object.metadata.name.replace(/-\d+$/, '')
      applied.set(name, { objects: (applied.get(name)?.objects ?? 0) + 1, at: now() })
    })
    const statuses = new Informer(this.#client, releases, { namespace: NAMESPACE, keep: () => undefined })
    statuses.onChange(({ object }) => {
      const { name } = object.metadata
      if (!isReady(object) || revisionOf(object) < revision || ready.has(name)) return
      ready.set(name, now())
      if (ready.size === this.#n) resolve()
    })
    await Promise.all([objects.start().synced, statuses.start().synced])
    const late = setTimeout(() => reject(new Error(`${this.#n - ready.size} are not upgraded`)), PATIENCE)
    const used = () => [processUse(this.#system.pids.controllers ?? 0).cpu, processUse(this.#system.pids.cluster).cpu]
    const [controllers = 0, cluster = 0] = used()
    began = performance.now()
    try {
      await act()
      await promise
    } finally {
      clearTimeout(late)
      await Promise.all([objects.close(), statuses.close()])
    }
    const [controllersAfter = 0, clusterAfter = 0] = used()
    return {
      applied: [...applied.values()].map(({ at }) => at),
      ready: [...ready.values()],
      controllers: controllersAfter - controllers,
      cluster: clusterAfter - cluster,
    }
  }
}

const pushed = { charts: 'the chart', fleet: 'the HelmReleases' }

export const benchmark: Benchmark = {
  title: 'one push that upgrades N releases of 4 ConfigMaps: of their chart, or of the HelmReleases',
  runs: 5,
  sizes: [100],
  method: [
    'A Git repository with a chart (each release has its HelmChart, reconcileStrategy: Revision) and one with the HelmReleases, applied by a Kustomization.',
    `${PUSHES} pushes to each in a run, the source told at once by annotation, which begins the clock. "applied": the objects of a release are changed, as`,
    'a watch sees it; "Ready": its status says so. p50, p95 and last are of the N releases of one push, shown as medians over all pushes.',
  ],
  async run({ runs, sizes }) {
    const rows: string[][] = []
    for (const n of sizes) {
      const upgrades: Record<'charts' | 'fleet', Upgrade[]> = { charts: [], fleet: [] }
      await repeated(`upgrades of ${n}`, runs, async () => {
        const system = await Releases.start(n)
        try {
          for (let at = 0; at < PUSHES; at += 1) {
            for (const to of ['charts', 'fleet'] as const) upgrades[to].push(await system.push(to))
          }
        } finally {
          await system.close()
        }
      })
      for (const to of ['charts', 'fleet'] as const) {
        const all = upgrades[to]
        rows.push([
          count(n),
          pushed[to],
          spread(all.map(({ applied }) => quantile(applied, 0.5))),
          spread(all.map(({ applied }) => quantile(applied, 0.95))),
          spread(all.map(({ ready }) => quantile(ready, 0.95))),
          spread(all.map(({ ready }) => quantile(ready, 1))),
          seconds(median(all.map(({ controllers }) => controllers))),
          seconds(median(all.map(({ cluster }) => cluster))),
          String(all.length),
        ])
      }
    }
    const times = ['applied, p50', 'applied, p95', 'Ready, p95', 'all Ready']
    return [{ columns: ['N', 'pushed', ...times, 'controllers CPU', 'dev cluster CPU', 'pushes'], rows }]
  },
}
