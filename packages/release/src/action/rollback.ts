/** Brings a release back to what an earlier revision was, as a new revision. Follows helm's pkg/action/rollback.go. */
import type { BuiltObject } from '../cluster/build-objects.ts'
import { deleteObjects } from '../cluster/delete-objects.ts'
import { ownedObject } from '../cluster/ownership.ts'
import { runHooks } from '../hooks/run-hooks.ts'
import { nameFault } from '../record/release-name.ts'
import type { ReleaseRecord } from '../record/release-record.ts'
import type { RollbackOptions } from './action-options.ts'
import { ActionRun, messageOf, setStatus } from './action-run.ts'
import { methodOf } from './base-revision.ts'
import { readyObjects } from './ready-objects.ts'
import { ReleaseError } from './release-error.ts'
import { currentManifest, leftObjects, newManifest, objectsOf } from './release-objects.ts'
import { updateRelease } from './update-release.ts'

interface Prepared {
  history: readonly ReleaseRecord[]
  /** The newest revision: what the cluster is like. */
  current: ReleaseRecord
  record: ReleaseRecord
}

/** Answers the new revision as it was recorded. Throws ReleaseError. */
export async function rollback(options: RollbackOptions): Promise<ReleaseRecord> {
  const run = new ActionRun(options)
  return run.guard(async () => {
    run.log('preparing rollback', { name: options.name })
    const prepared = await run.slot(() => prepare(run))
    if (!options.dryRun) await perform(run, prepared)
    return prepared.record
  })
}

async function prepare(run: ActionRun<RollbackOptions>): Promise<Prepared> {
  const { name, version = 0, serverSideApply, maxHistory, dryRun } = run.options
  if (nameFault(name) !== undefined) {
    throw new ReleaseError('invalid-name', `prepareRollback: Release name is invalid: ${name}`)
  }
  if (version < 0) throw new ReleaseError('not-found', 'invalid release revision')
  const history = await run.history()
  const current = history.at(-1) ?? (await run.options.storage.last(name))
  if (!current) throw new ReleaseError('not-found', 'release: not found')
  const wanted = version === 0 ? current.version - 1 : version
  const target = history.find(record => record.version === wanted)
  if (!target) throw new ReleaseError('not-found', `release has no ${wanted} version`)
  run.log('rolling back', { name, currentVersion: current.version, targetVersion: wanted })
  const record: ReleaseRecord = {
    name,
    info: {
      first_deployed: current.info.first_deployed,
      last_deployed: run.time(),
      notes: target.info.notes,
    },
    chart: target.chart,
    config: target.config,
    manifest: target.manifest,
    hooks: target.hooks.map(hook => ({ ...hook, last_run: { ...hook.last_run } })),
    version: current.version + 1,
    namespace: current.namespace,
    apply_method: methodOf(serverSideApply, target),
    labels: target.labels,
  }
  setStatus(record, 'pending-rollback', `Rollback to ${wanted}`)
  if (!dryRun) {
    run.log('creating rolled back release', { name })
    await run.create(record, { maxHistory, history })
    run.log('performing rollback', { name })
  }
  return { history, current, record }
}

async function perform(run: ActionRun<RollbackOptions>, prepared: Prepared): Promise<void> {
  const { options } = run
  const { strategy = 'hookOnly', disableHooks } = options
  const { history, current, record } = prepared
  const hooks = { method: record.apply_method ?? 'csa', strategy }
  const originals = await run.slot(() => objectsOf(run, current, currentManifest))
  const targets = await run.slot(async () => {
    const built = [...(await objectsOf(run, record, newManifest)).values()]
    return built.map(object => ({ ...object, object: ownedObject(object.object, record) }))
  })
  if (disableHooks) run.log('rollback hooks disabled', { name: record.name })
  else await runHooks(run, record, 'pre-rollback', hooks)
  run.check()
  const live = await run.slot(() => change(run, prepared, targets, originals))
  try {
    await readyObjects(run, targets, live, options)
  } catch (error) {
    const failure = run.failure(error, 'wait')
    setStatus(record, 'failed', `Release "${record.name}" failed: ${failure.message}`)
    await run.slot(async () => {
      await run.tryUpdate(current)
      await run.tryUpdate(record)
    })
    throw run.failure(failure, 'wait', `release ${record.name} failed: ${failure.message}`)
  }
  if (!disableHooks) await runHooks(run, record, 'post-rollback', hooks)
  await run.slot(async () => {
    for (const old of history) {
      if (old.info.status !== 'deployed') continue
      run.log('superseding previous deployment', { version: old.version })
      setStatus(old, 'superseded')
      await run.tryUpdate(old)
    }
    setStatus(record, 'deployed')
    await run.update(record)
  })
}

async function change(
  run: ActionRun<RollbackOptions>,
  { history, current, record }: Prepared,
  targets: readonly BuiltObject[],
  originals: ReadonlyMap<string, BuiltObject>,
) {
  const { client, cleanupOnFail = false } = run.options
  const { name } = record
  const left = await leftObjects(run, history, current)
  const { live, created, error } = await updateRelease(run, record, targets, { originals, left, adoptUpdates: true })
  if (!error) return live
  const failure = run.failure(error, 'apply')
  run.log(`warning: Rollback "${name}" failed: ${failure.message}`)
  setStatus(current, 'superseded')
  setStatus(record, 'failed', `Rollback "${name}" failed: ${failure.message}`)
  await run.tryUpdate(current)
  await run.tryUpdate(record)
  if (!cleanupOnFail || created.length === 0) throw failure
  const { failures } = await deleteObjects(created, { client, propagation: 'Background' })
  if (failures.length === 0) throw failure
  const reasons = failures.map(({ error: reason }) => messageOf(reason)).join(', ')
  const what = 'an error occurred while cleaning up resources. original rollback error'
  throw run.failure(failure, 'apply', `${what}: unable to cleanup resources: ${reasons}`)
}
