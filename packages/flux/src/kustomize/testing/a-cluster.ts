import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { allCrds, type KubeObject, type Kustomization, type ObjectRef } from '@sluice/api'
import { createBareRepository, type GitHttpServer, gitHttpServer, TreeCache } from '@sluice/artifact'
import { createLog, Runtime } from '@sluice/controller'
import { startDevCluster } from '@sluice/devcluster'
import { accessFromKubeconfig, KubeClient } from '@sluice/kube'
import { addSourceController } from '../../source/index.ts'
import { ManifestBuilder } from '../manifest-builder.ts'
import { type KustomizeOptions, KustomizeReconciler } from '../reconciler.ts'

/** For tests: an API server, a Git server, and the source and kustomize controllers, all real, all in this process. */
const run = promisify(execFile)
const SOURCE = 'source.toolkit.fluxcd.io/v1'
const KUSTOMIZE = 'kustomize.toolkit.fluxcd.io/v1'

export class TestCluster {
  readonly client: KubeClient
  readonly #directory: string
  readonly #git: GitHttpServer
  readonly #opened: AsyncDisposableStack

  private constructor(client: KubeClient, directory: string, git: GitHttpServer, opened: AsyncDisposableStack) {
    this.client = client
    this.#directory = directory
    this.#git = git
    this.#opened = opened
  }

  /** What cannot be started whole leaves nothing behind: a server that stays open would keep the tests from ending. */
  static async start(options: Partial<KustomizeOptions> = {}): Promise<TestCluster> {
    const opened = new AsyncDisposableStack()
    try {
      return await TestCluster.#open(opened, options)
    } catch (error) {
      await opened.disposeAsync()
      throw error
    }
  }

  static async #open(opened: AsyncDisposableStack, options: Partial<KustomizeOptions>): Promise<TestCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-kustomize-'))
    opened.defer(() => rm(directory, { recursive: true, force: true }))
    const cluster = await startDevCluster({ dataDir: join(directory, 'cluster'), node: false })
    opened.defer(() => cluster.close())
    const client = new KubeClient(accessFromKubeconfig(cluster.kubeconfig))
    opened.defer(() => client.transport.close())
    for (const crd of allCrds()) await client.apply(crd, { fieldManager: 'test', force: true })
    const git = await gitHttpServer({ root: join(directory, 'git') })
    opened.defer(() => git.close())
    const runtime = new Runtime({ client, log: createLog('silent') })
    const trees = new TreeCache()
    const storage = { storagePath: join(directory, 'storage'), storageAddr: '127.0.0.1:0' }
    const source = await addSourceController({ runtime, trees, ...storage })
    opened.defer(() => source.close())
    opened.defer(() => runtime.close())
    const builder = new ManifestBuilder({ client, trees })
    runtime.add(new KustomizeReconciler({ runtime, builder, requeueDependency: 1_000, ...options }))
    await runtime.start()
    return new TestCluster(client, directory, git, opened)
  }

  async close(): Promise<void> {
    await this.#opened.disposeAsync()
  }

  /** A namespace with a GitRepository `app` in it that follows a new repository. */
  async namespace(name: string, files: Record<string, string>): Promise<TestRepository> {
    await this.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    const bare = join(this.#directory, 'git', `${name}.git`)
    await createBareRepository(bare)
    const copy = join(this.#directory, 'copies', name)
    await run('git', ['clone', '-q', bare, copy])
    const repository = new TestRepository(this, name, copy)
    await repository.commit(files)
    const spec = { url: `${this.#git.url}/${name}.git`, interval: '10m', ref: { branch: 'main' } }
    await this.client.create({
      apiVersion: SOURCE,
      kind: 'GitRepository',
      metadata: { name: 'app', namespace: name },
      spec,
    })
    return repository
  }

  /** Creates a Kustomization of the repository `app`, with short retries. */
  async kustomization(namespace: string, name: string, spec: Partial<Kustomization['spec']> = {}): Promise<void> {
    const sourceRef = { kind: 'GitRepository', name: 'app' } as const
    await this.client.create({
      apiVersion: KUSTOMIZE,
      kind: 'Kustomization',
      metadata: { name, namespace },
      spec: { interval: '10m', retryInterval: '1s', prune: true, targetNamespace: namespace, sourceRef, ...spec },
    })
  }

  kustomizationRef = (namespace: string, name: string): ObjectRef => ({
    apiVersion: KUSTOMIZE,
    kind: 'Kustomization',
    namespace,
    name,
  })

  configMap(namespace: string, name: string): Promise<KubeObject | undefined> {
    return this.client.find({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name })
  }

  /** Waits until the Ready condition, as `status reason: message`, matches; answers the whole object. */
  async ready(namespace: string, name: string, pattern: RegExp, seconds = 20): Promise<Kustomization> {
    const ref = this.kustomizationRef(namespace, name)
    return eventually(async () => {
      const object = await this.client.get<Kustomization>(ref)
      const ready = object.status?.conditions?.find(c => c.type === 'Ready')
      const text = ready ? `${ready.status} ${ready.reason}: ${ready.message}` : 'no condition'
      if (!pattern.test(text)) throw new Error(text)
      return object
    }, seconds)
  }

  /** Messages of the events about a Kustomization, oldest first. */
  async events(namespace: string, name: string): Promise<string[]> {
    const { items } = await this.client.list({ apiVersion: 'v1', kind: 'Event' }, { namespace })
    const about = items.filter(e => (e.involvedObject as { kind: string; name: string }).name === name)
    return about
      .filter(e => (e.involvedObject as { kind: string }).kind === 'Kustomization')
      .map(e => String(e.message))
  }
}

export class TestRepository {
  readonly #cluster: TestCluster
  readonly #namespace: string
  readonly #copy: string

  constructor(cluster: TestCluster, namespace: string, copy: string) {
    this.#cluster = cluster
    this.#namespace = namespace
    this.#copy = copy
  }

  /** Commits the files and pushes them. Answers the revision. */
  async commit(files: Record<string, string | null>): Promise<string> {
    for (const [file, content] of Object.entries(files)) {
      const path = join(this.#copy, file)
      await mkdir(dirname(path), { recursive: true })
      if (content === null) await rm(path)
      else await writeFile(path, content)
    }
    const git = (...args: string[]) => run('git', args, { cwd: this.#copy })
    await git('add', '-A')
    await git('-c', 'user.name=dev', '-c', 'user.email=dev@example.com', 'commit', '-q', '-m', 'change')
    await git('push', '-q', 'origin', 'HEAD:main')
    return `main@sha1:${(await git('rev-parse', 'HEAD')).stdout.trim()}`
  }

  /** Commits, and has the source fetched at once, as a webhook would. */
  async push(files: Record<string, string | null>): Promise<string> {
    const revision = await this.commit(files)
    const ref = { apiVersion: SOURCE, kind: 'GitRepository', namespace: this.#namespace, name: 'app' }
    const requestedAt = String(performance.now())
    const body = { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': requestedAt } } }
    await this.#cluster.client.patch(ref, body)
    return revision
  }
}

export async function eventually<T>(check: () => Promise<T>, seconds = 20): Promise<T> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > end) throw error
      await sleep(25)
    }
  }
}

export const configMapYaml = (name: string, v: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  v: "${v}"\n`
