/**
 * What an upgrade (or, where there is no release yet, an installation) would change on the cluster; nothing is
 * written.
 */
import { inParallel } from '@sluice/kube'
import type { UpgradeOptions } from '../action/action-options.ts'
import { ActionRun } from '../action/action-run.ts'
import { prepareInstall } from '../action/install.ts'
import type { ObjectChange } from '../action/object-change.ts'
import { prepareUpgrade } from '../action/upgrade.ts'
import type { BuiltObject } from '../cluster/build-objects.ts'
import { objectPlace } from '../cluster/build-objects.ts'
import { isKept } from '../cluster/delete-objects.ts'
import { applyWindow } from '../cluster/side-by-side.ts'
import type { ReleaseRecord } from '../record/release-record.ts'
import { type CompareOptions, compareLive } from './compare-live.ts'

export interface UpgradePlan {
  /** The revision as it would be. */
  record: ReleaseRecord
  /** In the order of installation; what would go comes last. Hooks are no part of it. */
  changes: ObjectChange[]
}

type PlanOptions = UpgradeOptions & Pick<CompareOptions, 'isExcluded' | 'ignored'>

/** Throws ReleaseError for what would fail before anything is written, and the server's refusal of an object. */
export async function planUpgrade(options: PlanOptions): Promise<UpgradePlan> {
  const run = new ActionRun({ ...options, dryRun: true })
  return run.guard(() =>
    run.slot(async () => {
      const history = await run.history()
      const isThere = history.length > 0 && history.at(-1)?.info.status !== 'uninstalled'
      const prepared = isThere ? await prepareUpgrade(run) : await installation(options)
      const { record, targets, originals } = prepared
      const changes: ObjectChange[] = []
      await inParallel([...targets.entries()], applyWindow, async ([at, built]) => {
        changes[at] = await compareLive(built, options)
      })
      return { record, changes: [...changes, ...(await removals(targets, originals, options))] }
    }),
  )
}

async function installation(options: PlanOptions) {
  const run = new ActionRun({ ...options, serverSideApply: options.serverSideApply !== false, dryRun: true })
  const { record, objects } = await prepareInstall(run)
  return { record, targets: objects, originals: new Map<string, BuiltObject>() }
}

async function removals(
  targets: readonly BuiltObject[],
  originals: ReadonlyMap<string, BuiltObject>,
  { client, signal }: PlanOptions,
): Promise<ObjectChange[]> {
  const wanted = new Set(targets.map(objectPlace))
  const dropped = [...originals.values()].filter(built => !wanted.has(objectPlace(built)))
  const changes: (ObjectChange | undefined)[] = []
  await inParallel([...dropped.entries()], applyWindow, async ([at, { ref, object }]) => {
    const live = await client.find(ref, signal)
    if (!live || isKept(live)) return
    changes[at] = { ref, action: 'removed', patch: [], masked: [], wanted: object, live }
  })
  return changes.filter(change => change !== undefined)
}
