/**
 * A bench to run the OCIRepository reconciler on: objects in memory, statuses merged as the runtime would, real storage, a
 * real registry with a login. What the runtime adds by itself (finalizers, queueing) is not here.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubeObject, OCIRepository } from '@sluice/api'
import { ArtifactStore, directoryNode, Registries, TreeCache } from '@sluice/artifact'
import { LOGIN, type TestRegistry } from '@sluice/artifact/testing'
import { createLog, type EventDraft, type Outcome } from '@sluice/controller'
import { ApiError } from '@sluice/kube'
import { OCIRepositoryReconciler } from '../oci/oci-reconciler.ts'

type Status = NonNullable<OCIRepository['status']>

export const CONTENT = 'application/vnd.cncf.flux.content.v1.tar+gzip'

export class RegistryBench {
  readonly registry: TestRegistry
  readonly store: ArtifactStore
  readonly registries = new Registries()
  readonly reconciler: OCIRepositoryReconciler
  readonly objects = new Map<string, KubeObject>()
  last: Outcome<Status> | undefined
  #object: OCIRepository | undefined
  readonly #directory: string
  readonly #events: EventDraft[] = []

  private constructor(directory: string, registry: TestRegistry) {
    this.#directory = directory
    this.registry = registry
    this.store = new ArtifactStore({ root: join(directory, 'store'), address: 'storage', trees: new TreeCache() })
    const get = async ({ kind, name }: { kind: string; name: string }): Promise<KubeObject> => {
      const found = this.objects.get(`${kind}/${name}`)
      if (found) return found
      throw new ApiError(404, 'NotFound', `${kind.toLowerCase()}s "${name}" not found`)
    }
    const { store, registries } = this
    this.reconciler = new OCIRepositoryReconciler({ client: { get }, store, registries, random: () => 0.5 })
  }

  static async start(registry: TestRegistry): Promise<RegistryBench> {
    return new RegistryBench(await mkdtemp(join(tmpdir(), 'sluice-oci-')), registry)
  }

  /** Pushes files as Flux does; the digest of the manifest. */
  async push(repository: string, tag: string, files: Record<string, string>, annotations?: Record<string, string>) {
    return this.registry.push(repository, tag, {
      configType: 'application/vnd.cncf.flux.config.v1+json',
      layers: [{ mediaType: CONTENT, content: await this.packed(files) }],
      annotations,
    })
  }

  async packed(files: Record<string, string>): Promise<Uint8Array> {
    const root = directoryNode()
    for (const [name, text] of Object.entries(files)) {
      root.children.set(name, { kind: 'file', executable: false, read: async () => Buffer.from(text) })
    }
    const stored = { kind: 'Test', namespace: 'x', name: 'x', revision: '', file: 'x' }
    // A rule that matches nothing keeps the usual ones away.
    return this.store.bytes(await this.store.write(stored, root, () => false))
  }

  /** Makes or changes the object; a changed spec is a new generation. */
  apply(repository: string, spec: Partial<OCIRepository['spec']> = {}): void {
    const before = this.#object
    const url = `oci://${this.registry.host}/${repository}`
    this.#object = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'OCIRepository',
      metadata: { name: 'app', namespace: 'apps', generation: (before?.metadata.generation ?? 0) + 1 },
      spec: { interval: '10m', timeout: '20s', url, secretRef: { name: 'login' }, ...spec },
      status: before?.status ?? { observedGeneration: -1 },
    }
  }

  secret(name: string, data: Record<string, string>): void {
    const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: Object.fromEntries(encoded) }
    this.objects.set(`Secret/${name}`, secret)
  }

  /** A Secret with the right login, or another. */
  login(name: string, { username, password } = LOGIN): void {
    const auths = { [this.registry.host]: { username, password } }
    this.secret(name, { '.dockerconfigjson': JSON.stringify({ auths }) })
  }

  async run(): Promise<Status> {
    const object = this.#object
    if (!object) throw new Error('there is no object yet')
    this.last = await this.reconciler.reconcile(object, {
      now: new Date(),
      log: createLog('silent'),
      signal: new AbortController().signal,
      progress: async () => {},
    })
    object.status = this.last.status
    this.#events.push(...(this.last.events ?? []))
    return this.last.status
  }

  /** Conditions as `Type=Status Reason: message`, with the registry's address as `<registry>`. */
  conditions(): string[] {
    const list = this.#object?.status?.conditions ?? []
    return list.map(({ type, status, reason, message }) => this.#masked(`${type}=${status} ${reason}: ${message}`))
  }

  takeEvents(): string[] {
    const taken = this.#events.splice(0)
    return taken.map(({ severity, reason, message }) => this.#masked(`${severity} ${reason}: ${message}`))
  }

  /** The files of the artifact. */
  async files(): Promise<Record<string, string>> {
    const { artifact } = this.#object?.status ?? {}
    if (!artifact) throw new Error('there is no artifact')
    const tree = await this.store.tree(artifact)
    return Object.fromEntries([...tree.files()].map(({ path, content }) => [path, Buffer.from(content).toString()]))
  }

  async close(): Promise<void> {
    this.registries.close()
    await rm(this.#directory, { recursive: true, force: true })
  }

  #masked(text: string): string {
    return text.replaceAll(this.registry.host, '<registry>')
  }
}
