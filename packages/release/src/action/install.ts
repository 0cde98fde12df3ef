/** Makes a release that is not there yet. Follows helm's pkg/action/install.go. */
import type { KubeObject } from '@sluice/api'
import { type BuiltObject, buildObjects } from '../cluster/build-objects.ts'
import { type ChangeResult, createObjects, updateObjects } from '../cluster/change-objects.ts'
import { createNamespace } from '../cluster/create-namespace.ts'
import { existingObjects, isNamed } from '../cluster/existing-objects.ts'
import { ownedObject } from '../cluster/ownership.ts'
import { installDefinitions } from '../definitions/install-definitions.ts'
import { runHooks } from '../hooks/run-hooks.ts'
import { checkLabels } from '../record/object-storage.ts'
import { nameFault } from '../record/release-name.ts'
import type { ReleaseRecord } from '../record/release-record.ts'
import { renderRelease } from '../render/render-release.ts'
import type { InstallOptions } from './action-options.ts'
import { ActionRun, messageOf, setStatus } from './action-run.ts'
import { newObjectMap, readyObjects, strategyOf } from './ready-objects.ts'
import { ReleaseError } from './release-error.ts'
import { uninstall } from './uninstall.ts'

interface Prepared {
  record: ReleaseRecord
  objects: BuiltObject[]
  /** On the cluster already. */
  existing: Map<BuiltObject, KubeObject>
}

/** Answers the release as it was recorded. Throws ReleaseError. */
export async function install(options: InstallOptions): Promise<ReleaseRecord> {
  const run = new ActionRun(options)
  return run.guard(async () => {
    const prepared = await run.slot(() => prepareInstall(run))
    const { record } = prepared
    if (options.dryRun) return record
    try {
      await perform(run, prepared)
    } catch (error) {
      throw await failed(run, record, error)
    }
    return record
  })
}

/** What an installation is, before anything of it is on the cluster. */
export async function prepareInstall(run: ActionRun<InstallOptions>): Promise<Prepared> {
  const { options } = run
  const { client, name, namespace, chart, values, takeOwnership = false } = options
  const history = await checkedHistory(run)
  checkLabels(options.labels)
  if (!options.skipCrds && !options.dryRun) await installDefinitions(run)
  const rendered = await renderRelease(chart, values, options, { revision: 1, isUpgrade: false })
  const now = run.time()
  const record: ReleaseRecord = {
    name,
    info: { first_deployed: now, last_deployed: now, notes: rendered.notes },
    chart: rendered.chart,
    config: values,
    manifest: rendered.manifest,
    hooks: rendered.hooks,
    version: 1,
    namespace,
    apply_method: (options.serverSideApply ?? true) ? 'ssa' : 'csa',
    labels: options.labels,
  }
  setStatus(record, 'pending-install', 'Initial install underway')
  const what = 'unable to build kubernetes objects from release manifest'
  const built = await buildObjects(rendered.manifest, {
    client,
    namespace,
    validate: !options.disableOpenApiValidation,
    what,
  })
  const objects = built.map(object => ({ ...object, object: ownedObject(object.object, { name, namespace }) }))
  const existing = await checkExisting(run, objects, takeOwnership)
  if (options.dryRun) setStatus(record, 'pending-install', 'Dry run complete')
  else {
    if (options.createNamespace)
      await createNamespace(namespace, { ...options, serverSideApply: record.apply_method === 'ssa' })
    if (options.replace) await supersede(run, record, history)
    await run.create(record, { history })
  }
  return { record, objects, existing }
}

async function checkedHistory(run: ActionRun<InstallOptions>): Promise<readonly ReleaseRecord[]> {
  const { name, replace, dryRun } = run.options
  const fault = nameFault(name)
  const wrong = (text: string) => `release name check failed: ${text}`
  if (fault !== undefined) throw new ReleaseError('invalid-name', wrong(`release name "${name}": ${fault}`))
  if (dryRun) return []
  const history = await run.history()
  const status = history.at(-1)?.info.status
  if (status !== undefined && !(replace && (status === 'uninstalled' || status === 'failed'))) {
    throw new ReleaseError('name-in-use', wrong('cannot reuse a name that is still in use'))
  }
  return history
}

/** With server-side apply, an object that may be taken over from anybody need not be looked at first. */
async function checkExisting(
  run: ActionRun<InstallOptions>,
  objects: readonly BuiltObject[],
  takeOwnership: boolean,
): Promise<Map<BuiltObject, KubeObject>> {
  const { client, name, namespace, signal, serverSideApply = true, dryRun } = run.options
  try {
    if (takeOwnership && serverSideApply && !dryRun) {
      objects.forEach(isNamed)
      return new Map()
    }
    return await existingObjects(objects, { client, release: { name, namespace }, takeOwnership, signal })
  } catch (error) {
    throw run.failure(error, 'ownership', `unable to continue with install: ${messageOf(error)}`)
  }
}

/** A name that is taken over: its history goes on. */
async function supersede(
  run: ActionRun<InstallOptions>,
  record: ReleaseRecord,
  history: readonly ReleaseRecord[],
): Promise<void> {
  const last = history.at(-1)
  if (!last) return
  record.version = last.version + 1
  if (last.info.status === 'failed') return
  setStatus(last, 'superseded', 'superseded by new release')
  await run.update(last)
}

async function perform(run: ActionRun<InstallOptions>, { record, objects, existing }: Prepared): Promise<void> {
  const { options } = run
  const { disableHooks } = options
  const strategy = strategyOf(options)
  const hooks = { method: record.apply_method ?? 'csa', strategy }
  if (!disableHooks) await run.withPrefix('failed pre-install: ', () => runHooks(run, record, 'pre-install', hooks))
  run.check()
  const { live, error } = await run.slot(() => change(run, record, objects, existing))
  if (error) throw error
  await readyObjects(run, objects, live, { ...options, strategy })
  if (!disableHooks) await run.withPrefix('failed post-install: ', () => runHooks(run, record, 'post-install', hooks))
  setStatus(record, 'deployed', options.description || 'Install complete')
  await run.slot(() => run.update(record))
}

async function change(
  run: ActionRun<InstallOptions>,
  record: ReleaseRecord,
  objects: readonly BuiltObject[],
  existing: ReadonlyMap<BuiltObject, KubeObject>,
): Promise<ChangeResult> {
  const { client, manager, signal, takeOwnership = false } = run.options
  const { forceConflicts = false, forceReplace = false } = run.options
  const { name, namespace, apply_method: method = 'csa' } = record
  const options = { client, manager, signal, method, forceConflicts, forceReplace, adoptUpdates: true, log: run.log }
  if (objects.length === 0) return { live: new Map(), created: [] }
  if (existing.size === 0) return createObjects(objects, { ...options, adopt: takeOwnership })
  return updateObjects(objects, {
    ...options,
    originals: newObjectMap([...existing.keys()]),
    release: { name, namespace },
    tellCreated: true,
    threeWayForCustom: takeOwnership && method === 'csa',
  })
}

async function failed(run: ActionRun<InstallOptions>, record: ReleaseRecord, error: unknown): Promise<ReleaseError> {
  const { name, rollbackOnFailure } = run.options
  const failure = run.failure(run.options.signal?.aborted ? run.cancelled() : error, 'apply')
  setStatus(record, 'failed', `Release "${name}" failed: ${failure.message}`)
  await run.slot(() => run.tryUpdate(record))
  if (!rollbackOnFailure) return run.failure(failure, 'apply')
  try {
    await uninstall({
      ...run.options,
      strategy: strategyOf(run.options),
      history: undefined,
      signal: undefined,
      keepHistory: false,
      description: undefined,
    })
  } catch (reason) {
    const message = `an error occurred while uninstalling the release. original install error: ${failure.message}: ${messageOf(reason)}`
    return run.failure(failure, 'apply', message)
  }
  const message = `release ${name} failed, and has been uninstalled due to rollback-on-failure being set: ${failure.message}`
  return run.failure(failure, 'apply', message)
}
