/** Which nodes a pod may run on: labels, affinity, taints. */
import { conditionOf } from './counts.ts'
import type { Node, PodSpec, Toleration } from './kinds.ts'
import { meets } from './selector.ts'

export function isUsable(node: Node): boolean {
  return (
    conditionOf(node.status?.conditions, 'Ready')?.status === 'True' && node.metadata.deletionTimestamp === undefined
  )
}

export function matchesNode(spec: PodSpec, node: Node): boolean {
  const labels = node.metadata.labels ?? {}
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) if (labels[key] !== value) return false
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (terms === undefined) return true
  return terms.some(
    ({ matchExpressions = [], matchFields = [] }) =>
      matchExpressions.length + matchFields.length > 0 &&
      matchExpressions.every(requirement => meets(requirement, labels)) &&
      matchFields.every(requirement => meets(requirement, { 'metadata.name': node.metadata.name })),
  )
}

/** The first taint that keeps the pod away. */
export function repellingTaint(tolerations: readonly Toleration[] | undefined, node: Node): string | undefined {
  const taints = (node.spec?.taints ?? []).filter(taint => taint.effect !== 'PreferNoSchedule')
  const bad = taints.find(taint => !(tolerations ?? []).some(toleration => tolerates(toleration, taint)))
  return bad === undefined ? undefined : `{${bad.key}: ${bad.value ?? ''}}`
}

function tolerates(toleration: Toleration, taint: { key: string; value?: string; effect: string }): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false
  if (toleration.key && toleration.key !== taint.key) return false
  if (toleration.operator === 'Exists') return true
  return toleration.key !== undefined && (toleration.value ?? '') === (taint.value ?? '')
}
