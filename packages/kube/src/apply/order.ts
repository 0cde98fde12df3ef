import { type ObjectRef, parseApiVersion } from '@sluice/api'

/** In which order Flux applies kinds (fluxcd/pkg/ssa): three stages, and inside a stage by kind. Deletion runs backwards. */
export type Stage = 'definitions' | 'classes' | 'rest'

export const STAGES: readonly Stage[] = ['definitions', 'classes', 'rest']

export function stageOf(object: { apiVersion: string; kind: string }): Stage {
  const { group } = parseApiVersion(object.apiVersion)
  if (object.kind === 'CustomResourceDefinition' && group === 'apiextensions.k8s.io') return 'definitions'
  if (object.kind === 'Namespace' && group === '') return 'definitions'
  if (object.kind === 'ClusterRole' && group === 'rbac.authorization.k8s.io') return 'definitions'
  return object.kind.endsWith('Class') ? 'classes' : 'rest'
}

const FIRST = [
  'CustomResourceDefinition',
  'Namespace',
  'ClusterRole',
  'ClusterClass',
  'RuntimeClass',
  'PriorityClass',
  'StorageClass',
  'VolumeSnapshotClass',
  'IngressClass',
  'GatewayClass',
  'ClusterRoleBinding',
  'ResourceQuota',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ConfigMap',
  'Secret',
  'Service',
  'LimitRange',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
]
const LAST = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']
const RANKS = new Map([
  ...FIRST.map((kind, i) => [kind, i] as const),
  ...LAST.map((kind, i) => [kind, 1000 + i] as const),
])

/** Objects of one rank may be applied side by side. */
export const rankOf = (kind: string): number => RANKS.get(kind) ?? FIRST.length

/** Sorts as Flux does: by rank, unknown kinds by group and kind, then by namespace and name. */
export function compareForApply(a: ObjectRef, b: ObjectRef): number {
  return (
    rankOf(a.kind) - rankOf(b.kind) ||
    compare(parseApiVersion(a.apiVersion).group, parseApiVersion(b.apiVersion).group) ||
    compare(a.kind, b.kind) ||
    compare(a.namespace ?? '', b.namespace ?? '') ||
    compare(a.name, b.name)
  )
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
