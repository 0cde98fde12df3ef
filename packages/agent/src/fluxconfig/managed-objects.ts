import {
  apiVersionOf,
  type FluxConfig,
  fluxConfigNames,
  gitRepository,
  type KubeObject,
  kustomization,
  labels,
} from '@sluice/api'

import type { Runtime } from '@sluice/controller'
import type { Informer, KindRef } from '@sluice/kube'
import { isOwnedBy, managedSelector, ownerOf } from './managed-labels.ts'
import { sourceApiVersion, sourceKinds } from './source-object.ts'

/**
 * What all FluxConfigs have made, as the cluster has it, kept by watches: a look costs no request, and a change or a deletion by
 * anybody tells whose it was. Flux's own kinds come from the caches that the other controllers use as well; the rest is watched by label.
 */
const rbac = 'rbac.authorization.k8s.io/v1'
const labelled: readonly KindRef[] = [
  { apiVersion: 'v1', kind: 'Secret' },
  { apiVersion: 'v1', kind: 'ServiceAccount' },
  { apiVersion: rbac, kind: 'Role' },
  { apiVersion: rbac, kind: 'RoleBinding' },
  { apiVersion: rbac, kind: 'ClusterRoleBinding' },
]
/** Watched from the first configuration on that uses them. */
const otherSources: readonly string[] = sourceKinds.filter(kind => kind !== 'GitRepository')

export class ManagedObjects {
  readonly gitRepositories: Informer<KubeObject>
  readonly kustomizations: Informer<KubeObject>
  readonly #labelled: Map<string, Informer<KubeObject>>
  readonly #runtime: Runtime
  #tell: (object: KubeObject) => void = () => {}

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.gitRepositories = runtime.informer({ apiVersion: apiVersionOf(gitRepository), kind: gitRepository.kind })
    this.kustomizations = runtime.informer({ apiVersion: apiVersionOf(kustomization), kind: kustomization.kind })
    this.#labelled = new Map(labelled.map(kind => [kind.kind, this.#watch(kind)]))
  }

  /** `changed` is told the FluxConfig whose object changed; `account`: the namespace whose shared service account did. */
  async start(changed: (namespace: string, name: string) => void, account: (namespace: string) => void): Promise<void> {
    this.#tell = object => {
      const owner = ownerOf(object)
      if (owner) changed(owner.namespace, owner.name)
      else if (isApplierAccount(object)) account(object.metadata.namespace ?? '')
    }
    for (const shared of [this.gitRepositories, this.kustomizations]) {
      shared.onChange(change => this.#tell(change.kept))
    }
    for (const informer of this.#labelled.values()) informer.start()
    await Promise.all([...this.#labelled.values()].map(informer => informer.synced))
  }

  /** The kinds that are watched, and therefore can be compared without asking. */
  watches(kind: string): boolean {
    return this.#informer(kind) !== undefined
  }

  get(ref: { kind: string; metadata: KubeObject['metadata'] }): KubeObject | undefined {
    return this.#informer(ref.kind)?.get(ref.metadata.namespace, ref.metadata.name)
  }

  secret(namespace: string, name: string): KubeObject | undefined {
    return this.#labelled.get('Secret')?.get(namespace, name)
  }

  /** All objects of one FluxConfig, with the service account of its namespace when it is ours. */
  ofConfig(config: { metadata: FluxConfig['metadata'] }): KubeObject[] {
    const { namespace } = config.metadata
    const found: KubeObject[] = []
    for (const informer of this.#all()) {
      for (const object of informer.values()) {
        const shared = isApplierAccount(object) && object.metadata.namespace === namespace
        if (shared || isOwnedBy(object, config)) found.push(object)
      }
    }
    return found
  }

  /** Our own write: the next look sees it, whenever the watch brings it. */
  observe(object: KubeObject): void {
    this.#informer(object.kind)?.observe(object)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#labelled.values()].map(informer => informer.close()))
  }

  #informer(kind: string): Informer<KubeObject> | undefined {
    if (kind === gitRepository.kind) return this.gitRepositories
    if (kind === kustomization.kind) return this.kustomizations
    const known = this.#labelled.get(kind)
    if (known || !otherSources.includes(kind)) return known
    const made = this.#watch({ apiVersion: sourceApiVersion, kind }).start()
    this.#labelled.set(kind, made)
    return made
  }

  #watch(kind: KindRef): Informer<KubeObject> {
    const informer = this.#runtime.privateInformer(kind, { labelSelector: managedSelector, keep: object => object })
    informer.onChange(change => this.#tell(change.kept))
    return informer
  }

  #all(): Informer<KubeObject>[] {
    return [this.gitRepositories, this.kustomizations, ...this.#labelled.values()]
  }
}

/** Made by us, and not by the user: only then it bears our label. */
export function isApplierAccount(object: KubeObject): boolean {
  const { name, labels: carried } = object.metadata
  const ours = carried?.[labels.fluxConfigIsManaged] === 'true'
  return object.kind === 'ServiceAccount' && name === fluxConfigNames.applierServiceAccount && ours
}
