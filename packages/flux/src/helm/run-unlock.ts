import { helmReasons } from '@sluice/api'
import { unlock } from '@sluice/release'
import { messageOf } from '../message-of.ts'
import { commonOptions } from './action-options.ts'
import { withWritten } from './observed-releases.ts'
import type { ReleaseContext } from './release-context.ts'
import { eventOf } from './release-events.ts'
import { isOf } from './snapshots.ts'
import { valuesDigest } from './values-digest.ts'

/** Frees a release whose last action was killed. */
export async function runUnlock(context: ReleaseContext): Promise<void> {
  const { draft, records } = context
  const last = records.last
  if (!last) return
  const { metadata } = last.chart
  const { ociDigest } = draft.value.history?.find(snapshot => isOf(snapshot, last)) ?? {}
  const full = `${last.namespace}/${last.name}.v${last.version}`
  const subject = `Helm release ${full} with chart ${metadata?.name}@${metadata?.version} in ${last.info.status} state`
  const facts = {
    revision: metadata?.version ?? '',
    token: valuesDigest(last.config, context.settings.digestAlgorithm),
    appVersion: metadata?.appVersion,
    ociDigest,
  }
  const told = (severity: 'info' | 'error', message: string) => {
    draft.mark('Released', 'False', helmReasons.pendingRelease, message)
    context.event(eventOf(severity, helmReasons.pendingRelease, message, facts))
    draft.summarise(context.digests)
  }
  try {
    await unlock({
      ...commonOptions(context, 'upgrade'),
      onRecord: record => {
        records.note(record)
        draft.setHistory(withWritten(draft.value.history ?? [], record, context.settings.digestAlgorithm))
      },
    })
    told('info', `Unlocked ${subject}`)
  } catch (error) {
    draft.count('failures')
    told('error', `Unlock of ${subject} failed: ${context.mask(messageOf(error)).trim()}`)
    throw error
  }
}
