import { groups, type InventoryEntry, type Kustomization, labels, type ObjectRef } from '@sluice/api'
import { formatRef, inventoryEntry, parseInventoryEntry, pruneObjects } from '@sluice/kube'
import type { Target } from '../cluster-targets.ts'

/** Objects that a Kustomization applied before and its source no longer has: deleted, or forgotten when pruning is off. */
export interface PruneResult {
  /** What was done, a line an object. */
  lines: string[]
  /** Objects that are no longer this Kustomization's business. */
  released: ObjectRef[]
  /** Entries that could not be deleted: they stay in the inventory and are tried again. */
  kept: InventoryEntry[]
  error?: string
}

export function ownerLabelsOf(object: Kustomization): Record<string, string> {
  return {
    [labels.kustomizationName]: object.metadata.name,
    [labels.kustomizationNamespace]: object.metadata.namespace ?? '',
  }
}

/** Entries of `before` that `after` lacks. The version is no part of an object's identity. */
export function staleEntries(before: readonly InventoryEntry[], after: readonly InventoryEntry[]): InventoryEntry[] {
  const ids = new Set(after.map(entry => entry.id))
  return before.filter(entry => !ids.has(entry.id))
}

export async function pruneStale(
  object: Kustomization,
  stale: readonly InventoryEntry[],
  target: Target,
  signal: AbortSignal,
): Promise<PruneResult> {
  const refs = stale.flatMap(entry => parseInventoryEntry(entry) ?? [])
  if (!object.spec.prune || refs.length === 0) return { lines: [], released: refs, kept: [] }
  const results = await pruneObjects(refs, {
    client: target.client,
    group: groups.kustomize,
    ownerLabels: ownerLabelsOf(object),
    signal,
    onDelete: ref => target.tracker.release(ref, `${object.metadata.namespace}/${object.metadata.name}`),
  })
  const failed = results.filter(r => r.action === 'failed')
  return {
    lines: results.filter(r => r.action !== 'failed').map(r => `${formatRef(r.ref)} ${r.action}`),
    released: results.filter(r => r.action !== 'failed').map(r => r.ref),
    kept: failed.map(r => inventoryEntry(r.ref)),
    error: failed.length > 0 ? `delete failed, errors: ${failed.map(r => `${r.error};`).join(' ')}` : undefined,
  }
}
