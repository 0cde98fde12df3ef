/** One object against the cluster: what applying it would change. */
import type { KubeObject, ObjectRef } from '@sluice/api'
import { dryRunError, isNotFound, type KubeClient, overridePatch, withoutPaths } from '@sluice/kube'
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
  /** Managers that may not keep fields: those become ours before anything is compared, and are seen as drift. */
  overridden?: readonly string[]
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
  await takeOver(ref, options)
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

/** A write, though only to what the server notes about fields. */
async function takeOver(ref: ObjectRef, options: CompareOptions): Promise<void> {
  const { client, manager, overridden = [], isExcluded = () => false, signal } = options
  if (overridden.length === 0) return
  try {
    const live = await client.find(ref, signal)
    if (!live || isExcluded(live)) return
    const patch = overridePatch(live, manager, overridden)
    if (patch.length > 0) await client.patch(ref, patch, 'json', { fieldManager: manager, signal })
  } catch (error) {
    if (isNotFound(error)) return
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`failed to clean-up disallowed field managers: ${reason}`, { cause: error })
  }
}
