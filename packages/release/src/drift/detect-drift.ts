/** Whether a release is on the cluster as its record has it. Follows helm-controller's internal/action/diff.go. */
import { inParallel, type KubeClient } from '@sluice/kube'
import { messageOf } from '../action/action-run.ts'
import type { ObjectChange } from '../action/object-change.ts'
import { buildObjects } from '../cluster/build-objects.ts'
import { ownedObject } from '../cluster/ownership.ts'
import { applyWindow } from '../cluster/side-by-side.ts'
import type { ReleaseRecord } from '../record/release-record.ts'
import { type CompareOptions, compareLive } from './compare-live.ts'

export interface Drift {
  /** Of every object that could be compared, in the order of the manifest. `added`: it is missing on the cluster. */
  changes: ObjectChange[]
  /** Of objects that could not. */
  errors: Error[]
}

/** Two requests an object: a dry run and a look. Hooks are no part of it. */
export async function detectDrift(record: ReleaseRecord, options: CompareOptions): Promise<Drift> {
  const { client } = options
  const { manifest, namespace } = record
  const what = 'failed to read objects from release manifest'
  const built = await buildObjects(manifest, { client, namespace, validate: false, what })
  const changes: (ObjectChange | undefined)[] = []
  const errors: (Error | undefined)[] = []
  await inParallel([...built.entries()], applyWindow, async ([at, object]) => {
    options.signal?.throwIfAborted()
    try {
      changes[at] = await compareLive({ ...object, object: ownedObject(object.object, record) }, options)
    } catch (error) {
      errors[at] = error instanceof Error ? error : new Error(messageOf(error))
    }
  })
  return {
    changes: changes.filter(change => change !== undefined),
    errors: errors.filter(error => error !== undefined),
  }
}

export interface Correction {
  change: ObjectChange
  action: 'created' | 'configured'
}

export interface Corrections {
  corrected: Correction[]
  /** Begin with what the object is; the values of a Secret are in none. */
  errors: Error[]
}

/**
 * Makes what is missing and patches what was changed, without a new revision. What is made comes first; both in the
 * order given. All is tried.
 */
export async function correctDrift(
  changes: readonly ObjectChange[],
  options: { client: KubeClient; manager: string; signal?: AbortSignal },
): Promise<Corrections> {
  const { client, manager: fieldManager, signal } = options
  const result: Corrections = { corrected: [], errors: [] }
  const attempt = async (
    change: ObjectChange,
    what: string,
    action: Correction['action'],
    job: () => Promise<unknown>,
  ) => {
    try {
      await job()
      result.corrected.push({ change, action })
    } catch (error) {
      const { kind, namespace, name } = change.ref
      const reason = withoutSecret(kind, messageOf(error))
      const object = [kind, namespace, name].filter(part => part !== undefined).join('/')
      result.errors.push(new Error(`${object} ${what} failure: ${reason}`, { cause: error }))
    }
  }
  for (const change of changes.filter(({ action }) => action === 'added')) {
    const { wanted } = change
    await attempt(change, 'creation', 'created', () => client.create(wanted, { fieldManager, signal }))
  }
  for (const change of changes.filter(({ action }) => action === 'changed')) {
    const { ref, patch } = change
    await attempt(change, 'patch', 'configured', () => client.patch(ref, patch, 'json', { fieldManager, signal }))
  }
  return result
}

/** The server repeats what it refuses. */
function withoutSecret(kind: string, message: string): string {
  return kind === 'Secret' ? message.slice(message.lastIndexOf(':') + 1).trim() : message
}
