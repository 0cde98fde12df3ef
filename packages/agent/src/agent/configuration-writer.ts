import {
  apiVersionOf,
  type DesiredFluxConfiguration,
  type FluxConfig,
  fieldManagers,
  fluxConfig as fluxConfigKind,
  isKind,
  type KubeObject,
  type StatusReport,
} from '@sluice/api'
import type { Log } from '@sluice/controller'
import { ApiError, isNotFound, type KubeClient, NoMatchError } from '@sluice/kube'
import { differs } from '../fluxconfig/drift.ts'
import { managedLabels } from '../fluxconfig/managed-labels.ts'
import { secretObject } from '../fluxconfig/secret-text.ts'
import { refOf } from '../fluxconfig/teardown.ts'
import { fluxConfigSpec, protectedParametersName } from './flux-config-spec.ts'
import { isTerminating } from './is-terminating.ts'
import { ensureNamespace } from './namespaces.ts'
import { agentLabels, markedResource, marks } from './resource-marks.ts'

/**
 * Brings one flux configuration of the service into the cluster: namespace, Secret with the protected settings, FluxConfig. Writing the same
 * again changes nothing, so an item may come any number of times. What became of it is a {@link Written}.
 */
export interface Written {
  /** What the service is to be told when there is no FluxConfig that says it. */
  report?: StatusReport
  /** The FluxConfig as it was read or written. */
  config?: KubeObject
  /** The cluster holds what the item says; a restart needs not hear it again. */
  settled: boolean
  /** Try again: after so many milliseconds, or `backoff`. Absent: a watch will tell. */
  retry?: number | 'backoff'
  /** The definition of FluxConfig is not there yet. */
  early?: boolean
}

export const fluxConfigRef = (namespace: string, name: string) => ({
  apiVersion: apiVersionOf(fluxConfigKind),
  kind: fluxConfigKind.kind,
  namespace,
  name,
})

const manager = fieldManagers.fluxConfigAgent

export class ConfigurationWriter {
  readonly #kube: KubeClient
  readonly #log: Log

  constructor(kube: KubeClient, log: Log) {
    this.#kube = kube
    this.#log = log
  }

  /** `others`: FluxConfigs in other places that stand for the same resource. */
  async write(item: DesiredFluxConfiguration, others: readonly KubeObject[]): Promise<Written> {
    try {
      return await this.#write(item, others)
    } catch (error) {
      return failure(item, error)
    }
  }

  async #write(item: DesiredFluxConfiguration, others: readonly KubeObject[]): Promise<Written> {
    const { namespace, name } = item
    const live = await this.#kube.find(fluxConfigRef(namespace, name))
    if (live && !markedResource(live)) {
      const message = `FluxConfig ${namespace}/${name} exists and was not made by the service: delete it, or choose another name`
      return { settled: false, retry: 'backoff', report: failed(item, message) }
    }
    // The one before is still going; its disappearance wakes us.
    if (live?.metadata.deletionTimestamp) return { settled: false, report: working(item) }
    for (const other of others) await this.remove(other)

    await ensureNamespace(this.#kube, namespace)
    const secrets = item.configurationProtectedSettings
    const given = secrets && Object.keys(secrets).length > 0
    if (given) await this.#writeSecret(item, secrets)
    const desired = fluxConfigObject(item, live && isKind(fluxConfigKind, live) ? live : undefined)
    const unchanged = live && !differs(desired, live)
    const result = unchanged ? live : await this.#apply(desired, live)
    // Last, so that nobody is referred to a Secret that is gone.
    if (secrets && !given) await this.#removeSecret(item)
    return { settled: true, config: result }
  }

  async #apply(desired: FluxConfig, live: KubeObject | undefined): Promise<KubeObject> {
    const { namespace, name } = desired.metadata
    const applied = await this.#kube.apply(desired, { fieldManager: manager, force: true })
    this.#log.info({ namespace, name }, live ? 'configuration changed' : 'configuration made')
    return applied
  }

  /** Begins the deletion of a FluxConfig; the controller takes away what belongs to it. */
  async remove(config: KubeObject): Promise<void> {
    if (config.metadata.deletionTimestamp) return
    const { namespace, name, uid } = config.metadata
    this.#log.info({ namespace, name }, 'configuration is to go')
    try {
      await this.#kube.delete(refOf(config), { uid })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  async #writeSecret(item: DesiredFluxConfiguration, settings: Record<string, string>): Promise<void> {
    const { namespace, name } = item
    const labels = managedLabels(fluxConfigObject(item, undefined))
    const object = secretObject({ name: protectedParametersName(name), namespace, labels }, settings)
    await this.#kube.apply(object, { fieldManager: manager, force: true })
  }

  async #removeSecret({ namespace, name }: DesiredFluxConfiguration): Promise<void> {
    try {
      await this.#kube.delete({ apiVersion: 'v1', kind: 'Secret', namespace, name: protectedParametersName(name) })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}

/** The FluxConfig of an item. `live`: the one there is, which knows whether the cluster holds protected settings. */
export function fluxConfigObject(item: DesiredFluxConfiguration, live: FluxConfig | undefined): FluxConfig {
  const { id, namespace, name, generation, operationId, correlationId, properties } = item
  const secrets = item.configurationProtectedSettings
  const hasProtectedSettings = secrets
    ? Object.keys(secrets).length > 0
    : live?.spec.protectedParametersSecretRef !== undefined
  const held = secrets ? String(generation) : live?.metadata.annotations?.[marks.protectedGeneration]
  return {
    apiVersion: apiVersionOf(fluxConfigKind),
    kind: 'FluxConfig',
    metadata: {
      name,
      namespace,
      labels: agentLabels,
      annotations: {
        [marks.resourceId]: id,
        [marks.generation]: String(generation),
        ...(held !== undefined && { [marks.protectedGeneration]: held }),
      },
    },
    spec: fluxConfigSpec(properties, { name, operationId, correlationId, hasProtectedSettings }),
  }
}

export function working(item: DesiredFluxConfiguration): StatusReport {
  const { id, generation } = item
  return { id, generation, provisioningState: 'Updating', errorMessage: '' }
}

function failed(item: DesiredFluxConfiguration, errorMessage: string): StatusReport {
  const { id, generation } = item
  return { id, generation, provisioningState: 'Failed', errorMessage }
}

/** What only a person can put right is reported; what passes by itself is tried again in silence. */
function failure(item: DesiredFluxConfiguration, error: unknown): Written {
  // The definition comes with the extension, which may be on its way.
  if (error instanceof NoMatchError) return { settled: false, retry: 'backoff', report: working(item), early: true }
  if (!(error instanceof ApiError)) throw error
  const lasting = [400, 403, 422].includes(error.code) && !isTerminating(error)
  return { settled: false, retry: 'backoff', report: lasting ? failed(item, error.message) : working(item) }
}
