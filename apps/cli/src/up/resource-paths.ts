/** ARM paths of what `sluice up` creates: one subscription, one resource group, a connected cluster for each dev cluster. */

/** Made up, and the same everywhere: commands without `--subscription` mean this one. */
export const SUBSCRIPTION = '00000000-0000-0000-0000-000000000000'
export const RESOURCE_GROUP = 'sluice'

export const groupId = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${RESOURCE_GROUP}`
export const clusterId = (cluster: string): string =>
  `${groupId}/providers/Microsoft.Kubernetes/connectedClusters/${cluster}`
export const configurationsPath = (cluster: string): string =>
  `${clusterId(cluster)}/providers/Microsoft.KubernetesConfiguration/fluxConfigurations`
