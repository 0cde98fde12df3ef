import type { KubeObject, ObjectRef } from '@sluice/api'
import { isNotFound } from '../api-error.ts'
import type { KubeClient } from '../client.ts'
import { NoMatchError } from '../discovery.ts'
import { inParallel } from './in-parallel.ts'
import { formatRef } from './object-id.ts'
import { compareForApply, rankOf } from './order.ts'
import { isKept } from './policy.ts'

/**
 * Deletes objects that left an inventory (fluxcd/pkg/ssa `DeleteAll`): backwards through the order of application, only
 * those that still belong to the owner, and all that can be deleted even when one cannot.
 */
export interface PruneOptions {
  client: KubeClient
  group: string
  /** Labels that must all be on the live object: it is still ours. */
  ownerLabels: Record<string, string>
  signal?: AbortSignal
  /** Told of an object just before it is deleted, so that nobody takes its disappearance for drift. */
  onDelete?: (ref: ObjectRef) => void
}

export interface Pruned {
  ref: ObjectRef
  action: 'deleted' | 'skipped' | 'failed'
  error?: string
}

export async function pruneObjects(refs: readonly ObjectRef[], options: PruneOptions): Promise<Pruned[]> {
  const ordered = [...refs].sort((a, b) => compareForApply(b, a))
  const results = new Map<ObjectRef, Pruned>()
  for (let from = 0; from < ordered.length; ) {
    const rank = rankOf(ordered[from]?.kind ?? '')
    let to = from
    while (to < ordered.length && rankOf(ordered[to]?.kind ?? '') === rank) to++
    await inParallel(ordered.slice(from, to), WINDOW, async ref => {
      options.signal?.throwIfAborted()
      results.set(ref, await prune(ref, options))
    })
    from = to
  }
  return ordered.flatMap(ref => results.get(ref) ?? [])
}

const WINDOW = 16

async function prune(ref: ObjectRef, options: PruneOptions): Promise<Pruned> {
  try {
    const live = await options.client.find<KubeObject>(ref)
    if (!live) return { ref, action: 'deleted' }
    const labels = live.metadata.labels ?? {}
    const foreign = Object.entries(options.ownerLabels).some(([key, value]) => labels[key] !== value)
    if (foreign || isKept(live, options.group)) return { ref, action: 'skipped' }
    options.onDelete?.(ref)
    await options.client.delete(ref, { propagationPolicy: 'Background', uid: live.metadata.uid })
    return { ref, action: 'deleted' }
  } catch (error) {
    // Its definition is gone, and with it all objects of the kind.
    if (isNotFound(error) || error instanceof NoMatchError) return { ref, action: 'deleted' }
    const message = error instanceof Error ? error.message : String(error)
    return { ref, action: 'failed', error: `${formatRef(ref)} delete failed: ${message}` }
  }
}
