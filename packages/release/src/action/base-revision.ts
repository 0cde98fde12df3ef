/** From which revision an upgrade or a rollback goes on. */
import type { ApplyMethod, ReleaseRecord } from '../record/release-record.ts'
import type { ActionRun } from './action-run.ts'
import { ReleaseError } from './release-error.ts'

/** Throws ReleaseError when there is none to go on from. */
export async function lastOf(run: ActionRun, history: readonly ReleaseRecord[]): Promise<ReleaseRecord> {
  const last = history.at(-1) ?? (await run.options.storage.last(run.options.name))
  if (!last) throw noneDeployed(run.options.name)
  return last
}

/** The newest deployed revision, or else the newest. */
export function baseOf(history: readonly ReleaseRecord[], last: ReleaseRecord): ReleaseRecord {
  const { status } = last.info
  if (status === 'deployed') return last
  const deployed = history.findLast(record => record.info.status === 'deployed')
  if (deployed) return deployed
  if (status === 'failed' || status === 'superseded') return last
  throw noneDeployed(last.name)
}

const noneDeployed = (name: string) => new ReleaseError('no-deployed-release', `"${name}" has no deployed releases`)

/** `auto`: as the release was applied so far. */
export function methodOf(wanted: boolean | 'auto' = 'auto', before: ReleaseRecord): ApplyMethod {
  if (wanted === 'auto') return before.apply_method === 'ssa' ? 'ssa' : 'csa'
  return wanted ? 'ssa' : 'csa'
}
