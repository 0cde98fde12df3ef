/** What `k8s-extension create|update|list|show|delete` do, step by step as `az` does it. */
import { at, isJson, type Json, ServiceError } from '../fleet-client.ts'
import { type OutputFormat, print, type Table } from '../output.ts'
import { UsageError } from '../usage-error.ts'
import { type ClusterTargetOptions, configurationPath } from './cluster-target.ts'
import { confirm } from './confirm.ts'
import { type SettingsOptions, settingsOf } from './extension-settings-arguments.ts'
import { finishOperation } from './finish-operation.ts'
import { type OpenTarget, openTarget } from './flux-commands.ts'
import { CLUSTER_VERSION, EXTENSION_VERSION } from './versions.ts'

interface WriteOptions extends ClusterTargetOptions, SettingsOptions {
  name: string
  autoUpgradeMinorVersion?: boolean
  version?: string
  releaseTrain?: string
  wait: boolean
  output: OutputFormat
}

export interface ExtensionCreateOptions extends WriteOptions {
  extensionType: string
  scope?: string
  releaseNamespace?: string
  targetNamespace?: string
  planName?: string
  planProduct?: string
  planPublisher?: string
}

export interface ExtensionUpdateOptions extends WriteOptions {
  yes?: boolean
}

export interface ExtensionListOptions extends ClusterTargetOptions {
  output: OutputFormat
}

export interface ExtensionShowOptions extends ExtensionListOptions {
  name: string
}

export interface ExtensionDeleteOptions extends ClusterTargetOptions {
  name: string
  yes?: boolean
  force?: boolean
  wait: boolean
}

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value))

function extensionTable(extensions: Json[]): Table {
  return {
    columns: ['name', 'extensionType', 'version', 'provisioningState', 'lastModifiedAt', 'isSystemExtension'],
    rows: extensions.map(one => [
      text(one.name),
      text(at(one, 'properties.extensionType')),
      text(at(one, 'properties.version') ?? at(one, 'properties.currentVersion')),
      text(at(one, 'properties.provisioningState')),
      text(at(one, 'systemData.lastModifiedAt')),
      text(at(one, 'properties.isSystemExtension')),
    ]),
  }
}

function scopeOf(options: ExtensionCreateOptions): Json | undefined {
  const { scope, releaseNamespace, targetNamespace } = options
  if (scope === 'cluster') {
    if (targetNamespace !== undefined) {
      throw new UsageError("When --scope is 'cluster', --target-namespace must not be given.")
    }
    return { cluster: releaseNamespace === undefined ? {} : { releaseNamespace } }
  }
  if (releaseNamespace !== undefined) {
    throw new UsageError("When --scope is 'namespace', --release-namespace must not be given.")
  }
  if (scope === undefined) return undefined
  if (targetNamespace === undefined)
    throw new UsageError("When --scope is 'namespace', --target-namespace must be given.")
  return { namespace: { targetNamespace } }
}

function planOf({ planName, planProduct, planPublisher }: ExtensionCreateOptions): Json | undefined {
  const parts = { name: planName, product: planProduct, publisher: planPublisher }
  const missing = Object.entries(parts).filter(([, value]) => value === undefined)
  if (missing.length === 3) return undefined
  const [first] = missing
  if (first !== undefined) {
    throw new UsageError(
      `Usage error: Missing valid plan ${first[0]}. Give --plan-name, --plan-product and --plan-publisher.`,
    )
  }
  return parts
}

function refusePinWithUpgrade({ version, autoUpgradeMinorVersion }: WriteOptions): void {
  if (version !== undefined && autoUpgradeMinorVersion !== false) {
    throw new UsageError("To pin to specific version, auto-upgrade-minor-version must be set to 'false'.")
  }
}

function writtenProperties(options: WriteOptions): Json {
  const { settings, protectedSettings } = settingsOf(options)
  const { autoUpgradeMinorVersion, version, releaseTrain } = options
  return {
    ...(autoUpgradeMinorVersion === undefined ? {} : { autoUpgradeMinorVersion }),
    ...(releaseTrain === undefined ? {} : { releaseTrain }),
    ...(version === undefined ? {} : { version }),
    ...(settings === undefined ? {} : { configurationSettings: settings }),
    ...(protectedSettings === undefined ? {} : { configurationProtectedSettings: protectedSettings }),
  }
}

async function write(open: OpenTarget, options: WriteOptions, method: 'PUT' | 'PATCH', body: Json): Promise<void> {
  const { client, target } = open
  const path = configurationPath(target, 'extensions', options.name)
  const answer = await client.request(method, path, EXTENSION_VERSION, body)
  const what = `extension '${options.name}'`
  await finishOperation(client, answer, { apiVersion: EXTENSION_VERSION, wait: options.wait, what })
  const result = options.wait ? await client.get(path, EXTENSION_VERSION) : isJson(answer.body) ? answer.body : {}
  print(options.output, result, () => extensionTable([result]))
}

export async function create(options: ExtensionCreateOptions): Promise<void> {
  const scope = scopeOf(options)
  const plan = planOf(options)
  refusePinWithUpgrade(options)
  const properties = {
    extensionType: options.extensionType.toLowerCase(),
    ...(scope === undefined ? {} : { scope }),
    ...writtenProperties(options),
  }
  const open = await openTarget(options)
  const isManaged = open.target.type === 'managedClusters'
  const location = isManaged ? undefined : at(await open.client.get(open.target.path, CLUSTER_VERSION), 'location')
  await write(open, options, 'PUT', {
    ...(isManaged ? {} : { identity: { type: 'SystemAssigned' }, location: String(location).toLowerCase() }),
    ...(plan === undefined ? {} : { plan }),
    properties,
  })
}

async function requireExtension({ client, target }: OpenTarget, name: string): Promise<Json> {
  try {
    return await client.get(configurationPath(target, 'extensions', name), EXTENSION_VERSION)
  } catch (error) {
    if (error instanceof ServiceError && error.status === 404) {
      throw new Error(`${error.message} Verify that the cluster-type is correct and the resource exists.`)
    }
    throw error
  }
}

export async function update(options: ExtensionUpdateOptions): Promise<void> {
  refusePinWithUpgrade(options)
  const properties = writtenProperties(options)
  if ('configurationSettings' in properties || 'configurationProtectedSettings' in properties) {
    await confirm(
      'Updating properties in --configuration-settings or --configuration-protected-settings may lead to undesirable state if the ' +
        'cluster extension type does not support it. Please refer to the documentation of the cluster extension service to check if ' +
        'updates to these properties is supported. Do you wish to proceed?',
      options.yes,
    )
  }
  const open = await openTarget(options)
  await requireExtension(open, options.name)
  await write(open, options, 'PATCH', { properties })
}

export async function list(options: ExtensionListOptions): Promise<void> {
  const { client, target } = await openTarget(options)
  const all = await client.list(configurationPath(target, 'extensions'), EXTENSION_VERSION)
  print(options.output, all, () => extensionTable(all))
}

export async function show(options: ExtensionShowOptions): Promise<void> {
  const found = await requireExtension(await openTarget(options), options.name)
  print(options.output, found, () => extensionTable([found]))
}

export async function remove(options: ExtensionDeleteOptions): Promise<void> {
  const { name, yes, force } = options
  const { client, target } = await openTarget(options)
  const path = configurationPath(target, 'extensions', name)
  if ((await client.find(path, EXTENSION_VERSION)) === undefined) {
    process.stderr.write(
      `No extension with name '${name}' found on cluster '${target.cluster}', so nothing to delete\n`,
    )
    return
  }
  await confirm('Are you sure you want to perform this operation?', yes)
  const answer = await client.request('DELETE', path, EXTENSION_VERSION, undefined, {
    forceDelete: String(force ?? false),
  })
  await finishOperation(client, answer, {
    apiVersion: EXTENSION_VERSION,
    wait: options.wait,
    what: `extension '${name}'`,
  })
}
