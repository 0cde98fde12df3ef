/** Objects of a release that go. */
import type { KubeObject, ObjectRef } from '@sluice/api'
import { type DeleteOptions, isConflict, isNotFound, type KubeClient } from '@sluice/kube'
import type { Log } from '../action/log.ts'
import type { BuiltObject } from './build-objects.ts'
import { refusedStatus } from './refused-status.ts'
import { sideBySide } from './side-by-side.ts'

export const resourcePolicyAnnotation = 'helm.sh/resource-policy'

export type Propagation = NonNullable<DeleteOptions['propagationPolicy']>

export interface Deletions {
  /** Those that are still there for a while. */
  lingering: BuiltObject[]
  failures: { built: BuiltObject; error: Error }[]
}

interface DeletionOptions {
  client: KubeClient
  propagation: Propagation
  log?: Log
}

/** All that can be deleted is; everything is told in the order of the objects. */
export async function deleteObjects(objects: readonly BuiltObject[], options: DeletionOptions): Promise<Deletions> {
  const outcomes = new Map<BuiltObject, 'lingers' | 'gone' | Error>()
  await sideBySide(objects, async built => {
    try {
      outcomes.set(built, (await deleteObject(built.ref, options)) ? 'lingers' : 'gone')
    } catch (error) {
      outcomes.set(built, error instanceof Error ? error : new Error(String(error)))
    }
  })
  const failures = objects.flatMap(built => {
    const error = outcomes.get(built)
    return error instanceof Error ? [{ built, error }] : []
  })
  return { lingering: objects.filter(built => outcomes.get(built) === 'lingers'), failures }
}

/** Whether it is still there. */
async function deleteObject(ref: ObjectRef, { client, propagation, log }: DeletionOptions): Promise<boolean> {
  const about = { namespace: ref.namespace ?? '', name: ref.name, kind: ref.kind }
  log?.('starting delete resource', about)
  for (let tries = 1; ; tries++) {
    try {
      return (await client.delete(ref, { propagationPolicy: propagation })) !== undefined
    } catch (error) {
      if (isNotFound(error)) {
        log?.('ignoring delete failure', { ...about, error: refusedStatus(error) })
        return false
      }
      if (!isConflict(error) || tries >= mostTries) throw error
    }
  }
}

const mostTries = 5

/** Whether an object asks to stay when its release no longer holds it. */
export const isKept = (object: KubeObject): boolean =>
  object.metadata.annotations?.[resourcePolicyAnnotation] === 'keep'
