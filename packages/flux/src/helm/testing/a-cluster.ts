import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { allCrds, type HelmRelease, type KubeObject, type ObjectRef } from '@sluice/api'
import { TreeCache } from '@sluice/artifact'
import { createLog, Runtime } from '@sluice/controller'
import { startDevCluster } from '@sluice/devcluster'
import { accessFromKubeconfig, type ClusterAccess, KubeClient } from '@sluice/kube'
import { type ReleaseRecord, secretStorage } from '@sluice/release'
import { helm as unpackedHelm } from '../../../../../scripts/test-tools.mjs'
import { eventually } from '../../kustomize/testing/a-cluster.ts'
import { addSourceController } from '../../source/index.ts'
import { ChartServer } from '../../source/testing/chart-server.ts'
import { type HelmOptions, HelmReconciler } from '../reconciler.ts'

/** For tests: an API server, a chart repository, and the source and Helm controllers, all real, all in this process. */
const run = promisify(execFile)

export class HelmCluster {
  readonly client: KubeClient
  readonly access: ClusterAccess
  readonly charts: ChartServer
  readonly kubeconfig: string
  readonly #directory: string
  readonly #options: Partial<HelmOptions>
  readonly #opened: AsyncDisposableStack
  #controllers: { close(): Promise<void> } | undefined

  private constructor(
    client: KubeClient,
    kubeconfig: string,
    charts: ChartServer,
    directory: string,
    options: Partial<HelmOptions>,
    opened: AsyncDisposableStack,
  ) {
    this.client = client
    this.kubeconfig = kubeconfig
    this.access = accessFromKubeconfig(kubeconfig)
    this.charts = charts
    this.#directory = directory
    this.#options = options
    this.#opened = opened
  }

  /**
   * `idle`: the controllers are started by the test. What cannot be started whole leaves nothing behind: a server that
   * stays open would keep the tests from ending.
   */
  static async start(options: Partial<HelmOptions> = {}, idle = false): Promise<HelmCluster> {
    const opened = new AsyncDisposableStack()
    try {
      const all = await HelmCluster.#open(opened, options)
      if (!idle) await all.startControllers()
      return all
    } catch (error) {
      await opened.disposeAsync()
      throw error
    }
  }

  static async #open(opened: AsyncDisposableStack, options: Partial<HelmOptions>): Promise<HelmCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-helm-'))
    opened.defer(() => rm(directory, { recursive: true, force: true }))
    const cluster = await startDevCluster({ dataDir: join(directory, 'cluster'), node: false })
    opened.defer(() => cluster.close())
    await writeFile(join(directory, 'kubeconfig'), cluster.kubeconfig)
    const client = new KubeClient(accessFromKubeconfig(cluster.kubeconfig))
    opened.defer(() => client.transport.close())
    for (const crd of allCrds()) await client.apply(crd, { fieldManager: 'test', force: true })
    await eventually(async () => {
      await client.discovery.refresh()
      await client.discovery.resourceFor('helm.toolkit.fluxcd.io/v2', 'HelmRelease')
      await client.discovery.resourceFor('source.toolkit.fluxcd.io/v1', 'HelmRepository')
    })
    const charts = await ChartServer.start()
    opened.defer(() => charts.close())
    const all = new HelmCluster(client, cluster.kubeconfig, charts, directory, options, opened)
    opened.defer(() => all.stopControllers())
    return all
  }

  async startControllers(client = this.client): Promise<void> {
    const runtime = new Runtime({ client, log: createLog('silent') })
    const storage = { storagePath: join(this.#directory, 'storage'), storageAddr: '127.0.0.1:0' }
    const source = await addSourceController({ runtime, trees: new TreeCache(), ...storage })
    runtime.add(new HelmReconciler({ runtime, requeueDependency: 1_000, ...this.#options }))
    this.#controllers = {
      close: async () => {
        await runtime.close(1000)
        await source.close()
      },
    }
    await runtime.start()
  }

  async stopControllers(): Promise<void> {
    await this.#controllers?.close()
    this.#controllers = undefined
  }

  async close(): Promise<void> {
    await this.#opened.disposeAsync()
  }

  /** A namespace with a HelmRepository `charts` of the server in it. */
  async namespace(name: string): Promise<void> {
    await this.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    const spec = { url: this.charts.url, interval: '10m' }
    const metadata = { name: 'charts', namespace: name }
    await this.client.create({ apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'HelmRepository', metadata, spec })
  }

  /** Creates, or changes, a HelmRelease `app` of a chart. */
  async release(
    namespace: string,
    chart: string,
    spec: Partial<HelmRelease['spec']> = {},
    name = 'app',
  ): Promise<void> {
    const [chartName = '', version = '1.0.0'] = chart.split('@')
    const template = {
      spec: { chart: chartName, version, sourceRef: { kind: 'HelmRepository', name: 'charts' } },
    } as HelmRelease['spec']['chart']
    const object = {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name, namespace },
      spec: { interval: '10m', timeout: '10s', chart: template, ...spec },
    }
    await this.client.apply(object, { fieldManager: 'test', force: true })
  }

  ref = (namespace: string, name = 'app'): ObjectRef => ({
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    namespace,
    name,
  })

  /** Waits until Ready of the present generation, as `status reason: message`, matches; answers the whole object. */
  ready(namespace: string, pattern: RegExp, name = 'app'): Promise<HelmRelease> {
    return eventually(async () => {
      const object = await this.client.get<HelmRelease>(this.ref(namespace, name))
      const ready = object.status?.conditions?.find(c => c.type === 'Ready')
      const text = ready ? `${ready.status} ${ready.reason}: ${ready.message}` : 'no condition'
      if (!pattern.test(text) || ready?.observedGeneration !== object.metadata.generation) throw new Error(text)
      return object
    }, 30)
  }

  find(namespace: string, name: string, kind = 'ConfigMap', apiVersion = 'v1'): Promise<KubeObject | undefined> {
    return this.client.find({ apiVersion, kind, namespace, name })
  }

  async data(namespace: string, name: string): Promise<Record<string, string> | undefined> {
    return (await this.find(namespace, name))?.data as Record<string, string> | undefined
  }

  records(namespace: string, name = 'app'): Promise<ReleaseRecord[]> {
    return secretStorage({ client: this.client, namespace, manager: 'test' }).history(name)
  }

  async statuses(namespace: string, name = 'app'): Promise<string[]> {
    return (await this.records(namespace, name)).map(({ version, info }) => `${version} ${info.status}`)
  }

  /** Asks for a reconciliation and waits for it. */
  async request(namespace: string, more: Record<string, string> = {}): Promise<void> {
    const at = String(performance.now())
    const marks = Object.fromEntries(Object.keys(more).map(key => [`reconcile.fluxcd.io/${key}`, at]))
    const annotations = { 'reconcile.fluxcd.io/requestedAt': at, ...marks }
    await this.client.patch(this.ref(namespace), { metadata: { annotations } })
    await eventually(async () => {
      const { status } = await this.client.get<HelmRelease>(this.ref(namespace))
      if (status?.lastHandledReconcileAt !== at) throw new Error('not handled')
    })
  }

  async delete(namespace: string, name = 'app'): Promise<void> {
    await this.client.delete(this.ref(namespace, name))
    await eventually(async () => {
      if (await this.client.find(this.ref(namespace, name))) throw new Error('still there')
    }, 30)
  }

  /** `reason: message` of the events about a HelmRelease, oldest first. */
  async events(namespace: string, name = 'app'): Promise<string[]> {
    const { items } = await this.client.list({ apiVersion: 'v1', kind: 'Event' }, { namespace })
    const about = items.filter(e => {
      const { kind, name: of } = e.involvedObject as { kind: string; name: string }
      return kind === 'HelmRelease' && of === name
    })
    return about.map(({ reason, message }) => `${reason}: ${message}`)
  }

  /** The real helm. */
  async helm(namespace: string, ...args: string[]): Promise<string> {
    const env = { ...process.env, KUBECONFIG: join(this.#directory, 'kubeconfig'), HOME: this.#directory }
    return (await run(await unpackedHelm(), ['-n', namespace, ...args], { env, timeout: 30_000 })).stdout
  }
}

export const configMap = (name: string, v = '{{ .Values.a | quote }}', annotations = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${annotations}data:\n  v: ${v}\n`
