import type { KubeObject } from '@sluice/api'
import { type BuiltObject, objectKey } from '../cluster/build-objects.ts'
import type { WaitStrategy } from '../wait/waiter.ts'
import type { InstallOptions, UpgradeOptions, WaitChoice } from './action-options.ts'
import type { ActionRun } from './action-run.ts'

/** Waits for the objects of a release as the caller chose to. Holds no slot. */
export async function readyObjects(
  run: ActionRun,
  objects: readonly BuiltObject[],
  live: ReadonlyMap<BuiltObject, KubeObject>,
  { strategy = 'hookOnly', waitForJobs }: WaitChoice,
): Promise<void> {
  if (strategy === 'hookOnly') return
  run.check()
  const { waiter, signal, health } = run.options
  const applied = objects.map(built => live.get(built) ?? built.object)
  const jobs = waitForJobs ?? strategy === 'watcher'
  try {
    await waiter.ready(applied, { strategy, health, jobs, timeoutMs: run.timeoutMs, signal })
  } catch (error) {
    throw signal?.aborted ? run.cancelled() : run.failure(error, 'wait')
  }
}

/** Who wants failures rolled back must hear of them: such an action waits, whatever was chosen. */
export function strategyOf({
  strategy = 'hookOnly',
  rollbackOnFailure,
}: InstallOptions | UpgradeOptions): WaitStrategy {
  return rollbackOnFailure && strategy === 'hookOnly' ? 'watcher' : strategy
}

export function newObjectMap(objects: readonly BuiltObject[]): Map<string, BuiltObject> {
  return new Map(objects.map(built => [objectKey(built), built]))
}
