import type { Condition } from '@sluice/api'

/**
 * Conditions as Flux keeps them (`fluxcd/pkg/runtime/conditions`): Reconciling and Stalled exclude each other, a
 * transition time moves only with status, reason or message, and the order is Stalled, Reconciling, Ready, then the rest.
 */
export interface ConditionDraft {
  type: string
  status: Condition['status']
  reason: string
  message: string
}

/** Longest message Flux writes, in characters. */
const MESSAGE_MOST = 32_768

export function withCondition(
  conditions: readonly Condition[],
  draft: ConditionDraft,
  generation: number | undefined,
  now: Date,
): Condition[] {
  const message = draft.message.length > MESSAGE_MOST ? `${draft.message.slice(0, MESSAGE_MOST - 3)}...` : draft.message
  const old = conditions.find(c => c.type === draft.type)
  const same = old && old.status === draft.status && old.reason === draft.reason && old.message === message
  const next: Condition = {
    type: draft.type,
    status: draft.status,
    observedGeneration: generation,
    lastTransitionTime: same ? old.lastTransitionTime : timestamp(now),
    reason: draft.reason,
    message,
  }
  const opposite = draft.type === 'Reconciling' ? 'Stalled' : draft.type === 'Stalled' ? 'Reconciling' : undefined
  const rest = conditions.filter(c => c.type !== draft.type && !(c.type === opposite && draft.status === 'True'))
  return [...rest, next].sort(byWeight)
}

export function withoutCondition(conditions: readonly Condition[], ...types: string[]): Condition[] {
  return conditions.filter(c => !types.includes(c.type))
}

export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find(c => c.type === type)
}

export const isTrue = (conditions: readonly Condition[] | undefined, type: string): boolean =>
  conditionOf(conditions, type)?.status === 'True'

/** RFC 3339 with whole seconds, as Kubernetes writes times. */
export const timestamp = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`

const WEIGHTS: Record<string, number> = { Stalled: 0, Reconciling: 1, Ready: 2 }
const weight = (c: Condition): number => WEIGHTS[c.type] ?? 3

/** Behind the three of everybody's come those of the newest generation, by name. */
function byWeight(a: Condition, b: Condition): number {
  const byGeneration = weight(a) < 3 ? 0 : (b.observedGeneration ?? 0) - (a.observedGeneration ?? 0)
  return weight(a) - weight(b) || byGeneration || (a.type < b.type ? -1 : a.type > b.type ? 1 : 0)
}
