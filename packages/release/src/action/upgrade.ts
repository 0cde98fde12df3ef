/** Brings a release to its next revision. Follows helm's pkg/action/upgrade.go. */
import type { BuiltObject } from '../cluster/build-objects.ts'
import { buildObjects, objectKey } from '../cluster/build-objects.ts'
import { deleteObjects } from '../cluster/delete-objects.ts'
import { existingObjects } from '../cluster/existing-objects.ts'
import { ownedObject } from '../cluster/ownership.ts'
import { runHooks } from '../hooks/run-hooks.ts'
import { checkLabels } from '../record/object-storage.ts'
import { nameFault } from '../record/release-name.ts'
import { isPending, type ReleaseRecord } from '../record/release-record.ts'
import { renderRelease } from '../render/render-release.ts'
import type { UpgradeOptions } from './action-options.ts'
import { ActionRun, messageOf, setStatus } from './action-run.ts'
import { baseOf, lastOf, methodOf } from './base-revision.ts'
import { chosenValues } from './chosen-values.ts'
import { readyObjects, strategyOf } from './ready-objects.ts'
import { ReleaseError } from './release-error.ts'
import { currentManifest, leftObjects, objectsOf } from './release-objects.ts'
import { rollbackAfter } from './rollback-after.ts'
import { updateRelease } from './update-release.ts'

interface Prepared {
  /** The revision before, as far as it counts: the newest deployed one, or else the newest. */
  current: ReleaseRecord
  record: ReleaseRecord
  targets: BuiltObject[]
  originals: Map<string, BuiltObject>
  left: Map<string, BuiltObject>
}

/** Answers the new revision as it was recorded. Throws ReleaseError. */
export async function upgrade(options: UpgradeOptions): Promise<ReleaseRecord> {
  const run = new ActionRun(options)
  return run.guard(async () => {
    run.log('preparing upgrade', { name: options.name })
    const prepared = await run.slot(() => prepareUpgrade(run))
    const { record } = prepared
    if (options.dryRun) return record
    const created: BuiltObject[] = []
    try {
      await perform(run, prepared, created)
    } catch (error) {
      throw await failed(run, record, created, error)
    }
    return record
  })
}

/** What an upgrade is, before anything of it is on the cluster. */
export async function prepareUpgrade(run: ActionRun<UpgradeOptions>): Promise<Prepared> {
  const { options } = run
  const { client, name, chart } = options
  if (nameFault(name) !== undefined) throw new ReleaseError('invalid-name', `release name is invalid: ${name}`)
  const history = await run.history()
  const last = await lastOf(run, history)
  if (isPending(last.info.status)) {
    throw new ReleaseError('pending', 'another operation (install/upgrade/rollback) is in progress')
  }
  const current = baseOf(history, last)
  const { namespace } = current
  const line = reuseLines[options.valuesFrom ?? 'reset']
  if (line) run.log(line)
  const chosen = chosenValues(chart, options.values, current, options.valuesFrom)
  const revision = last.version + 1
  const rendered = await renderRelease(
    chosen.chart,
    chosen.values,
    { ...options, namespace },
    { revision, isUpgrade: true },
  )
  checkLabels(options.labels)
  const method = methodOf(options.serverSideApply, last)
  run.log('determined release apply method', {
    server_side_apply: method === 'ssa',
    previous_release_apply_method: last.apply_method ?? '',
  })
  const record: ReleaseRecord = {
    name,
    info: { first_deployed: current.info.first_deployed, last_deployed: run.time(), notes: rendered.notes },
    chart: rendered.chart,
    config: chosen.values,
    manifest: rendered.manifest,
    hooks: rendered.hooks,
    version: revision,
    namespace,
    apply_method: method,
    labels: mergedLabels(last.labels, options.labels),
  }
  setStatus(record, 'pending-upgrade', 'Preparing upgrade')
  if (!options.dryRun) run.log('performing update', { name })
  const validate = !options.disableOpenApiValidation
  const built = await buildObjects(record.manifest, { client, namespace, validate })
  const originals = await objectsOf(run, current, currentManifest)
  const targets = built.map(object => ({ ...object, object: ownedObject(object.object, { name, namespace }) }))
  const left = await leftObjects(run, history, current)
  await adoptExisting(run, record, targets, originals, left)
  if (options.dryRun) setStatus(record, 'pending-upgrade', options.description || 'Dry run complete')
  else {
    run.log('creating upgraded release', { name })
    await run.create(record, { maxHistory: options.maxHistory, history })
  }
  return { current, record, targets, originals, left }
}

const reuseLines = {
  reset: "resetting values to the chart's original version",
  reuse: "reusing the old release's values",
  resetThenReuse: 'merging values from old release to new values',
  keep: undefined,
} as const

/** The labels of the release go on; `null` as a text removes one. */
function mergedLabels(
  current: Record<string, string> | undefined,
  wanted: Record<string, string> | undefined,
): Record<string, string> {
  return Object.fromEntries(Object.entries({ ...current, ...wanted }).filter(([, value]) => value !== 'null'))
}

/**
 * Objects that are new to the release but on the cluster: whether it may have them. They count as part of it from now
 * on.
 */
async function adoptExisting(
  run: ActionRun<UpgradeOptions>,
  { name, namespace, apply_method: method }: ReleaseRecord,
  targets: readonly BuiltObject[],
  originals: Map<string, BuiltObject>,
  left: ReadonlyMap<string, BuiltObject>,
): Promise<void> {
  const { client, signal, takeOwnership = false } = run.options
  if (takeOwnership && method === 'ssa') return
  const isNew = (built: BuiltObject) => !originals.has(objectKey(built)) && !left.has(objectKey(built))
  try {
    const release = { name, namespace }
    const existing = await existingObjects(targets.filter(isNew), { client, release, takeOwnership, signal })
    for (const built of existing.keys()) originals.set(objectKey(built), built)
  } catch (error) {
    throw run.failure(error, 'ownership', `unable to continue with update: ${messageOf(error)}`)
  }
}

async function perform(run: ActionRun<UpgradeOptions>, prepared: Prepared, created: BuiltObject[]): Promise<void> {
  const { options } = run
  const { current, record, targets, originals, left } = prepared
  const { disableHooks, description } = options
  const strategy = strategyOf(options)
  const hooks = { method: record.apply_method ?? 'csa', strategy }
  if (disableHooks) run.log('upgrade hooks disabled', { name: record.name })
  else {
    await run.withPrefix('pre-upgrade hooks failed: ', () => runHooks(run, record, 'pre-upgrade', hooks))
  }
  run.check()
  const adoptUpdates = current.apply_method !== 'ssa'
  const result = await run.slot(() => updateRelease(run, record, targets, { originals, left, adoptUpdates }))
  created.push(...result.created)
  if (result.error) throw result.error
  await readyObjects(run, targets, result.live, { ...options, strategy })
  if (!disableHooks) {
    await run.withPrefix('post-upgrade hooks failed: ', () => runHooks(run, record, 'post-upgrade', hooks))
  }
  await run.slot(async () => {
    setStatus(current, 'superseded')
    await run.tryUpdate(current)
    setStatus(record, 'deployed', description || 'Upgrade complete')
    await run.update(record)
  })
}

async function failed(
  run: ActionRun<UpgradeOptions>,
  record: ReleaseRecord,
  created: readonly BuiltObject[],
  error: unknown,
): Promise<ReleaseError> {
  const { name, client, cleanupOnFail, rollbackOnFailure, signal } = run.options
  const failure = run.failure(signal?.aborted ? run.cancelled() : error, 'apply')
  run.log('warning: upgrade failed', { error: {}, name })
  setStatus(record, 'failed', `Upgrade "${name}" failed: ${failure.message}`)
  const failures = await run.slot(async () => {
    await run.tryUpdate(record)
    if (!cleanupOnFail || created.length === 0) return []
    run.log('cleanup on fail set', { cleaning_resources: created.length })
    const { failures } = await deleteObjects(created, { client, propagation: 'Background', log: run.log })
    if (failures.length === 0) run.log('resource cleanup complete')
    return failures
  })
  if (failures.length > 0) {
    const reasons = failures.map(({ error: reason }) => reason.message).join(', ')
    const message = `an error occurred while cleaning up resources. original upgrade error: ${failure.message}: unable to cleanup resources: ${reasons}`
    return run.failure(failure, 'apply', message)
  }
  return rollbackOnFailure ? rollbackAfter(run, failure) : run.failure(failure, 'apply')
}
