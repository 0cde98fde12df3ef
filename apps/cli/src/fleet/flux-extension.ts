/**
 * The `microsoft.flux` extension that a configuration needs: found, or installed by itself, as `az k8s-configuration
 * flux create` does.
 */
import { at, type FleetClient } from '../fleet-client.ts'
import { type ClusterTarget, configurationPath } from './cluster-target.ts'
import { finishOperation } from './finish-operation.ts'
import { CLUSTER_VERSION, EXTENSION_VERSION } from './versions.ts'

const FLUX_TYPE = 'microsoft.flux'

export async function ensureFluxExtension(client: FleetClient, target: ClusterTarget, wait: boolean): Promise<void> {
  const extensions = await client.list(configurationPath(target, 'extensions'), EXTENSION_VERSION)
  const flux = extensions.find(one => String(at(one, 'properties.extensionType')).toLowerCase() === FLUX_TYPE)
  const state = at(flux, 'properties.provisioningState')
  if (flux === undefined) return install(client, target, wait)
  if (state === 'Succeeded') return
  if (state === 'Creating') {
    throw new Error(
      "Error! 'Microsoft.Flux' extension is currently installing on the cluster. Unable to proceed with Flux v2 configuration install.\n" +
        "Try again in a few minutes when the 'Microsoft.Flux' extension installation has completed.",
    )
  }
  throw new Error(
    "Error! 'Microsoft.Flux' extension is installed but not in a succeeded state on the cluster. Unable to proceed with Flux v2 configuration install.\n" +
      'Try resolving the extension error on the cluster or removing and re-installing the extension.',
  )
}

async function install(client: FleetClient, target: ClusterTarget, wait: boolean): Promise<void> {
  process.stderr.write(
    "'Microsoft.Flux' extension not found on the cluster, installing it now. This may take a few minutes...\n",
  )
  const isManaged = target.type === 'managedClusters'
  const location = isManaged ? undefined : at(await client.get(target.path, CLUSTER_VERSION), 'location')
  const version = process.env.FLUX_EXTENSION_VERSION
  const releaseTrain = process.env.FLUX_EXTENSION_RELEASETRAIN
  const answer = await client.request('PUT', configurationPath(target, 'extensions', 'flux'), EXTENSION_VERSION, {
    ...(isManaged ? {} : { identity: { type: 'SystemAssigned' }, location: String(location).toLowerCase() }),
    properties: {
      extensionType: FLUX_TYPE,
      autoUpgradeMinorVersion: version === undefined,
      ...(version === undefined ? {} : { version }),
      ...(releaseTrain === undefined ? {} : { releaseTrain }),
    },
  })
  await finishOperation(client, answer, { apiVersion: EXTENSION_VERSION, wait, what: "extension 'flux'" })
  if (wait) process.stderr.write("'Microsoft.Flux' extension was successfully installed on the cluster\n")
}
