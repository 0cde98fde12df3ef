/** Numbers that may be percentages, and conditions in a status. */
import type { Condition } from './kinds.ts'

/** `25%` of a total, or the number itself. */
export function scaled(value: number | string | undefined, total: number, round: 'up' | 'down'): number {
  if (value === undefined) return 0
  if (typeof value === 'number') return value
  const part = (Number.parseFloat(value) / 100) * total
  return round === 'up' ? Math.ceil(part) : Math.floor(part)
}

/** Deployments' bounds: both zero would never get anywhere. */
export function rollingBounds(
  strategy: { maxSurge?: number | string; maxUnavailable?: number | string } | undefined,
  replicas: number,
): { surge: number; unavailable: number } {
  const surge = scaled(strategy?.maxSurge, replicas, 'up')
  const unavailable = scaled(strategy?.maxUnavailable, replicas, 'down')
  return surge === 0 && unavailable === 0
    ? { surge, unavailable: 1 }
    : { surge, unavailable: Math.min(unavailable, replicas) }
}

export const conditionOf = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find(condition => condition.type === type)

/** The list with this condition in place of one of its type; the transition time stays while the status does. */
export function withCondition(conditions: readonly Condition[] | undefined, next: Condition): Condition[] {
  const list = [...(conditions ?? [])]
  const at = list.findIndex(condition => condition.type === next.type)
  const old = list[at]
  if (old === undefined) return [...list, next]
  if (old.status === next.status && old.reason === next.reason && old.message === next.message) return list
  list[at] =
    old.status === next.status
      ? { ...next, lastTransitionTime: old.lastTransitionTime ?? next.lastTransitionTime ?? '' }
      : next
  return list
}

/** Undefined for zero: counters that Kubernetes leaves out of a status when they are. */
export const unlessZero = (count: number): number | undefined => (count === 0 ? undefined : count)

/** Without the fields that are undefined. */
export function defined<T extends object>(object: T): T {
  const out = { ...object }
  for (const key in out) if (out[key] === undefined) delete out[key]
  return out
}
