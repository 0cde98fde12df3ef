import { fieldManagers, type HelmRelease, type KubeObject, labels } from '@sluice/api'
import type { ChartDefinition } from '@sluice/helm'
import { isConflict, type KubeClient, refOf } from '@sluice/kube'
import { ReleaseError, type Waiter, type WaitStrategy } from '@sluice/release'
import { messageOf } from '../message-of.ts'
import { objectsIn } from './inventory.ts'
import { namespaceOf } from './release-spec.ts'

/**
 * The custom resource definitions of a chart's `crds/`, by the policy of the release: left alone, made where they are
 * missing, or made and replaced. They are never deleted. Other objects in that folder are not looked at.
 */
export interface DefinitionParts {
  client: KubeClient
  policy: 'Skip' | 'Create' | 'CreateReplace'
  serverSideApply: boolean
  strategy: WaitStrategy
  waiter: Waiter
  log: (line: string) => void
  signal: AbortSignal
}

/** How long definitions are waited for, in milliseconds. */
const TIMEOUT = 60_000

export async function applyDefinitions(
  object: HelmRelease,
  definitions: readonly ChartDefinition[],
  parts: DefinitionParts,
): Promise<void> {
  const { policy, client, strategy, waiter, signal, log } = parts
  if (definitions.length === 0) return
  if (policy === 'Skip') return log('skipping CustomResourceDefinition apply: policy is set to Skip: {}')
  const wanted = definitions.flatMap(({ path, text }) => read(path, text)).map(each => withOrigin(each, object))
  log(`applying CustomResourceDefinition(s) with policy ${policy}: {}`)
  const applied: KubeObject[] = []
  for (const each of wanted) {
    const { name } = each.metadata
    try {
      const made = await applyOne(each, parts)
      if (made) applied.push(made)
      else log(`CustomResourceDefinition ${name} is already present. Skipping.: {}`)
    } catch (cause) {
      throw failed(
        policy === 'Create'
          ? `failed to create CustomResourceDefinition ${name}: ${messageOf(cause)}`
          : `failed to update CustomResourceDefinition(s): ${messageOf(cause)}`,
        cause,
      )
    }
  }
  if (applied.length === 0) return
  if (strategy !== 'hookOnly') {
    try {
      await waiter.ready(applied, { strategy, jobs: false, timeoutMs: TIMEOUT, signal })
    } catch (cause) {
      throw failed(`failed to wait for CustomResourceDefinition(s): ${messageOf(cause)}`, cause)
    }
  }
  log(`successfully applied ${applied.length} CustomResourceDefinition(s): {}`)
  await client.discovery.refresh()
}

function read(path: string, text: string): KubeObject[] {
  try {
    return objectsIn(text).filter(isDefinition)
  } catch (cause) {
    throw failed(`failed to parse CustomResourceDefinitions from ${path}: ${messageOf(cause)}`, cause)
  }
}

const isDefinition = ({ apiVersion, kind }: KubeObject): boolean =>
  kind === 'CustomResourceDefinition' && apiVersion.startsWith('apiextensions.k8s.io/')

/** Undefined when it is there and stays as it is. */
async function applyOne(definition: KubeObject, parts: DefinitionParts): Promise<KubeObject | undefined> {
  const { client, policy, serverSideApply, signal } = parts
  const options = { fieldManager: fieldManagers.helmController, signal }
  if (policy === 'CreateReplace' && serverSideApply) return client.apply(definition, { ...options, force: true })
  const live = await client.find(refOf(definition), signal)
  if (live && policy === 'Create') return undefined
  if (live) {
    const { resourceVersion } = live.metadata
    return client.update({ ...definition, metadata: { ...definition.metadata, resourceVersion } }, options)
  }
  try {
    return await (serverSideApply
      ? client.apply(definition, { ...options, force: true })
      : client.create(definition, options))
  } catch (error) {
    if (isConflict(error) && policy === 'Create') return undefined
    throw error
  }
}

function withOrigin(object: KubeObject, owner: HelmRelease): KubeObject {
  const origin = {
    [labels.helmReleaseName]: owner.metadata.name,
    [labels.helmReleaseNamespace]: namespaceOf(owner),
  }
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...origin } } }
}

const failed = (message: string, cause: unknown) =>
  new ReleaseError('apply', `failed to apply CustomResourceDefinitions: ${message}`, { cause })
