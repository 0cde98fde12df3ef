/** One object against the cluster: what applying it would change. */
import type { KubeObject } from '@sluice/api'
import { dryRunError, type KubeClient, withoutPaths } from '@sluice/kube'
import type { ObjectChange } from '../action/object-change.ts'
import type { BuiltObject } from '../cluster/build-objects.ts'
import { maskedPatch, normalObject, objectDiff } from './object-diff.ts'

export interface CompareOptions {
  client: KubeClient
  manager: string
  /** Objects that are nobody's business: asked of the wanted and of the live one. */
  isExcluded?: (object: KubeObject) => boolean
  /** Objects of which it is known that applying them would change nothing: no request is made for them. */
  isCurrent?: (wanted: KubeObject) => boolean
  /** JSON pointers to fields that do not count; `""` for all of it. */
  ignored?: (object: KubeObject) => readonly string[]
  signal?: AbortSignal
}

/**
 * A dry run of a forced apply beside a look at the live object. Throws ApplyError in Flux's words when the server
 * refuses.
 */
export async function compareLive(built: BuiltObject, options: CompareOptions): Promise<ObjectChange> {
  const { client, manager, isExcluded = () => false, signal } = options
  const { ref } = built
  const wanted = normalObject(built.object)
  const ignored = options.ignored?.(wanted) ?? []
  const none = { ref, patch: [], masked: [], wanted }
  if (isExcluded(wanted) || ignored.includes('')) return { ...none, action: 'excluded' }
  if (options.isCurrent?.(wanted)) return { ...none, action: 'unchanged' }
  const [live, answer] = await Promise.all([
    client.find(ref, signal),
    client.apply(wanted, { fieldManager: manager, force: true, dryRun: true, signal }).catch((error: unknown) => {
      throw dryRunError(ref, error)
    }),
  ])
  if (live && isExcluded(live)) return { ...none, action: 'excluded' }
  if (!live) return { ...none, action: 'added' }
  const patch = objectDiff(withoutPaths(live, ignored), withoutPaths(answer, ignored))
  if (patch.length === 0) return { ...none, live, action: 'unchanged' }
  return { ref, action: 'changed', patch, masked: maskedPatch(wanted, patch), wanted, live }
}
