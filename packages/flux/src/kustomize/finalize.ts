import type { Condition } from '@sluice/api'
import { groups, type Kustomization, kustomizeReasons, type ObjectRef } from '@sluice/api'
import { conditionOf, type EventDraft, type FinalOutcome } from '@sluice/controller'
import { formatRef, type KubeClient, parseInventoryEntry, pruneObjects } from '@sluice/kube'
import type { ClusterTargets } from '../cluster-targets.ts'
import { ownerLabelsOf } from './prune-stale.ts'
import { timingOf } from './timing.ts'

/**
 * What becomes of the objects when their Kustomization is deleted (kustomize-controller `finalize`): by `deletionPolicy`
 * they are deleted, deleted and awaited, or left. A suspended Kustomization leaves them.
 */
export interface FinalizeParts {
  targets: ClusterTargets
  /** Of this cluster, as the controller itself. */
  client: KubeClient
  now: Date
  signal: AbortSignal
}

/** How often objects that are terminating are looked for, in milliseconds. */
const POLL = 500

export async function finalizeKustomization(object: Kustomization, parts: FinalizeParts): Promise<FinalOutcome> {
  const refs = (object.status?.inventory?.entries ?? []).flatMap(entry => parseInventoryEntry(entry) ?? [])
  const policy = object.spec.deletionPolicy ?? 'MirrorPrune'
  const prunes = policy === 'MirrorPrune' ? object.spec.prune : policy !== 'Orphan'
  if (object.spec.suspend || !prunes || refs.length === 0) return { released: true }
  const account = parts.targets.serviceAccountOf(object)
  if (account && !(await serviceAccountExists(object, account, parts.client))) {
    const message = `unable to prune objects: \n${refs.map(formatRef).join('\n')}`
    return { released: true, events: [eventOf(object, 'error', message)] }
  }
  const target = await parts.targets.of(object)
  const results = await pruneObjects(refs, {
    client: target.client,
    group: groups.kustomize,
    ownerLabels: ownerLabelsOf(object),
    signal: parts.signal,
    onDelete: ref => target.tracker.release(ref, `${object.metadata.namespace}/${object.metadata.name}`),
  })
  const failed = results.filter(r => r.action === 'failed')
  if (failed.length > 0) {
    const message = `pruning for deleted resource failed: ${failed.map(r => r.error).join('; ')}`
    return { released: false, events: [eventOf(object, 'error', message)] }
  }
  const lines = results.map(r => `${formatRef(r.ref)} ${r.action}`)
  const done = eventOf(object, 'info', lines.join('\n'))
  if (policy !== 'WaitForTermination') return { released: true, events: [done] }
  const left = await remaining(
    results.filter(r => r.action === 'deleted').map(r => r.ref),
    target.client,
  )
  if (left.length === 0) return { released: true, events: [done] }
  const deadline = Date.parse(object.metadata.deletionTimestamp ?? '') + timingOf(object).timeout
  if (parts.now.getTime() < deadline) return { released: false, after: POLL }
  return { released: true, events: [done, eventOf(object, 'error', 'failed to wait for resources termination')] }
}

async function remaining(refs: readonly ObjectRef[], client: KubeClient): Promise<ObjectRef[]> {
  const left: ObjectRef[] = []
  for (const ref of refs) if (await client.find(ref).catch(() => undefined)) left.push(ref)
  return left
}

async function serviceAccountExists(object: Kustomization, name: string, client: KubeClient): Promise<boolean> {
  const ref = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: object.metadata.namespace ?? '', name }
  return (await client.find(ref)) !== undefined
}

function eventOf(object: Kustomization, severity: EventDraft['severity'], message: string): EventDraft {
  const ready = conditionOf(object.status?.conditions as Condition[] | undefined, 'Ready')
  const revision = object.status?.lastAppliedRevision
  return {
    severity,
    reason: ready?.reason ?? kustomizeReasons.reconciliationSucceeded,
    message,
    metadata: revision ? { [`${groups.kustomize}/revision`]: revision } : undefined,
  }
}
