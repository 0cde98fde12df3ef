import { fieldManagers, type Kustomization, kustomizeReasons, labels } from '@sluice/api'
import { accessFromKubeconfig, isNotFound, KubeClient, ObjectTracker, serviceAccountUser } from '@sluice/kube'
import { messageOf, StepError } from './step-error.ts'

/**
 * Where a Kustomization is applied and as whom: this cluster or the one of a kubeconfig Secret; the controller itself or
 * an impersonated service account. Remote clusters are connected once per Secret version and shared.
 */
export interface Target {
  client: KubeClient
  tracker: ObjectTracker
}

export interface TargetsOptions {
  client: KubeClient
  /** Account to impersonate when the spec names none (`--default-service-account`). */
  defaultServiceAccount?: string
  /** An applied object changed or its health did. */
  onDrift: (owner: string) => void
  onHealth: (owner: string) => void
  onError: (error: unknown) => void
}

interface Remote extends Target {
  resourceVersion: string
}

export class Targets {
  readonly #options: TargetsOptions
  readonly #local: Target
  readonly #remotes = new Map<string, Remote>()

  constructor(options: TargetsOptions) {
    this.#options = options
    this.#local = this.#connected(options.client)
  }

  /** The tracker of this cluster. */
  get local(): Target {
    return this.#local
  }

  async of(object: Kustomization): Promise<Target> {
    const base = object.spec.kubeConfig ? await this.#remote(object) : this.#local
    const account = this.serviceAccountOf(object)
    if (!account) return base
    const client = base.client.as(serviceAccountUser(object.metadata.namespace ?? '', account))
    return { client, tracker: base.tracker }
  }

  serviceAccountOf(object: Kustomization): string | undefined {
    return object.spec.serviceAccountName || this.#options.defaultServiceAccount || undefined
  }

  releaseAll(owner: string): void {
    for (const { tracker } of [this.#local, ...this.#remotes.values()]) tracker.releaseAll(owner)
  }

  async close(): Promise<void> {
    const all = [this.#local, ...this.#remotes.values()]
    await Promise.all(all.map(({ tracker }) => tracker.close()))
    await Promise.all([...this.#remotes.values()].map(({ client }) => client.transport.close()))
  }

  async #remote(object: Kustomization): Promise<Target> {
    const { secretRef, configMapRef } = object.spec.kubeConfig ?? {}
    const namespace = object.metadata.namespace ?? ''
    if (!secretRef) throw await this.#providerError(namespace, configMapRef?.name ?? '')
    const id = `${namespace}/${secretRef.name}`
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name: secretRef.name }
    const secret = await this.#options.client.get(ref).catch(error => {
      if (!isNotFound(error)) throw error
      throw clientError(`unable to read KubeConfig secret '${id}' error: ${messageOf(error)}`)
    })
    const data = (secret.data ?? {}) as Record<string, string>
    const encoded = secretRef.key ? data[secretRef.key] : (data.value ?? data['value.yaml'])
    if (!encoded) {
      throw clientError(
        `KubeConfig secret '${id}' does not contain a '${secretRef.key ?? 'value'}' key with a kubeconfig`,
      )
    }
    const key = `${id}/${secretRef.key ?? ''}`
    const known = this.#remotes.get(key)
    if (known && known.resourceVersion === secret.metadata.resourceVersion) return known
    try {
      const client = new KubeClient(accessFromKubeconfig(Buffer.from(encoded, 'base64').toString('utf8')))
      const remote = { ...this.#connected(client), resourceVersion: secret.metadata.resourceVersion ?? '' }
      this.#remotes.set(key, remote)
      if (known) await known.tracker.close().then(() => known.client.transport.close())
      return remote
    } catch (error) {
      throw clientError(messageOf(error))
    }
  }

  /** No provider of cloud clusters is built in yet: says which one was asked for. */
  async #providerError(namespace: string, name: string): Promise<StepError> {
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name }
    const data = await this.#options.client.get(ref).then(
      found => (found.data ?? {}) as Record<string, string>,
      error => {
        throw clientError(`unable to read KubeConfig configmap '${namespace}/${name}' error: ${messageOf(error)}`)
      },
    )
    return clientError(`provider '${data.provider ?? ''}' not implemented`)
  }

  #connected(client: KubeClient): Target {
    const { onDrift, onHealth, onError } = this.#options
    const label = labels.kustomizationName
    const options = { manager: fieldManagers.kustomizeController, label, onDrift, onHealth, onError }
    return { client, tracker: new ObjectTracker(client, options) }
  }
}

function clientError(message: string): StepError {
  return new StepError(kustomizeReasons.reconciliationFailed, message, `failed to build kube client: ${message}`)
}
