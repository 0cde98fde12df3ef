/** Runs the test hooks of a release. Follows helm's pkg/action/release_testing.go. */
import { runHooks } from '../hooks/run-hooks.ts'
import { nameFault } from '../record/release-name.ts'
import type { RecordedHook, ReleaseRecord } from '../record/release-record.ts'
import type { TestOptions } from './action-options.ts'
import { ActionRun } from './action-run.ts'
import { ReleaseError } from './release-error.ts'

/** Answers the release with how its hooks went. Throws ReleaseError when one failed; what was recorded is with it. */
export async function runTests(options: TestOptions): Promise<ReleaseRecord> {
  const run = new ActionRun(options)
  return run.guard(async () => {
    const { name } = options
    if (nameFault(name) !== undefined) {
      throw new ReleaseError('invalid-name', `releaseTest: Release name is invalid: ${name}`)
    }
    const history = await run.slot(() => run.history())
    const record = history.at(-1) ?? (await options.storage.last(name))
    if (!record) throw new ReleaseError('not-found', 'release: not found')
    const { chosen, others } = filtered(record.hooks, options)
    // The same hooks: how they went is seen in the record as a whole.
    const selection: ReleaseRecord = { ...record, hooks: chosen }
    record.hooks = [...others, ...chosen]
    const method = record.apply_method === 'ssa' ? 'ssa' : 'csa'
    try {
      await runHooks(run, selection, 'test', { method, strategy: 'watcher' })
    } catch (error) {
      await run.slot(() => run.tryUpdate(record))
      throw run.failure(error, 'hook')
    }
    await run.slot(() => run.update(record))
    return record
  })
}

interface Filtered {
  chosen: RecordedHook[]
  others: RecordedHook[]
}

/** By name; hooks of other events than `test` are filtered alike and do not run anyway. */
function filtered(hooks: readonly RecordedHook[], { include = [], exclude = [] }: TestOptions): Filtered {
  const isChosen = ({ name = '' }: RecordedHook) =>
    !exclude.includes(name) && (include.length === 0 || include.includes(name))
  return { chosen: hooks.filter(isChosen), others: hooks.filter(hook => !isChosen(hook)) }
}
