import type { HelmRelease } from '@sluice/api'
import type { ReconcileContext } from '@sluice/controller'
import { LateProgress } from '../source/late-progress.ts'
import type { HelmReleaseStatus } from './release-spec.ts'
import { latestOf } from './snapshots.ts'
import type { StatusDraft } from './status-draft.ts'

/**
 * Runs actions so that a crash makes us forget nothing: the first attempt is noted before it is made, so that deleting
 * the object takes off what was left behind, and a new revision before anything else is done with it. Otherwise the
 * status says what is going on when that takes long.
 */
export function noting(object: HelmRelease, draft: StatusDraft, context: ReconcileContext<HelmReleaseStatus>) {
  let noted: HelmReleaseStatus = object.status ?? {}
  return async (action: () => Promise<void>): Promise<void> => {
    const status = draft.value
    const isMissing =
      noted.storageNamespace !== status.storageNamespace ||
      latestOf(noted.history)?.digest !== latestOf(status.history)?.digest
    if (isMissing) await context.progress(status)
    noted = status
    const late = new LateProgress(() => context.progress(status))
    try {
      await action()
    } finally {
      await late.end()
    }
  }
}
