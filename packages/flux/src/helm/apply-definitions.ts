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
  const told = policy === 'Create' ? creationLines(parts) : replacementLines(parts, wanted.length)
  for (const each of wanted) {
    const { name } = each.metadata
    try {
      const made = await applyOne(each, parts, told)
      if (made) applied.push(made)
      else log(`CustomResourceDefinition ${name} is already present. Skipping.: {}`)
    } catch (cause) {
      const reason = parts.serverSideApply
        ? `server-side apply failed for object /${name} ${KIND}: ${messageOf(cause)}`
        : messageOf(cause)
      if (policy !== 'Create') throw failed(`failed to update CustomResourceDefinition(s): ${reason}`, cause)
      const message = `failed to create CustomResourceDefinition ${name}: ${reason}`
      log(`error: ${message}: {}`)
      throw failed(message, cause)
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
  log('clearing REST mapper cache: {}')
  await client.discovery.refresh()
}

const KIND = 'apiextensions.k8s.io/v1, Kind=CustomResourceDefinition'
const SERVER_SIDE = { dryRun: false, fieldValidationDirective: 'Strict', forceConflicts: true }

/** What Helm logs of one definition after the other. */
interface Lines {
  before: () => void
  after: (name: string, isNew: boolean) => void
  failed: (name: string) => void
}

function creationLines({ log, serverSideApply }: DefinitionParts): Lines {
  if (!serverSideApply) {
    const before = () => {
      log('creating resource(s): {"resources":1}')
      log('using client-side apply for resource creation: {}')
    }
    return { before, after: () => {}, failed: () => {} }
  }
  return {
    before: () => {
      log('creating resource(s): {"resources":1}')
      log(`using server-side apply for resource creation: ${JSON.stringify(SERVER_SIDE)}`)
    },
    after: name => log(`Created resource via patch: ${JSON.stringify({ gvk: KIND, name, namespace: '' })}`),
    failed: name =>
      log(`Error creating resource via patch: ${JSON.stringify({ error: {}, gvk: KIND, name, namespace: '' })}`),
  }
}

function replacementLines({ log, serverSideApply }: DefinitionParts, count: number): Lines {
  if (serverSideApply) {
    log(`using server-side apply for resource creation: ${JSON.stringify(SERVER_SIDE)}`)
    const update = { ...SERVER_SIDE, upgradeClientSideFieldManager: false }
    log(`using server-side apply for resource update: ${JSON.stringify(update)}`)
  } else {
    log('using client-side apply for resource creation: {}')
    log('using resource replace update strategy: {"fieldValidationDirective":"Strict"}')
  }
  log(`checking resources for changes: {"resources":${count}}`)
  return {
    before: () => {},
    after: (name, isNew) => {
      const about = JSON.stringify({ gvk: KIND, name, namespace: '' })
      if (serverSideApply) log(`${isNew ? 'Created resource via patch' : 'Patched resource'}: ${about}`)
      if (!isNew) return
      log(`created a new resource: ${JSON.stringify({ kind: 'CustomResourceDefinition', name, namespace: '' })}`)
    },
    failed: name => {
      if (serverSideApply)
        log(`Error patching resource: ${JSON.stringify({ error: {}, gvk: KIND, name, namespace: '' })}`)
    },
  }
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
async function applyOne(definition: KubeObject, parts: DefinitionParts, told: Lines): Promise<KubeObject | undefined> {
  const { client, policy, signal } = parts
  const live = await client.find(refOf(definition), signal)
  if (live && policy === 'Create') return undefined
  told.before()
  try {
    const made = await written(definition, live, parts)
    told.after(definition.metadata.name, live === undefined)
    return made
  } catch (error) {
    if (isConflict(error) && policy === 'Create') return undefined
    told.failed(definition.metadata.name)
    throw error
  }
}

function written(definition: KubeObject, live: KubeObject | undefined, parts: DefinitionParts): Promise<KubeObject> {
  const { client, serverSideApply, signal } = parts
  const options = { fieldManager: fieldManagers.helmController, signal }
  if (serverSideApply) return client.apply(definition, { ...options, force: true })
  if (!live) return client.create(definition, options)
  const { resourceVersion } = live.metadata
  return client.update({ ...definition, metadata: { ...definition.metadata, resourceVersion } }, options)
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
