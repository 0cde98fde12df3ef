import type { Kustomization } from '@sluice/api'
import { accessFromKubeconfig, isNotFound, KubeClient, ObjectTracker, serviceAccountUser } from '@sluice/kube'

/**
 * Where an owner's objects go and as whom: this cluster or the one of a kubeconfig Secret; the controller itself or an
 * impersonated service account. Remote clusters are connected once per Secret version and shared.
 */
export interface Target {
  client: KubeClient
  /** Names the cluster, as it is connected now, and who `client` is to it: equal for those who see the same. */
  identity: string
  tracker: ObjectTracker
  /** Of whom `client` speaks, without the impersonation. */
  base: KubeClient
}

/** What of an owner's spec says where to: a Kustomization's or a HelmRelease's. */
export interface TargetOwner {
  metadata: { namespace?: string }
  spec: { serviceAccountName?: string; kubeConfig?: Kustomization['spec']['kubeConfig'] }
}

/** How a controller tells what is wrong with a reference to a cluster; `id` is `<namespace>/<name>`. */
export interface TargetFailures {
  unreadable(kind: 'Secret' | 'ConfigMap', id: string, error: unknown): Error
  keyMissing(id: string, key: string | undefined): Error
  invalid(id: string, error: unknown): Error
  noProvider(provider: string): Error
}

export interface TargetsOptions {
  client: KubeClient
  /** Field manager whose fields are watched, and the label of what is watched. */
  manager: string
  label: string
  /** What the manager writes otherwise than by server-side apply is watched, too. */
  ownsUpdates?: boolean
  /** Managers that may not keep fields of what is watched (`--override-manager`). */
  overridden?: readonly string[]
  /** Account to impersonate when the spec names none (`--default-service-account`). */
  defaultServiceAccount?: string
  failures: TargetFailures
  /** An applied object changed or its health did. */
  onDrift: (owner: string) => void
  onHealth: (owner: string) => void
  onError: (error: unknown) => void
}

interface Remote extends Target {
  resourceVersion: string
}

export class ClusterTargets {
  readonly #options: TargetsOptions
  readonly #local: Target
  readonly #remotes = new Map<string, Remote>()
  #closed = false

  constructor(options: TargetsOptions) {
    this.#options = options
    this.#local = this.#connected(options.client, '')
  }

  /** The tracker of this cluster. */
  get local(): Target {
    return this.#local
  }

  async of(owner: TargetOwner): Promise<Target> {
    const target = owner.spec.kubeConfig ? await this.#remote(owner) : this.#local
    const account = this.serviceAccountOf(owner)
    if (!account) return target
    const namespace = owner.metadata.namespace ?? ''
    const identity = `${target.identity} as ${namespace}/${account}`
    return { ...target, identity, client: target.base.as(serviceAccountUser(namespace, account)) }
  }

  serviceAccountOf({ spec }: TargetOwner): string | undefined {
    return spec.serviceAccountName || this.#options.defaultServiceAccount || undefined
  }

  releaseAll(owner: string): void {
    for (const { tracker } of [this.#local, ...this.#remotes.values()]) tracker.releaseAll(owner)
  }

  async close(): Promise<void> {
    this.#closed = true
    const all = [this.#local, ...this.#remotes.values()]
    await Promise.all(all.map(({ tracker }) => tracker.close()))
    await Promise.all([...this.#remotes.values()].map(({ client }) => client.transport.close()))
  }

  async #remote({ metadata, spec }: TargetOwner): Promise<Target> {
    const { failures } = this.#options
    const { secretRef, configMapRef } = spec.kubeConfig ?? {}
    const namespace = metadata.namespace ?? ''
    if (!secretRef) throw await this.#providerError(namespace, configMapRef?.name ?? '')
    const id = `${namespace}/${secretRef.name}`
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name: secretRef.name }
    const secret = await this.#options.client.get(ref).catch(error => {
      if (!isNotFound(error)) throw error
      throw failures.unreadable('Secret', id, error)
    })
    const data = new Map(Object.entries((secret.data ?? {}) as Record<string, string>))
    const encoded = secretRef.key ? data.get(secretRef.key) : (data.get('value') ?? data.get('value.yaml'))
    if (!encoded) throw failures.keyMissing(id, secretRef.key)
    const key = `${id}/${secretRef.key ?? ''}`
    const known = this.#remotes.get(key)
    if (known && known.resourceVersion === secret.metadata.resourceVersion) return known
    // Work that goes on a little after the end must not connect to what nobody disconnects from.
    if (this.#closed) throw new Error('the controller has stopped')
    try {
      const client = new KubeClient(accessFromKubeconfig(Buffer.from(encoded, 'base64').toString('utf8')))
      const { resourceVersion = '' } = secret.metadata
      const remote = { ...this.#connected(client, `${key} ${resourceVersion}`), resourceVersion }
      this.#remotes.set(key, remote)
      if (known) await known.tracker.close().then(() => known.client.transport.close())
      return remote
    } catch (error) {
      throw failures.invalid(id, error)
    }
  }

  /** No provider of cloud clusters is built in yet: says which one was asked for. */
  async #providerError(namespace: string, name: string): Promise<Error> {
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name }
    const { failures, client } = this.#options
    const data = await client.get(ref).then(
      found => (found.data ?? {}) as Record<string, string>,
      error => {
        throw failures.unreadable('ConfigMap', `${namespace}/${name}`, error)
      },
    )
    return failures.noProvider(data.provider ?? '')
  }

  #connected(client: KubeClient, identity: string): Target {
    const { manager, label, ownsUpdates, overridden, onDrift, onHealth, onError } = this.#options
    const tracking = { manager, label, ownsUpdates, overridden, onDrift, onHealth, onError }
    const tracker = new ObjectTracker(client, tracking)
    return { client, base: client, tracker, identity }
  }
}
