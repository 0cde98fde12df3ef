/** Repairs a release whose last action broke off. */
import { isPending, type ReleaseRecord } from '../record/release-record.ts'
import type { ActionOptions } from './action-options.ts'
import { ActionRun, setStatus } from './action-run.ts'
import { ReleaseError } from './release-error.ts'

/** Whether the newest revision says that an action is at work on it. */
export const isLocked = (record: ReleaseRecord): boolean =>
  isPending(record.info.status) || record.info.status === 'uninstalling'

export type UnlockOptions = Pick<
  ActionOptions,
  'client' | 'storage' | 'manager' | 'name' | 'namespace' | 'waiter' | 'slot' | 'onRecord' | 'history' | 'log'
>

/**
 * Marks a revision that is `pending-…` or `uninstalling` as failed, so that it can be upgraded, rolled back or
 * uninstalled. Only when nobody is at work on it any more. Unlike Flux, `uninstalling` too. Answers the revision; one
 * that is not locked as it is.
 */
export async function unlock(options: UnlockOptions): Promise<ReleaseRecord> {
  const run = new ActionRun(options)
  return run.guard(() =>
    run.slot(async () => {
      const record = (await run.history()).at(-1)
      if (!record) throw new ReleaseError('not-found', 'release: not found')
      if (!isLocked(record)) return record
      setStatus(record, 'failed', `Release unlocked from stale '${record.info.status}' state`)
      delete record.info.deleted
      await run.update(record)
      return record
    }),
  )
}
