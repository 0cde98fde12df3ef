import type { UpgradeOptions } from './action-options.ts'
import { type ActionRun, messageOf } from './action-run.ts'
import { strategyOf } from './ready-objects.ts'
import type { ReleaseError } from './release-error.ts'
import { rollback } from './rollback.ts'

/** Goes back to the last revision that went well (helm's --rollback-on-failure), and tells so. */
export async function rollbackAfter(run: ActionRun<UpgradeOptions>, failure: ReleaseError): Promise<ReleaseError> {
  const { name, storage } = run.options
  const told = (message: string) => run.failure(failure, 'apply', message)
  try {
    const history = await storage.history(name)
    const good = history.findLast(({ info }) => info.status === 'superseded' || info.status === 'deployed')
    if (!good) {
      const what = 'unable to find a previously successful release when attempting to rollback'
      return told(`${what}. original upgrade error: ${failure.message}`)
    }
    const { description: _, ...options } = run.options
    await rollback({
      ...options,
      strategy: strategyOf(run.options),
      history,
      signal: undefined,
      version: good.version,
      maxHistory: 0,
      cleanupOnFail: false,
    })
  } catch (error) {
    const what = 'an error occurred while rolling back the release'
    return told(`${what}. original upgrade error: ${failure.message}: ${messageOf(error)}`)
  }
  return told(
    `release ${name} failed, and has been rolled back due to rollback-on-failure being set: ${failure.message}`,
  )
}
