/** What `flux create|update|list|show|delete` do, step by step as `az` does it. */
import { at, type FleetClient, isJson, type Json, ServiceError } from '../fleet-client.ts'
import { type OutputFormat, print } from '../output.ts'
import { type ClusterTarget, type ClusterTargetOptions, clusterTarget, configurationPath } from './cluster-target.ts'
import { confirm } from './confirm.ts'
import { finishOperation } from './finish-operation.ts'
import { ensureFluxExtension } from './flux-extension.ts'
import { SOURCE_KINDS, sourceBody } from './flux-source.ts'
import type { FluxSourceOptions, SourceKindWord } from './flux-source-options.ts'
import { configurationTable } from './flux-tables.ts'
import { validateConfigurationName, validateNamespace } from './flux-validators.ts'
import { kustomizationMap } from './kustomization-argument.ts'
import { openSession } from './session.ts'
import { FLUX_VERSION } from './versions.ts'

interface NamedOptions extends ClusterTargetOptions {
  name: string
}

export interface FluxCreateOptions extends NamedOptions, FluxSourceOptions {
  scope: string
  namespace: string
  kind: SourceKindWord
  suspend?: boolean
  wait: boolean
  output: OutputFormat
}

export interface FluxUpdateOptions extends NamedOptions, FluxSourceOptions {
  suspend?: boolean
  yes?: boolean
  wait: boolean
  output: OutputFormat
}

export interface FluxReadOptions extends ClusterTargetOptions {
  output: OutputFormat
}

export interface FluxDeleteOptions extends NamedOptions {
  yes?: boolean
  force?: boolean
  wait: boolean
}

const warn = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

export interface OpenTarget {
  client: FleetClient
  target: ClusterTarget
}

export async function openTarget(options: ClusterTargetOptions): Promise<OpenTarget> {
  const { client, subscription } = await openSession(options.subscription)
  return { client, target: clusterTarget(options, subscription) }
}

/** A configuration, or the error that `az` shows when it is not there. */
export async function requireConfiguration({ client, target }: OpenTarget, name: string): Promise<Json> {
  try {
    return await client.get(configurationPath(target, 'fluxConfigurations', name), FLUX_VERSION)
  } catch (error) {
    if (error instanceof ServiceError && error.status === 404) {
      throw new Error(
        `${error.message}\nVerify that the --cluster-type is correct and the Resource ${target.label} exists`,
      )
    }
    throw error
  }
}

/** Sends a write, waits for it, and prints the configuration as it is then. */
export async function writeConfiguration(
  { client, target }: OpenTarget,
  write: { method: 'PUT' | 'PATCH'; name: string; body: Json; wait: boolean },
): Promise<Json> {
  const path = configurationPath(target, 'fluxConfigurations', write.name)
  const answer = await client.request(write.method, path, FLUX_VERSION, write.body)
  const what = `flux configuration '${write.name}'`
  await finishOperation(client, answer, { apiVersion: FLUX_VERSION, wait: write.wait, what })
  if (write.wait) return client.get(path, FLUX_VERSION)
  return isJson(answer.body) ? answer.body : {}
}

async function refuseFluxV1({ client, target }: OpenTarget): Promise<void> {
  const path = `${target.path}/providers/Microsoft.KubernetesConfiguration/sourceControlConfigurations`
  const legacy = await client.list(path, '2023-05-01')
  if (legacy.length === 0) return
  throw new Error(
    'Error! Flux v1 configurations already exist on the cluster\n' +
      'Try removing all Flux v1 configurations from the cluster before attempting to add Flux v2 configurations',
  )
}

const DEFAULT_KUSTOMIZATION = 'kustomization-1'

export async function create(options: FluxCreateOptions, rawArguments: readonly string[]): Promise<void> {
  const { name, kind } = options
  validateConfigurationName(name)
  validateNamespace(options.namespace)
  const { block, protectedSettings } = sourceBody(kind, options, true)
  let kustomizations = kustomizationMap(rawArguments, name)
  if (kustomizations === undefined) {
    warn(
      'Warning! No kustomizations were specified for this configuration. ' +
        `A kustomization will be generated with the default name '${DEFAULT_KUSTOMIZATION}'.`,
    )
    kustomizations = { [DEFAULT_KUSTOMIZATION]: {} }
  }
  const open = await openTarget(options)
  await refuseFluxV1(open)
  await ensureFluxExtension(open.client, open.target, options.wait)
  warn(`Creating the flux configuration '${name}' in the cluster. This may take a few minutes...`)
  const { sourceKind, block: blockName } = SOURCE_KINDS[kind]
  const made = await writeConfiguration(open, {
    method: 'PUT',
    name,
    wait: options.wait,
    body: {
      properties: {
        scope: options.scope,
        namespace: options.namespace,
        suspend: options.suspend ?? false,
        sourceKind,
        [blockName]: block,
        kustomizations,
        ...(Object.keys(protectedSettings).length === 0 ? {} : { configurationProtectedSettings: protectedSettings }),
      },
    },
  })
  print(options.output, made, () => configurationTable([made]))
}

function kindOf(configuration: Json): SourceKindWord {
  const kind = at(configuration, 'properties.sourceKind')
  if (kind === 'Bucket') return 'bucket'
  if (kind === 'AzureBlob') return 'azblob'
  return kind === 'OCIRepository' ? 'oci' : 'git'
}

export async function update(options: FluxUpdateOptions, rawArguments: readonly string[]): Promise<void> {
  const { name } = options
  validateConfigurationName(name)
  const open = await openTarget(options)
  const before = await requireConfiguration(open, name)
  const kindBefore = kindOf(before)
  const kind = options.kind ?? kindBefore
  const isMigration = kind !== kindBefore
  const { block, protectedSettings } = sourceBody(kind, options, isMigration)
  const kustomizations = kustomizationMap(rawArguments, name)
  if (isMigration) {
    await confirm(
      `You are choosing to migrate from source kind '${kindBefore}' to source kind '${kind}'. Changing your source repository may ` +
        'also require you to change your kustomizations. Are you sure you want to change kinds?',
      options.yes,
    )
  }
  const { sourceKind, block: blockName } = SOURCE_KINDS[kind]
  const changed = await writeConfiguration(open, {
    method: 'PATCH',
    name,
    wait: options.wait,
    body: {
      properties: {
        ...(options.suspend === undefined ? {} : { suspend: options.suspend }),
        ...(isMigration ? { sourceKind, [SOURCE_KINDS[kindBefore].block]: null } : {}),
        ...(Object.keys(block).length === 0 ? {} : { [blockName]: block }),
        ...(kustomizations === undefined ? {} : { kustomizations }),
        ...(Object.keys(protectedSettings).length === 0 ? {} : { configurationProtectedSettings: protectedSettings }),
      },
    },
  })
  print(options.output, changed, () => configurationTable([changed]))
}

export async function list(options: FluxReadOptions): Promise<void> {
  const { client, target } = await openTarget(options)
  const all = await client.list(configurationPath(target, 'fluxConfigurations'), FLUX_VERSION)
  print(options.output, all, () => configurationTable(all))
}

export async function show(options: FluxReadOptions & { name: string }): Promise<void> {
  validateConfigurationName(options.name)
  const found = await requireConfiguration(await openTarget(options), options.name)
  print(options.output, found, () => configurationTable([found]))
}

export function hasPrune(kustomization: unknown): boolean {
  return at(kustomization, 'prune') === true
}

export async function remove(options: FluxDeleteOptions): Promise<void> {
  const { name, yes } = options
  validateConfigurationName(name)
  await confirm('Are you sure you want to perform this operation?', yes)
  const { client, target } = await openTarget(options)
  const path = configurationPath(target, 'fluxConfigurations', name)
  const found = await client.find(path, FLUX_VERSION)
  if (found === undefined) {
    warn(`No flux configuration with name '${name}' found on cluster '${target.cluster}', so nothing to delete`)
    return
  }
  const kustomizations = at(found, 'properties.kustomizations')
  if (isJson(kustomizations) && Object.values(kustomizations).some(hasPrune)) {
    warn(
      'Prune is enabled on one or more of your kustomizations. Deleting a Flux configuration with prune enabled will also ' +
        'delete the Kubernetes objects deployed by the kustomization(s).',
    )
    await confirm('Do you want to continue?', yes)
  }
  const query = { forceDelete: String(options.force ?? false) }
  const answer = await client.request('DELETE', path, FLUX_VERSION, undefined, query)
  const what = `flux configuration '${name}'`
  await finishOperation(client, answer, { apiVersion: FLUX_VERSION, wait: options.wait, what })
}
