/**
 * Takes a release off. Follows helm's pkg/action/uninstall.go; unlike there, what interrupted revisions left goes,
 * too.
 */

import type { KubeObject } from '@sluice/api'
import { splitDocuments } from '@sluice/helm'
import { inParallel } from '@sluice/kube'
import { parseFirst } from '@sluice/yaml'
import { type BuiltObject, buildObjects, objectKey } from '../cluster/build-objects.ts'
import { deleteObjects, type Propagation, resourcePolicyAnnotation } from '../cluster/delete-objects.ts'
import { ownershipFault } from '../cluster/ownership.ts'
import { applyWindow } from '../cluster/side-by-side.ts'
import { uninstallOrder } from '../cluster/uninstall-order.ts'
import { runHooks } from '../hooks/run-hooks.ts'
import { nameFault } from '../record/release-name.ts'
import type { ReleaseRecord } from '../record/release-record.ts'
import type { UninstallOptions, UninstallResult } from './action-options.ts'
import { ActionRun, messageOf, setStatus } from './action-run.ts'
import { ReleaseError } from './release-error.ts'
import { leftObjects } from './release-objects.ts'

const propagations: Record<NonNullable<UninstallOptions['deletionPropagation']>, Propagation> = {
  background: 'Background',
  foreground: 'Foreground',
  orphan: 'Orphan',
}

/** Throws ReleaseError. */
export async function uninstall(options: UninstallOptions): Promise<UninstallResult> {
  const run = new ActionRun(options)
  return run.guard(() => perform(run))
}

async function perform(run: ActionRun<UninstallOptions>): Promise<UninstallResult> {
  const { options } = run
  const { name, ignoreNotFound, keepHistory } = options
  if (nameFault(name) !== undefined)
    throw new ReleaseError('invalid-name', `uninstall: Release name is invalid: ${name}`)
  const history = [...(await run.slot(() => run.history()))]
  const record = history.at(-1)
  if (!record) {
    if (ignoreNotFound) return { record: undefined, info: '' }
    throw new ReleaseError('not-found', `uninstall: Release not loaded: ${name}: release: not found`)
  }
  if (options.dryRun) return { record, info: '' }
  if (record.info.status === 'uninstalled') {
    if (keepHistory) throw new ReleaseError('already-uninstalled', `the release named "${name}" is already deleted`)
    await run.slot(() => purge(run, history))
    return { record, info: '' }
  }
  return remove(run, record, history)
}

async function remove(
  run: ActionRun<UninstallOptions>,
  record: ReleaseRecord,
  history: readonly ReleaseRecord[],
): Promise<UninstallResult> {
  const { options } = run
  const { disableHooks, keepHistory, strategy = 'hookOnly', waiter, signal } = options
  const left = await run.slot(() => leftObjects(run, history, record))
  run.log('uninstall: deleting release', { name: options.name })
  record.info.deleted = run.time()
  setStatus(record, 'uninstalling', 'Deletion in progress (or silently failed)')
  const hooks = { method: 'ssa', strategy } as const
  if (disableHooks) run.log('delete hooks disabled', { release: options.name })
  else await runHooks(run, record, 'pre-delete', hooks)
  run.check()
  const { lingering, kept } = await run.slot(async () => {
    await run.tryUpdate(record)
    return deleteRelease(run, record, left)
  })
  const info = kept === '' ? '' : `These resources were kept due to the resource policy:\n${kept}`
  const errors: string[] = []
  if (strategy !== 'hookOnly') {
    try {
      await waiter.gone(
        lingering.map(({ ref }) => ref),
        { timeoutMs: run.timeoutMs, signal },
      )
    } catch (error) {
      errors.push(messageOf(error))
    }
  }
  if (!disableHooks) {
    try {
      await runHooks(run, record, 'post-delete', hooks)
    } catch (error) {
      errors.push(messageOf(error))
    }
  }
  setStatus(record, 'uninstalled', options.description || 'Uninstallation complete')
  await run.slot(async () => {
    if (keepHistory) {
      await run.tryUpdate(record)
      await supersedeDeployed(run, history, record)
      return
    }
    run.log('purge requested', { release: options.name })
    try {
      await purge(run, history)
    } catch (error) {
      errors.push(`uninstall: Failed to purge the release: ${messageOf(error)}`)
    }
  })
  if (errors.length > 0) {
    const message = `uninstallation completed with ${errors.length} error(s): ${errors.join('; ')}`
    throw run.failure(new ReleaseError('delete', message), 'delete')
  }
  return { record, info }
}

/** The newest goes last: whatever happens before, the release can still be found. */
async function purge(run: ActionRun, history: readonly ReleaseRecord[]): Promise<void> {
  const { storage } = run.options
  const last = history.at(-1)
  await inParallel(history.slice(0, -1), applyWindow, record => storage.remove(record))
  if (last) await storage.remove(last)
}

async function supersedeDeployed(run: ActionRun, history: readonly ReleaseRecord[], but: ReleaseRecord): Promise<void> {
  for (const record of history) {
    if (record === but || record.info.status !== 'deployed') continue
    run.log('superseding previous deployment', { version: record.version })
    setStatus(record, 'superseded')
    await run.tryUpdate(record)
  }
}

interface Removed {
  /** Objects that are being deleted and still there. */
  lingering: BuiltObject[]
  /** What stays by its own wish, a line each. */
  kept: string
}

async function deleteRelease(
  run: ActionRun<UninstallOptions>,
  record: ReleaseRecord,
  left: ReadonlyMap<string, BuiltObject>,
): Promise<Removed> {
  const { client, deletionPropagation = 'background', name } = run.options
  try {
    const { going, kept } = byPolicy(record.manifest)
    const what = 'unable to build kubernetes objects for delete'
    const own = await buildObjects(going.join('\n---\n'), {
      client,
      namespace: record.namespace,
      validate: false,
      what,
    })
    const objects = uninstallOrder([...own, ...(await ownedOf(run, record, own, left))])
    const { lingering, failures } = await deleteObjects(objects, {
      client,
      propagation: propagations[deletionPropagation],
      log: run.log,
    })
    if (failures.length > 0) throw new AggregateError(failures.map(({ error }) => error))
    return { lingering, kept: kept.map(line => `${line}\n`).join('') }
  } catch (error) {
    run.log('uninstall: Failed to delete release', { errors: reasonsOf(error) })
    throw new ReleaseError('delete', `failed to delete release: ${name}`, { cause: error })
  }
}

const reasonsOf = (error: unknown): string[] =>
  error instanceof AggregateError ? error.errors.map(messageOf) : [messageOf(error)]

/** What interrupted revisions left and is not in the manifest: only what carries the marks of the release. */
async function ownedOf(
  run: ActionRun,
  record: ReleaseRecord,
  own: readonly BuiltObject[],
  left: ReadonlyMap<string, BuiltObject>,
): Promise<BuiltObject[]> {
  const known = new Set(own.map(objectKey))
  const owned: BuiltObject[] = []
  const unknown = [...left].filter(([key]) => !known.has(key)).map(([, built]) => built)
  await inParallel(unknown, applyWindow, async built => {
    const live: KubeObject | undefined = await run.options.client.find(built.ref)
    if (live && !ownershipFault(live, record) && policyOf(live) === undefined) owned.push(built)
  })
  return owned
}

/**
 * Documents that go, and those that stay by `helm.sh/resource-policy: keep`. One of another policy does neither: it
 * is just left.
 */
function byPolicy(manifest: string): { going: string[]; kept: string[] } {
  const going: string[] = []
  const kept: string[] = []
  for (const text of splitDocuments(manifest)) {
    const value = parseFirst(text, { duplicateKeys: 'last' })
    if (typeof value !== 'object' || value === null) continue
    const object = value as KubeObject
    const policy = policyOf(object)
    if (policy === undefined) going.push(text)
    else if (policy === 'keep') kept.push(`[${object.kind}] ${object.metadata.name}`)
  }
  return { going, kept }
}

function policyOf(object: KubeObject): string | undefined {
  return object.metadata?.annotations?.[resourcePolicyAnnotation]?.trim().toLowerCase()
}
