import type { BuiltObject } from './build-objects.ts'

/**
 * Kinds in the order in which Helm deletes them; others come last, by name. It is not that of installation read
 * backwards.
 */
const order = [
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'APIService',
  'Ingress',
  'IngressClass',
  'Service',
  'CronJob',
  'Job',
  'StatefulSet',
  'HorizontalPodAutoscaler',
  'Deployment',
  'ReplicaSet',
  'ReplicationController',
  'Pod',
  'DaemonSet',
  'RoleBindingList',
  'RoleBinding',
  'RoleList',
  'Role',
  'ClusterRoleBindingList',
  'ClusterRoleBinding',
  'ClusterRoleList',
  'ClusterRole',
  'CustomResourceDefinition',
  'PersistentVolumeClaim',
  'PersistentVolume',
  'StorageClass',
  'ConfigMap',
  'SecretList',
  'Secret',
  'ServiceAccount',
  'PodDisruptionBudget',
  'PodSecurityPolicy',
  'LimitRange',
  'ResourceQuota',
  'NetworkPolicy',
  'Namespace',
  'PriorityClass',
]

const places = new Map(order.map((kind, place) => [kind, place]))

/** Stable: objects of one kind keep the order they have. */
export function uninstallOrder(objects: readonly BuiltObject[]): BuiltObject[] {
  const placeOf = ({ ref }: BuiltObject) => places.get(ref.kind) ?? order.length
  return [...objects].sort((a, b) => {
    const difference = placeOf(a) - placeOf(b)
    if (difference !== 0 || placeOf(a) < order.length) return difference
    return a.ref.kind < b.ref.kind ? -1 : a.ref.kind > b.ref.kind ? 1 : 0
  })
}
