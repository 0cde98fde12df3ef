/**
 * Which cluster a command is about: the arguments all commands of `az k8s-configuration` and `az k8s-extension`
 * share, and their meaning.
 */
import type { Command } from 'commander'
import { UsageError } from '../usage-error.ts'

export interface ClusterTargetOptions {
  resourceGroup: string
  clusterName: string
  clusterType: string
  clusterResourceProvider?: string
  subscription?: string
}

export interface ClusterTarget {
  provider: string
  /** As given, `connectedClusters`. */
  type: string
  cluster: string
  /** Path of the cluster. */
  path: string
  /** `Microsoft.Kubernetes/connectedClusters/name`, as messages name it. */
  label: string
}

export function withClusterTarget(command: Command): Command {
  return command
    .requiredOption('-g, --resource-group <name>', 'resource group of the cluster')
    .requiredOption('-c, --cluster-name <name>', 'name of the cluster')
    .requiredOption('-t, --cluster-type <type>', 'connectedClusters or managedClusters')
    .option('--cluster-rp, --cluster-resource-provider <name>', 'resource provider, for provisionedClusters only')
    .option('--subscription <id>', "subscription of the cluster (default: the login's, or the only one)")
}

const PROVIDERS: Record<string, [provider: string, type: string]> = {
  connectedclusters: ['Microsoft.Kubernetes', 'connectedClusters'],
  managedclusters: ['Microsoft.ContainerService', 'managedClusters'],
  appliances: ['Microsoft.ResourceConnector', 'appliances'],
}

function providerOf(type: string, given: string | undefined): [provider: string, type: string] {
  const key = type.toLowerCase()
  if (key === 'provisionedclusters') {
    if (given === undefined) {
      throw new UsageError(`Error! Cluster Resource Provider value is required for Cluster Type '${type}'`)
    }
    if (given.toLowerCase() === 'microsoft.hybridcontainerservice') return [given, 'provisionedClusters']
  }
  const known = PROVIDERS[key]
  if (known === undefined && given === undefined) throw new UsageError(`Error! Cluster type '${type}' is not supported`)
  if (known === undefined || (given !== undefined && given.toLowerCase() !== known[0].toLowerCase())) {
    throw new UsageError(
      `Error! Cluster type '${type}' and Cluster Resource Provider '${given}' combination is not supported`,
    )
  }
  return known
}

export function clusterTarget(options: ClusterTargetOptions, subscription: string): ClusterTarget {
  const [provider, type] = providerOf(options.clusterType, options.clusterResourceProvider)
  const { resourceGroup, clusterName } = options
  const label = `${provider}/${type}/${clusterName}`
  const group = `/subscriptions/${encodeURIComponent(subscription)}/resourceGroups/${encodeURIComponent(resourceGroup)}`
  const path = `${group}/providers/${provider}/${type}/${encodeURIComponent(clusterName)}`
  return { provider, type, cluster: clusterName, path, label }
}

/** Path of an extension or configuration of the cluster, or of their collection. */
export function configurationPath(
  target: ClusterTarget,
  kind: 'fluxConfigurations' | 'extensions',
  name?: string,
): string {
  const collection = `${target.path}/providers/Microsoft.KubernetesConfiguration/${kind}`
  return name === undefined ? collection : `${collection}/${encodeURIComponent(name)}`
}
