/** Server-side apply of one object, and the move of fields that the same manager once wrote without it. */
import type { KubeObject, ManagedFieldsEntry } from '@sluice/api'
import { ApiError, isConflict, type KubeClient, unionOfEntries } from '@sluice/kube'
import { ReleaseError } from '../action/release-error.ts'
import { type BuiltObject, kindText } from './build-objects.ts'
import { refusalText } from './refusal-text.ts'

export interface ServerSideOptions {
  client: KubeClient
  manager: string
  force: boolean
  dryRun?: boolean
  signal?: AbortSignal
}

/** Throws ReleaseError in Helm's words. */
export async function applyServerSide(built: BuiltObject, options: ServerSideOptions): Promise<KubeObject> {
  const { client, manager, force, dryRun, signal } = options
  const write = { fieldManager: manager, fieldValidation: 'Strict', force, dryRun, signal } as const
  try {
    for (let tries = 1; ; tries++) {
      try {
        if (built.ref.name === '') throw new Error('resource name may not be empty')
        return await client.apply(built.object, write)
      } catch (error) {
        if (!isQuotaConflict(error) || tries >= mostTries) throw error
      }
    }
  } catch (error) {
    if (signal?.aborted) throw error
    const reason = refusalText(built.ref, error)
    const target = `${built.ref.namespace ?? ''}/${built.ref.name} ${kindText(built)}`
    const message = isConflict(error)
      ? `conflict occurred while applying object ${target}: ${reason}`
      : error instanceof ApiError && error.code === 415
        ? `server-side apply not available on the server: ${reason}`
        : `server-side apply failed for object ${target}: ${reason}`
    throw new ReleaseError('apply', message, { cause: error })
  }
}

/** Objects made side by side are counted in one quota, which only one at a time can write. */
const isQuotaConflict = (error: unknown): boolean =>
  isConflict(error) &&
  /Operation cannot be fulfilled on resourcequotas.*the object has been modified/s.test(error.message)

/** The fields that `manager` wrote by updates, not by apply: left there, it would be in conflict with itself. */
export function hasUpdatesOf(manager: string, live: KubeObject): boolean {
  return live.metadata.managedFields?.some(entry => isUpdateOf(manager, entry)) ?? false
}

/**
 * Turns them into fields that it applied (client-go's csaupgrade); tried again when somebody writes at the same time.
 */
export async function adoptOwnUpdates(
  built: BuiltObject,
  options: ServerSideOptions,
  live?: KubeObject,
): Promise<void> {
  const { client, manager, dryRun, signal } = options
  let now = live ?? (await client.find(built.ref, signal))
  for (let tries = 1; now && hasUpdatesOf(manager, now); tries++) {
    const patch = [
      {
        op: 'replace',
        path: '/metadata/managedFields',
        value: withoutUpdates(manager, now.metadata.managedFields ?? []),
      },
      { op: 'replace', path: '/metadata/resourceVersion', value: now.metadata.resourceVersion },
    ]
    try {
      await client.patch(built.ref, patch, 'json', { fieldManager: manager, dryRun, signal })
      return
    } catch (error) {
      if (!isConflict(error) || tries >= mostTries) throw error
    }
    now = await client.find(built.ref, signal)
  }
}

const mostTries = 5

const isUpdateOf = (manager: string, entry: ManagedFieldsEntry): boolean =>
  entry.manager === manager && entry.operation === 'Update' && !entry.subresource

function withoutUpdates(manager: string, entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  const updates = entries.filter(entry => isUpdateOf(manager, entry))
  const applied = entries.find(entry => entry.manager === manager && entry.operation === 'Apply' && !entry.subresource)
  // An apply that changed nothing has no time of its own.
  const time = applied?.time ?? updates[0]?.time
  const base = { ...(applied ?? updates[0]), ...(time !== undefined && { time }) }
  const own = [...(applied ? [applied] : []), ...updates]
  const merged: ManagedFieldsEntry = { ...base, operation: 'Apply', fieldsV1: unionOfEntries(own) }
  return [merged, ...entries.filter(entry => !own.includes(entry))]
}
