import { type FluxConfig, fieldManagers, type KubeObject } from '@sluice/api'
import type { Log } from '@sluice/controller'
import { ApiError, type KubeClient, NoMatchError } from '@sluice/kube'
import { differs } from './drift.ts'
import { isOwnedBy } from './managed-labels.ts'
import { isApplierAccount, type ManagedObjects } from './managed-objects.ts'
import { refOf } from './teardown.ts'

/**
 * Brings the cluster to what a configuration wants, in order, by server-side apply under the controller's own field manager.
 * Objects that are as they shall be cost nothing; objects that somebody else made are never taken over.
 */
export interface ApplyParts {
  managed: ManagedObjects
  client: KubeClient
  /** Apply all of it, whatever the cluster looks like: the configuration changed, and fields may have to go. */
  everything: boolean
  log: Log
}

export interface Applied {
  /** What went wrong, a sentence each. */
  problems: string[]
  /** Objects of the same name that are still being deleted; ours follow. */
  waitingFor: string[]
}

export async function applyObjects(
  desired: readonly KubeObject[],
  config: FluxConfig,
  parts: ApplyParts,
): Promise<Applied> {
  const result: Applied = { problems: [], waitingFor: [] }
  const one = (object: KubeObject) => applyOne(object, config, parts, result)
  for (const object of desired.filter(o => o.kind !== 'Kustomization')) await one(object)
  // Without rights or source they would only fail.
  if (result.problems.length === 0) await Promise.all(desired.filter(o => o.kind === 'Kustomization').map(one))
  return result
}

async function applyOne(object: KubeObject, config: FluxConfig, parts: ApplyParts, result: Applied): Promise<void> {
  const { managed, client, log } = parts
  const called = `${object.kind} ${object.metadata.namespace ? `${object.metadata.namespace}/` : ''}${object.metadata.name}`
  try {
    const live = managed.get(object) ?? (await client.find(refOf(object)))
    if (live?.metadata.deletionTimestamp) {
      result.waitingFor.push(called)
      return
    }
    if (live && !isApplierAccount(live) && !isOwnedBy(live, config)) {
      // A service account of the user's own making serves as well as ours.
      if (object.kind === 'ServiceAccount') return
      result.problems.push(`${called} exists and is not of this configuration: delete it, or rename the configuration`)
      return
    }
    if (live && !parts.everything && !differs(object, live)) return
    const applied = await apply(object, client)
    managed.observe(applied)
    log.debug({ object: called }, live ? 'configured' : 'created')
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof NoMatchError)) throw error
    result.problems.push(`${called}: ${error.message}`)
  }
}

async function apply(object: KubeObject, client: KubeClient): Promise<KubeObject> {
  const options = { fieldManager: fieldManagers.fluxConfigController, force: true }
  try {
    return await client.apply(object, options)
  } catch (error) {
    // What a binding binds to cannot be changed, only made anew.
    if (!(error instanceof ApiError && error.code === 422 && 'roleRef' in object)) throw error
    await client.delete(refOf(object))
    return client.apply(object, options)
  }
}
