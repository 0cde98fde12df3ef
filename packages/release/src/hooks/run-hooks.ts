/**
 * Runs the hooks of one event, one after the other: what is left of the last time goes first, the hook is made, its
 * end awaited, and what its policies say is done. How each went stands in the record. Follows helm's
 * pkg/action/hooks.go.
 */
import type { KubeObject } from '@sluice/api'
import type { HookEvent } from '@sluice/helm'
import { type ActionRun, messageOf } from '../action/action-run.ts'
import { ReleaseError } from '../action/release-error.ts'
import { type BuiltObject, buildObjects } from '../cluster/build-objects.ts'
import { createObjects } from '../cluster/change-objects.ts'
import { deleteObjects } from '../cluster/delete-objects.ts'
import type { ApplyMethod, RecordedHook, ReleaseRecord } from '../record/release-record.ts'
import type { WaitStrategy } from '../wait/waiter.ts'
import { hookLogs } from './hook-logs.ts'
import { hooksOf } from './hook-order.ts'

export interface HookOptions {
  method: ApplyMethod
  strategy: WaitStrategy
}

/** Throws ReleaseError with the failure of the hook. */
export async function runHooks(
  run: ActionRun,
  record: ReleaseRecord,
  event: HookEvent,
  options: HookOptions,
): Promise<void> {
  const hooks = hooksOf(record.hooks, event)
  for (const [at, hook] of hooks.entries()) {
    run.check()
    if (!hook.delete_policies?.length) hook.delete_policies = ['before-hook-creation']
    await deleteByPolicy(run, hook, 'before-hook-creation', options)
    const objects = await started(run, record, hook, event, options)
    try {
      await ended(run, objects, options)
    } catch (error) {
      finish(run, hook, 'Failed')
      await outputLogs(run, hook, 'hook-failed')
      await deleteAfterFailure(run, hook, hooks.slice(0, at), options)
      throw run.failure(error, 'hook')
    }
    finish(run, hook, 'Succeeded')
  }
  for (const hook of hooks.toReversed()) {
    await outputLogs(run, hook, 'hook-succeeded')
    await deleteByPolicy(run, hook, 'hook-succeeded', options)
  }
}

async function started(
  run: ActionRun,
  record: ReleaseRecord,
  hook: RecordedHook,
  event: HookEvent,
  { method }: HookOptions,
): Promise<KubeObject[]> {
  const what = `unable to build kubernetes object for ${event} hook ${hook.path}`
  return run.slot(async () => {
    const built = await buildHook(run, hook, what, true)
    hook.last_run = { started_at: run.time(), phase: 'Running' }
    await run.tryUpdate(record)
    hook.last_run.phase = 'Unknown'
    const { client, manager, signal } = run.options
    const change = { client, manager, method, signal, log: run.log, forceConflicts: false, forceReplace: false }
    const { live, error } = await createObjects(built, change)
    if (error) {
      finish(run, hook, 'Failed')
      throw new ReleaseError('hook', `warning: Hook ${event} ${hook.path} failed: ${error.message}`, { cause: error })
    }
    return [...live.values()]
  })
}

async function ended(run: ActionRun, objects: readonly KubeObject[], { strategy }: HookOptions): Promise<void> {
  const { waiter, signal, health } = run.options
  await waiter.hookEnded(objects, { strategy, health, timeoutMs: run.timeoutMs, signal })
}

async function deleteAfterFailure(
  run: ActionRun,
  failed: RecordedHook,
  before: readonly RecordedHook[],
  options: HookOptions,
): Promise<void> {
  try {
    await deleteByPolicy(run, failed, 'hook-failed', options)
  } catch (error) {
    // The failure of the hook is what counts.
    run.log('error deleting the hook resource on hook failure', { error: messageOf(error) })
  }
  for (const hook of before) await deleteByPolicy(run, hook, 'hook-succeeded', options)
}

/** Definitions stay: with them all their objects would go. */
async function deleteByPolicy(
  run: ActionRun,
  hook: RecordedHook,
  policy: string,
  { strategy }: HookOptions,
): Promise<void> {
  if (hook.kind === 'CustomResourceDefinition' || !hook.delete_policies?.includes(policy)) return
  const { client, waiter, signal } = run.options
  const what = `unable to build kubernetes object for deleting hook ${hook.path}`
  const found = await run.slot(async () => {
    const built = await buildHook(run, hook, what, false)
    const { lingering, failures } = await deleteObjects(built, { client, propagation: 'Background', log: run.log })
    if (failures.length > 0) {
      throw new ReleaseError('hook', failures.map(({ error }) => error.message).join('; '), { cause: failures })
    }
    return lingering
  })
  if (strategy === 'hookOnly' || found.length === 0) return
  await waiter.gone(
    found.map(({ ref }) => ref),
    { timeoutMs: run.timeoutMs, signal },
  )
}

function buildHook(run: ActionRun, hook: RecordedHook, what: string, validate: boolean): Promise<BuiltObject[]> {
  const { client, namespace } = run.options
  return buildObjects(hook.manifest ?? '', { client, namespace, validate, what })
}

function finish(run: ActionRun, hook: RecordedHook, phase: 'Succeeded' | 'Failed'): void {
  hook.last_run = { ...hook.last_run, completed_at: run.time(), phase }
}

async function outputLogs(run: ActionRun, hook: RecordedHook, policy: string): Promise<void> {
  if (!hook.output_log_policies?.includes(policy) || !run.options.onHookLog) return
  try {
    await hookLogs(run.options, hook)
  } catch (error) {
    run.log('error outputting logs for hook failure', { error: messageOf(error) })
  }
}
