/** The annotations by which a deployment keeps account on its ReplicaSets, and the order of these. */
import type { KubeObject } from '@sluice/api'

export const revisionKey = 'deployment.kubernetes.io/revision'
export const desiredKey = 'deployment.kubernetes.io/desired-replicas'
export const maxKey = 'deployment.kubernetes.io/max-replicas'

/** Oldest first. */
export const byAge = (a: KubeObject, b: KubeObject): number =>
  Date.parse(a.metadata.creationTimestamp ?? '') - Date.parse(b.metadata.creationTimestamp ?? '') ||
  (a.metadata.name < b.metadata.name ? -1 : 1)
