import { type KubeObject, labels } from '@sluice/api'
import type { Runtime } from '@sluice/controller'
import type { Informer, KindRef } from '@sluice/kube'
import type { ManagedObjects } from './managed-objects.ts'
import type { FluxChild } from './managed-statuses.ts'

/**
 * The Flux objects that Kustomizations applied, for the statuses of their FluxConfig. A kind is watched from the moment the first
 * inventory names it, so a cluster without Helm pays nothing for Helm. Only what a status needs is remembered.
 */
export class ChildObjects {
  readonly #runtime: Runtime
  readonly #managed: ManagedObjects
  readonly #watched = new Map<string, Informer<KubeObject>>()
  readonly #changed: (kustomization: { namespace: string; name: string }) => void

  constructor(
    runtime: Runtime,
    managed: ManagedObjects,
    changed: (kustomization: { namespace: string; name: string }) => void,
  ) {
    this.#runtime = runtime
    this.#managed = managed
    this.#changed = changed
    for (const shared of [managed.gitRepositories, managed.kustomizations]) {
      shared.onChange(change => this.#tell(change.object))
    }
  }

  /** `undefined` when it does not exist, or its kind is only now beginning to be watched: then a wake-up follows. */
  get(child: FluxChild): KubeObject | undefined {
    return this.#informer(child).get(child.namespace, child.name)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#watched.values()].map(informer => informer.close()))
  }

  #informer(kind: KindRef): Informer<KubeObject> {
    if (this.#managed.watches(kind.kind)) {
      return kind.kind === 'Kustomization' ? this.#managed.kustomizations : this.#managed.gitRepositories
    }
    const key = `${kind.apiVersion}/${kind.kind}`
    const known = this.#watched.get(key)
    if (known) return known
    const made = this.#runtime.privateInformer(kind, { keep: essence })
    this.#watched.set(key, made)
    made.onChange(change => this.#tell(change.object))
    return made.start()
  }

  #tell(object: KubeObject): void {
    const name = object.metadata.labels?.[labels.kustomizationName]
    const namespace = object.metadata.labels?.[labels.kustomizationNamespace]
    if (name && namespace) this.#changed({ namespace, name })
  }
}

/** What statuses are made of: of a thousand HelmReleases, histories and inventories would be most of it. */
function essence({ apiVersion, kind, metadata, spec, status }: KubeObject): KubeObject {
  const { name, namespace, generation } = metadata
  const { suspend, chartRef } = (spec ?? {}) as { suspend?: boolean; chartRef?: object }
  const { conditions, observedGeneration, history, ...others } = (status ?? {}) as HelmStatus
  const { helmChart, failures, installFailures, upgradeFailures } = others
  const latest = Array.isArray(history) && history[0] ? [{ version: history[0].version }] : undefined
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, generation },
    spec: { suspend, chartRef },
    status: {
      conditions,
      observedGeneration,
      helmChart,
      failures,
      installFailures,
      upgradeFailures,
      history: latest,
    },
  }
}

interface HelmStatus {
  conditions?: object[]
  observedGeneration?: number
  history?: { version?: number }[]
  helmChart?: string
  failures?: number
  installFailures?: number
  upgradeFailures?: number
}
