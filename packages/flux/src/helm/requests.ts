import { annotations, type HelmRelease } from '@sluice/api'
import type { StatusDraft } from './status-draft.ts'

/**
 * Requests that annotations make once: to release though nothing changed, to forget failures. They count when they
 * repeat `requestedAt` and neither was seen before; what was seen is noted in any case.
 */
export function takeRequest(object: HelmRelease, draft: StatusDraft, what: 'force' | 'reset'): boolean {
  const marks = object.metadata.annotations ?? {}
  const wanted = marks[what === 'force' ? annotations.forceAt : annotations.resetAt]
  if (wanted === undefined) return false
  const field = what === 'force' ? 'lastHandledForceAt' : 'lastHandledResetAt'
  const handled = draft.value[field]
  if (handled !== wanted) draft.set({ [field]: wanted })
  const asked = marks[annotations.requestedAt]
  return wanted === asked && draft.value.lastHandledReconcileAt !== asked && handled !== wanted
}
