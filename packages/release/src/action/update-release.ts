/** The objects of a release brought to what a new revision says: the same for an upgrade and a rollback. */
import type { BuiltObject } from '../cluster/build-objects.ts'
import { type ChangeResult, type UpdateOptions, updateObjects } from '../cluster/change-objects.ts'
import type { ReleaseRecord } from '../record/release-record.ts'
import type { ActionOptions, ApplyOptions } from './action-options.ts'
import type { ActionRun } from './action-run.ts'

type Updating = ActionOptions & ApplyOptions & { cleanupOnFail?: boolean }

/** Failures stand in the result. */
export function updateRelease(
  run: ActionRun<Updating>,
  { name, namespace, apply_method: method = 'csa' }: ReleaseRecord,
  targets: readonly BuiltObject[],
  from: Pick<UpdateOptions, 'originals' | 'left' | 'adoptUpdates'>,
): Promise<ChangeResult> {
  const { client, manager, signal, forceConflicts = false, forceReplace = false, cleanupOnFail = false } = run.options
  return updateObjects(targets, {
    ...from,
    client,
    manager,
    signal,
    method,
    forceConflicts,
    forceReplace,
    release: { name, namespace },
    tellCreated: cleanupOnFail,
    log: run.log,
  })
}
