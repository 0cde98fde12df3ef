import { type Condition, conditionTypes, type Kustomization, kustomizeReasons, reasons } from '@sluice/api'
import { conditionOf, isTrue, withCondition, withoutCondition } from '@sluice/controller'

/**
 * What a pass of a Kustomization came to, and the status that says so. The only place that writes this kind's conditions;
 * the shapes are those recorded from kustomize-controller 1.9.
 */
export type KustomizationStatus = NonNullable<Kustomization['status']>

export type Verdict =
  /** Everything is applied, pruned and healthy. */
  | { kind: 'succeeded'; revision: string; originRevision?: string }
  /** Waiting for health or for definitions: `step` says for what. */
  | { kind: 'progressing'; step: string; health?: boolean }
  /** A step failed; it is tried again. `step` is what was being done. */
  | { kind: 'failed'; reason: string; message: string; step: string }
  /** Something this depends on is not there yet: no step was begun. */
  | { kind: 'blocked'; reason: string; message: string }
  /** Nothing will change until somebody edits the object. */
  | { kind: 'stalled'; reason: string; message: string }

export interface HealthWord {
  status: Condition['status']
  reason: string
  message: string
}

/** `health` is the Healthy condition to show; `null` removes it; absent leaves it as it is. */
export function concluded(
  status: KustomizationStatus,
  verdict: Verdict,
  generation: number | undefined,
  now: Date,
  health?: HealthWord | null,
): KustomizationStatus {
  let conditions: Condition[] = [...((status.conditions ?? []) as Condition[])]
  const set = (type: string, value: Condition['status'], reason: string, message: string) => {
    conditions = withCondition(conditions, { type, status: value, reason, message }, generation, now)
  }
  if (health === null) conditions = withoutCondition(conditions, conditionTypes.healthy)
  else if (health) set(conditionTypes.healthy, health.status, health.reason, health.message)
  switch (verdict.kind) {
    case 'succeeded': {
      const { revision, originRevision } = verdict
      set(conditionTypes.ready, 'True', kustomizeReasons.reconciliationSucceeded, `Applied revision: ${revision}`)
      conditions = withoutCondition(conditions, conditionTypes.reconciling, conditionTypes.stalled)
      return {
        ...status,
        conditions,
        observedGeneration: generation,
        lastAppliedRevision: revision,
        lastAppliedOriginRevision: originRevision,
      }
    }
    case 'progressing':
      set(conditionTypes.reconciling, 'True', reasons.progressing, verdict.step)
      set(conditionTypes.ready, 'Unknown', reasons.progressing, 'Reconciliation in progress')
      if (verdict.health) set(conditionTypes.healthy, 'Unknown', reasons.progressing, verdict.step)
      return { ...status, conditions }
    case 'failed':
      set(conditionTypes.reconciling, 'True', reasons.progressingWithRetry, verdict.step)
      set(conditionTypes.ready, 'False', verdict.reason, verdict.message)
      return { ...status, conditions }
    case 'blocked': {
      set(conditionTypes.ready, 'False', verdict.reason, verdict.message)
      const step = conditionOf(conditions, conditionTypes.reconciling)
      if (step && isTrue(conditions, conditionTypes.reconciling)) {
        set(conditionTypes.reconciling, 'True', reasons.progressingWithRetry, step.message)
      }
      return { ...status, conditions }
    }
    case 'stalled':
      set(conditionTypes.ready, 'False', verdict.reason, verdict.message)
      set(conditionTypes.stalled, 'True', verdict.reason, verdict.message)
      return { ...status, conditions }
  }
}
