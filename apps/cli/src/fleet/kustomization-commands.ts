/**
 * What `flux kustomization create|update|list|show|delete` do: each reads the configuration and patches one entry of
 * its map.
 */
import { at, isJson, type Json } from '../fleet-client.ts'
import { type OutputFormat, print } from '../output.ts'
import { UsageError } from '../usage-error.ts'
import type { ClusterTargetOptions } from './cluster-target.ts'
import { confirm } from './confirm.ts'
import { hasPrune, openTarget, requireConfiguration, writeConfiguration } from './flux-commands.ts'
import { kustomizationTable } from './flux-tables.ts'
import { durationSeconds, validateConfigurationName, validateKustomizationName } from './flux-validators.ts'
import { dependencyNames } from './kustomization-argument.ts'

export interface KustomizationOptions extends ClusterTargetOptions {
  name: string
  kustomizationName: string
  path?: string
  dependsOn?: string
  dependencies?: string
  timeout?: string
  syncInterval?: string
  retryInterval?: string
  prune?: boolean
  force?: boolean
  disableHealthCheck?: boolean
  yes?: boolean
  wait: boolean
  output: OutputFormat
}

interface ListOptions extends ClusterTargetOptions {
  name: string
  output: OutputFormat
}

function mapOf(configuration: Json): Json {
  const map = at(configuration, 'properties.kustomizations')
  return isJson(map) ? map : {}
}

/** Only what was given, so that an update leaves the rest alone. */
function fieldsOf(options: KustomizationOptions): Json {
  const dependsOn = options.dependsOn ?? options.dependencies
  const seconds = (text: string | undefined, argument: string) =>
    text === undefined ? undefined : durationSeconds(text, argument)
  const fields = {
    path: options.path,
    dependsOn: dependsOn === undefined ? undefined : dependencyNames(dependsOn),
    timeoutInSeconds: seconds(options.timeout, '--timeout'),
    syncIntervalInSeconds: seconds(options.syncInterval, '--interval'),
    retryIntervalInSeconds: seconds(options.retryInterval, '--retry-interval'),
    prune: options.prune,
    force: options.force,
    wait: options.disableHealthCheck === undefined ? undefined : !options.disableHealthCheck,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

async function opened(options: KustomizationOptions | ListOptions) {
  validateConfigurationName(options.name)
  const open = await openTarget(options)
  return { open, map: mapOf(await requireConfiguration(open, options.name)) }
}

function printEntry(options: KustomizationOptions, map: Json): void {
  const entry = { [options.kustomizationName]: map[options.kustomizationName] }
  print(options.output, entry, () => kustomizationTable(entry))
}

export async function create(options: KustomizationOptions): Promise<void> {
  const { name, kustomizationName } = options
  validateKustomizationName(kustomizationName)
  const fields = fieldsOf(options)
  const { open, map } = await opened(options)
  if (Object.hasOwn(map, kustomizationName)) {
    throw new UsageError(
      `Error! Cannot create a kustomization that already exists. Kustomization name '${kustomizationName}' already exists on ` +
        `configuration '${name}'\n` +
        "You can update an already created kustomization with 'sluice k8s-configuration flux kustomization update'",
    )
  }
  const body = { properties: { kustomizations: { [kustomizationName]: fields } } }
  printEntry(options, mapOf(await writeConfiguration(open, { method: 'PATCH', name, body, wait: options.wait })))
}

export async function update(options: KustomizationOptions): Promise<void> {
  const { name, kustomizationName } = options
  const fields = fieldsOf(options)
  const { open, map } = await opened(options)
  if (!Object.hasOwn(map, kustomizationName)) {
    throw new UsageError(
      `Error! Cannot update a kustomization that doesn't exist. Kustomization name '${kustomizationName}' does not exist on ` +
        `configuration '${name}'\n` +
        "You can add the kustomization to the configuration with 'sluice k8s-configuration flux kustomization create'",
    )
  }
  const body = { properties: { kustomizations: { [kustomizationName]: fields } } }
  printEntry(options, mapOf(await writeConfiguration(open, { method: 'PATCH', name, body, wait: options.wait })))
}

export async function list(options: ListOptions): Promise<void> {
  const { map } = await opened(options)
  print(options.output, map, () => kustomizationTable(map))
}

export async function show(options: KustomizationOptions): Promise<void> {
  const { map } = await opened(options)
  if (!Object.hasOwn(map, options.kustomizationName)) {
    throw new Error(
      `Error! Kustomization with name '${options.kustomizationName}' does not exist on configuration '${options.name}'.`,
    )
  }
  printEntry(options, map)
}

export async function remove(options: KustomizationOptions): Promise<void> {
  const { name, kustomizationName, yes } = options
  await confirm('Are you sure you want to perform this operation?', yes)
  const { open, map } = await opened(options)
  if (!Object.hasOwn(map, kustomizationName)) {
    throw new UsageError(
      "Error! Cannot delete a kustomization that doesn't exist.\n" +
        "You can view all kustomizations on a configuration with 'sluice k8s-configuration flux kustomization list'",
    )
  }
  if (hasPrune(map[kustomizationName])) {
    process.stderr.write(
      'Prune is enabled on this kustomization. Deleting a kustomization with prune enabled will also delete the Kubernetes ' +
        'objects deployed by the kustomization.\n',
    )
    await confirm('Do you want to continue?', yes)
  }
  const body = { properties: { kustomizations: { [kustomizationName]: null } } }
  await writeConfiguration(open, { method: 'PATCH', name, body, wait: options.wait })
}
