/**
 * ARM resource ids: how they are put together and which types of clusters there are. Ids compare without regard to
 * case; the key of a row is the id in lower case, and the id as shown keeps the casing of whoever wrote it last.
 */
import { badRequest } from './arm-error.ts'

export interface ClusterType {
  provider: string
  type: string
  typeKey: string
}

export const CONNECTED_CLUSTERS: ClusterType = {
  provider: 'Microsoft.Kubernetes',
  type: 'connectedClusters',
  typeKey: 'connectedclusters',
}
export const MANAGED_CLUSTERS: ClusterType = {
  provider: 'Microsoft.ContainerService',
  type: 'managedClusters',
  typeKey: 'managedclusters',
}
const CLUSTER_TYPES = [CONNECTED_CLUSTERS, MANAGED_CLUSTERS]

export interface GroupAddress {
  subscription: string
  group: string
}

export interface ClusterAddress extends GroupAddress {
  clusterType: ClusterType
  cluster: string
}

const NAME_IN_PATH = /^[A-Za-z0-9][-A-Za-z0-9_.()]*$/
const GROUP_NAME = /^[-\w.()]{1,90}$/

export function checkedGroup(subscription: string, group: string): GroupAddress {
  if (!NAME_IN_PATH.test(subscription) || subscription.length > 64) {
    throw badRequest(
      'InvalidSubscriptionId',
      `The provided subscription identifier '${subscription}' is malformed or invalid.`,
    )
  }
  if (!GROUP_NAME.test(group) || group.endsWith('.')) {
    throw badRequest(
      'InvalidResourceGroup',
      `The resource group name '${group}' is not valid: 1 to 90 letters, digits, '-', '_', '.', '(' or ')', not ending in '.'.`,
    )
  }
  return { subscription, group }
}

export function clusterTypeOf(provider: string, type: string): ClusterType {
  const found = CLUSTER_TYPES.find(
    known => known.provider.toLowerCase() === provider.toLowerCase() && known.typeKey === type.toLowerCase(),
  )
  if (found !== undefined) return found
  const known = CLUSTER_TYPES.map(one => `${one.provider}/${one.type}`).join(', ')
  throw badRequest(
    'InvalidResourceType',
    `The cluster type '${provider}/${type}' is not supported. Supported cluster types are '${known}'.`,
  )
}

export function checkedCluster(group: GroupAddress, clusterType: ClusterType, cluster: string): ClusterAddress {
  if (!NAME_IN_PATH.test(cluster) || cluster.length > 63) {
    throw badRequest(
      'InvalidResourceName',
      `The cluster name '${cluster}' is not valid: 1 to 63 letters, digits, '-', '_' or '.', beginning with a letter or digit.`,
    )
  }
  return { ...group, clusterType, cluster }
}

export function groupId({ subscription, group }: GroupAddress): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}`
}

export function clusterId(address: ClusterAddress): string {
  const { provider, type } = address.clusterType
  return `${groupId(address)}/providers/${provider}/${type}/${address.cluster}`
}

export const CONFIGURATION_PROVIDER = 'Microsoft.KubernetesConfiguration'

/** `segment` is `fluxConfigurations` or `extensions`. */
export function extensionResourceId(cluster: string, segment: string, name: string): string {
  return `${cluster}/providers/${CONFIGURATION_PROVIDER}/${segment}/${name}`
}
