/** What controllers ask about pods, and how they make them. */
import type { KubeObject, OwnerReference } from '@sluice/api'
import { conditionOf } from './counts.ts'
import type { Pod, PodTemplate } from './kinds.ts'

export const isTerminal = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'

export const isReady = (pod: Pod): boolean => conditionOf(pod.status?.conditions, 'Ready')?.status === 'True'

/** Milliseconds until a ready pod counts as available; undefined when it is not ready. */
export function availableIn(pod: Pod, minReadySeconds: number | undefined, now: number): number | undefined {
  const ready = conditionOf(pod.status?.conditions, 'Ready')
  if (ready?.status !== 'True') return undefined
  if (!minReadySeconds) return 0
  return Math.max(0, Date.parse(ready.lastTransitionTime ?? '') + minReadySeconds * 1000 - now)
}

/** Sorts pods so that the first is the first to go: not scheduled, not running, not ready, ready for the shortest time, youngest. */
export function firstToGo(a: Pod, b: Pod): number {
  const rank = (pod: Pod) => [
    pod.spec.nodeName ? 1 : 0,
    pod.status?.phase === 'Running' ? 1 : 0,
    isReady(pod) ? 1 : 0,
    Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0),
    -Date.parse(conditionOf(pod.status?.conditions, 'Ready')?.lastTransitionTime ?? '') || 0,
    -Date.parse(pod.metadata.creationTimestamp ?? '') || 0,
  ]
  const left = rank(a)
  const right = rank(b)
  for (const [at, value] of left.entries()) {
    const difference = value - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

export function ownerReference(owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true }
}

export interface NewPod {
  name?: string
  generateName?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  spec?: Partial<Pod['spec']>
}

/** A pod of its controller, from the template. */
export function podOf(owner: KubeObject, template: PodTemplate, more: NewPod): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: more.name ?? '',
      ...(more.generateName === undefined ? {} : { generateName: more.generateName }),
      namespace: owner.metadata.namespace ?? '',
      labels: { ...labels, ...more.labels },
      ...(annotations || more.annotations ? { annotations: { ...annotations, ...more.annotations } } : {}),
      ...(finalizers || more.finalizers ? { finalizers: [...(finalizers ?? []), ...(more.finalizers ?? [])] } : {}),
      ownerReferences: [ownerReference(owner)],
    },
    spec: { ...template.spec, ...more.spec },
  }
}

export const refOf = ({ apiVersion, kind, metadata }: KubeObject) => ({
  apiVersion,
  kind,
  name: metadata.name,
  ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
})
