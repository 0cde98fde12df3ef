import type { FluxConfig, FluxConfigStatus } from '@sluice/api'
import { type ConditionDraft, type EventDraft, withCondition } from '@sluice/controller'
import type { Gathered } from './managed-statuses.ts'

/** The status of a FluxConfig, from what a pass did and found. Pure. What the agent notes in it (`dataplaneStatus`) stays. */
export interface PassFacts {
  gathered: Gathered
  /** Why not everything could be written; empty when it could. */
  problems: readonly string[]
  /** Deletions that are not through yet. */
  waitingFor: readonly string[]
  updatedAt: string
  publicKey: string | undefined
}

export function configurationStatus(config: FluxConfig, facts: PassFacts, now: Date): FluxConfigStatus {
  const { gathered, problems, waitingFor, updatedAt, publicKey } = facts
  const before = config.status ?? {}
  const { generation } = config.metadata
  const written = problems.length === 0
  const through = written && waitingFor.length === 0
  const firstTime = before.lastSucceededGeneration === undefined
  const ready = readyCondition(config, facts)
  return {
    ...before,
    conditions: withCondition(before.conditions ?? [], ready, generation, now),
    observedGeneration: generation,
    provisioningState: !written ? 'Failed' : through ? 'Succeeded' : firstTime ? 'Creating' : 'Updating',
    errorMessage: problems.join('\n'),
    complianceState: written || !firstTime ? gathered.complianceState : 'Non-Compliant',
    lastConfigUpdateTime: updatedAt,
    ...(through && {
      lastSucceededGeneration: generation,
      lastSucceededKustomizations: (config.spec.kustomizations ?? []).map(k => `${config.metadata.name}-${k.name}`),
    }),
    lastSyncedCommit: gathered.revision ?? before.lastSyncedCommit,
    lastSourceSyncedTime: gathered.syncedAt ?? before.lastSourceSyncedTime,
    repositoryPublicKey: publicKey,
    managedStatuses: gathered.managedStatuses,
  }
}

function readyCondition(config: FluxConfig, { gathered, problems, waitingFor }: PassFacts): ConditionDraft {
  const draft = (status: ConditionDraft['status'], reason: string, message: string): ConditionDraft => ({
    type: 'Ready',
    status,
    reason,
    message,
  })
  if (problems.length > 0) return draft('False', 'ProvisioningFailed', problems.join('\n'))
  if (waitingFor.length > 0)
    return draft('Unknown', 'Progressing', `Waiting for the deletion of ${waitingFor.join(', ')}`)
  if (config.spec.suspend) return draft('Unknown', 'Suspended', 'The configuration is suspended')
  switch (gathered.complianceState) {
    case 'Compliant':
      return draft('True', 'ReconciliationSucceeded', `Applied revision: ${gathered.revision ?? 'unknown'}`)
    case 'Non-Compliant':
      return draft('False', 'NonCompliant', gathered.complaint ?? 'An object is not ready')
    case 'Suspended':
      return draft('Unknown', 'Suspended', 'All objects are suspended')
    default:
      return draft('Unknown', 'Progressing', 'Reconciliation in progress')
  }
}

/** What changes while a FluxConfig goes away. */
export function deletingStatus(config: FluxConfig, ready: ConditionDraft, now: Date): FluxConfigStatus {
  return {
    conditions: withCondition(config.status?.conditions ?? [], ready, config.metadata.generation, now),
    provisioningState: 'Deleting',
    observedGeneration: config.metadata.generation,
  }
}

/** What is worth telling a person who looks at the events: the outcome of writes, and changes of compliance. */
export function provisioningEvents(before: FluxConfigStatus, after: FluxConfigStatus): EventDraft[] {
  const message = after.conditions?.find(c => c.type === 'Ready')?.message ?? ''
  if (after.provisioningState === 'Failed') {
    const known = before.provisioningState === 'Failed' && before.errorMessage === after.errorMessage
    return known ? [] : [{ severity: 'error', reason: 'ProvisioningFailed', message }]
  }
  const events: EventDraft[] = []
  if (after.lastSucceededGeneration !== before.lastSucceededGeneration) {
    const names = after.lastSucceededKustomizations?.join(', ') || 'none'
    events.push({ severity: 'info', reason: 'Provisioned', message: `Wrote source and kustomizations: ${names}` })
  }
  if (after.complianceState === before.complianceState) return events
  if (after.complianceState === 'Compliant') events.push({ severity: 'info', reason: 'Compliant', message })
  if (after.complianceState === 'Non-Compliant') events.push({ severity: 'error', reason: 'NonCompliant', message })
  return events
}
