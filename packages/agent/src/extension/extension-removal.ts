import {
  apiVersionOf,
  type FluxConfig,
  fluxConfig as fluxConfigKind,
  fluxConfigNames,
  type KubeObject,
  kinds,
} from '@sluice/api'
import { isNotFound, type KubeClient, NoMatchError } from '@sluice/kube'
import { refOf } from '../fluxconfig/teardown.ts'
import {
  deploymentName,
  type ExtensionPlace,
  extensionDefinitions,
  extensionLabel,
  extensionObjects,
} from './extension-objects.ts'
import { fluxSettings } from './extension-settings.ts'

/**
 * Takes the extension out of a cluster. Not while configurations live: what they made has finalizers that only the controllers can
 * release. Then, as `flux uninstall` does: controllers first, finalizers of what is left of Flux's objects (workloads stay), rights, definitions last.
 */
export type RemovalStep =
  | { kind: 'refused'; message: string }
  | { kind: 'waiting'; message: string }
  | { kind: 'removed' }

const { extensionNamespace: namespace } = fluxConfigNames

/** Does what can be done now. Call it again when something changed, until it is `removed`. */
export async function removeExtension(kube: KubeClient, place: ExtensionPlace): Promise<RemovalStep> {
  const configs = await listOrNone<FluxConfig>(kube, { apiVersion: apiVersionOf(fluxConfigKind), kind: 'FluxConfig' })
  const living = configs.filter(config => !config.metadata.deletionTimestamp)
  if (living.length > 0) {
    const message = `flux configurations still exist on the cluster: ${named(living)}. Delete them first; the extension follows`
    return { kind: 'refused', message }
  }
  if (configs.length > 0) return { kind: 'waiting', message: `waiting for the deletion of ${named(configs)}` }

  const objects = extensionObjects(place, fluxSettings({}).settings)
  const [workload] = objects.filter(object => object.kind === 'Deployment')
  if (workload) await remove(kube, workload)
  const pods = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector: `app=${deploymentName}` })
  if (pods.items.length > 0) return { kind: 'waiting', message: 'waiting for the controllers to stop' }

  for (const definition of kinds)
    await releaseAll(kube, { apiVersion: apiVersionOf(definition), kind: definition.kind })
  for (const object of objects.toReversed()) if (object.kind !== 'Namespace') await remove(kube, object)
  const definitions = extensionDefinitions(place)
  for (const definition of definitions) await remove(kube, definition)
  const left = await Promise.all(definitions.map(definition => kube.find(refOf(definition))))
  if (left.some(Boolean)) return { kind: 'waiting', message: 'waiting for the definitions to go' }
  await removeNamespace(kube, place)
  return { kind: 'removed' }
}

/** Finalizers whose controllers are gone would keep their objects, and with them the definitions, for ever. */
async function releaseAll(kube: KubeClient, kind: { apiVersion: string; kind: string }): Promise<void> {
  for (const object of await listOrNone(kube, kind)) {
    if (!object.metadata.finalizers?.length) continue
    try {
      await kube.patch(refOf(object), { metadata: { finalizers: null } }, 'merge')
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}

async function removeNamespace(kube: KubeClient, place: ExtensionPlace): Promise<void> {
  const found = await kube.find({ apiVersion: 'v1', kind: 'Namespace', name: namespace })
  if (found?.metadata.labels?.[extensionLabel] !== place.name) return
  const { items } = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace })
  // Somebody else moved in: the namespace is theirs now.
  if (items.length === 0) await remove(kube, found)
}

async function remove(kube: KubeClient, object: KubeObject): Promise<void> {
  try {
    await kube.delete(refOf(object), { propagationPolicy: 'Background' })
  } catch (error) {
    if (!isNotFound(error) && !(error instanceof NoMatchError)) throw error
  }
}

async function listOrNone<T extends KubeObject>(
  kube: KubeClient,
  kind: { apiVersion: string; kind: string },
): Promise<T[]> {
  try {
    return (await kube.list<T>(kind)).items
  } catch (error) {
    if (error instanceof NoMatchError || isNotFound(error)) return []
    throw error
  }
}

const named = (objects: readonly { metadata: KubeObject['metadata'] }[]): string =>
  objects.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(', ')
