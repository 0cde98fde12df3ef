/**
 * kustomize's order of kinds: what others depend on first (namespaces, definitions, accounts, configuration), webhooks last. Used by the legacy sort and
 * by the order in which references are followed.
 */
import type { Gvk } from './resource-id.ts'

export const orderFirst: readonly string[] = [
  'Namespace',
  'ResourceQuota',
  'StorageClass',
  'CustomResourceDefinition',
  'ServiceAccount',
  'PodSecurityPolicy',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Endpoints',
  'Service',
  'LimitRange',
  'PriorityClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
]

export const orderLast: readonly string[] = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']

/** Ranks of kinds: negative for the first ones, positive for the last, 0 for all others. */
export function kindRanks(
  first: readonly string[] = orderFirst,
  last: readonly string[] = orderLast,
): Map<string, number> {
  const ranks = new Map<string, number>()
  for (const [i, kind] of first.entries()) ranks.set(kind, i - first.length)
  for (const [i, kind] of last.entries()) ranks.set(kind, i + 1)
  return ranks
}

const defaultRanks = kindRanks()

/** `group_version_kind` with stand-ins for what is empty, so that the core group comes after lower-case groups. */
export function stableGvkText(gvk: Partial<Gvk>): string {
  return `${gvk.group || '~G'}_${gvk.version || '~V'}_${gvk.kind || '~K'}`
}

export function gvkLess(a: Partial<Gvk>, b: Partial<Gvk>): number {
  const rank = (defaultRanks.get(a.kind ?? '') ?? 0) - (defaultRanks.get(b.kind ?? '') ?? 0)
  if (rank !== 0) return rank
  const x = stableGvkText(a)
  const y = stableGvkText(b)
  return x < y ? -1 : x > y ? 1 : 0
}
