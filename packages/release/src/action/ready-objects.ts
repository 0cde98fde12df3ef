import type { KubeObject } from '@sluice/api'
import { type BuiltObject, objectKey } from '../cluster/build-objects.ts'
import type { WaitChoice } from './action-options.ts'
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
  await waiter.ready(applied, {
    strategy,
    health,
    jobs: waitForJobs ?? strategy === 'watcher',
    timeoutMs: run.timeoutMs,
    signal,
  })
}

export function newObjectMap(objects: readonly BuiltObject[]): Map<string, BuiltObject> {
  return new Map(objects.map(built => [objectKey(built), built]))
}
