/** What `flux deployed-object list|show` do: the Flux objects of a configuration, from its `statuses`. */
import { at, isJson, type Json } from '../fleet-client.ts'
import { type OutputFormat, print } from '../output.ts'
import type { ClusterTargetOptions } from './cluster-target.ts'
import { openTarget, requireConfiguration } from './flux-commands.ts'
import { conditionTable, deployedObjectTable } from './flux-tables.ts'
import { validateConfigurationName } from './flux-validators.ts'

export interface DeployedObjectOptions {
  name: string
  objectName?: string
  objectNamespace?: string
  objectKind?: string
  output: OutputFormat
}

async function statuses(options: ClusterTargetOptions & DeployedObjectOptions): Promise<Json[]> {
  validateConfigurationName(options.name)
  const configuration = await requireConfiguration(await openTarget(options), options.name)
  const all = at(configuration, 'properties.statuses')
  return Array.isArray(all) ? all.filter(isJson) : []
}

export async function list(options: ClusterTargetOptions & DeployedObjectOptions): Promise<void> {
  const all = await statuses(options)
  print(options.output, all, () => deployedObjectTable(all))
}

export async function show(options: ClusterTargetOptions & DeployedObjectOptions): Promise<void> {
  const { objectName, objectNamespace, objectKind } = options
  const found = (await statuses(options)).find(
    one => one.name === objectName && one.namespace === objectNamespace && one.kind === objectKind,
  )
  if (found === undefined) {
    throw new Error(
      `Error! Deployed object with name '${objectName}', namespace '${objectNamespace}', and kind '${objectKind}' does not exist on ` +
        `configuration '${options.name}'.\n` +
        "You can view all deployed objects on a configuration with 'sluice k8s-configuration flux deployed-object list'.",
    )
  }
  print(options.output, found, () => conditionTable(found))
}
