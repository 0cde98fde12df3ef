/**
 * DELETE: preconditions, grace, the garbage collector's finalizers, then either the object goes or it is marked and waits
 * (apiserver `rest/delete.go` and `registry/store.go`).
 */
import type { KubeObject, Status } from '@sluice/api'
import type { AdmissionRequest } from '../admission/admission-request.ts'
import { admitted } from '../admission/admit.ts'
import { hasWebhooks, mutated } from '../admission/webhooks.ts'
import { type Cause, conflict, invalid, notFound } from '../api-error.ts'
import type { DeleteOptions } from '../local-client.ts'
import { Stored } from '../store/stored.ts'
import type { Api } from './api.ts'
import { invalidValue, unsupported } from './metadata-validation.ts'
import { type Caller, isRecord, type Target } from './request.ts'
import { viewOf } from './views.ts'

export interface Removal {
  /** What is left, or what went; at the version asked for. */
  object: KubeObject
  stored: Stored
  /** False: only marked. */
  gone: boolean
}

/** Reads and checks DeleteOptions from a request body or query. Throws 422. */
export function deleteOptions(value: unknown): DeleteOptions & { orphanDependents?: boolean } {
  const body = isRecord(value) ? value : {}
  const causes: Cause[] = []
  const policy = body.propagationPolicy
  const orphan = body.orphanDependents
  if (policy !== undefined && orphan !== undefined && policy !== null && orphan !== null) {
    causes.push(
      invalidValue('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set'),
    )
  } else if (policy && !['Foreground', 'Background', 'Orphan'].includes(String(policy))) {
    causes.push(unsupported('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil']))
  }
  const dryRun = body.dryRun
  if (Array.isArray(dryRun) && dryRun.some(d => d !== 'All')) causes.push(unsupported('dryRun', dryRun, ['All']))
  if (causes.length) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', causes)
  const preconditions = isRecord(body.preconditions) ? body.preconditions : undefined
  const seconds = body.gracePeriodSeconds
  return {
    ...(policy === 'Foreground' || policy === 'Background' || policy === 'Orphan' ? { propagationPolicy: policy } : {}),
    ...(typeof orphan === 'boolean' ? { orphanDependents: orphan } : {}),
    ...(typeof seconds === 'number' ? { gracePeriodSeconds: seconds } : {}),
    ...(preconditions
      ? {
          preconditions: {
            ...(typeof preconditions.uid === 'string' ? { uid: preconditions.uid } : {}),
            ...(typeof preconditions.resourceVersion === 'string'
              ? { resourceVersion: preconditions.resourceVersion }
              : {}),
          },
        }
      : {}),
    ...(Array.isArray(dryRun) && dryRun.includes('All') ? { dryRun: true } : {}),
  }
}

function checkPreconditions(target: Target, live: KubeObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {}
  const { type } = target.served
  if (uid && uid !== live.metadata.uid) {
    throw conflict(
      type,
      target.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${live.metadata.uid}). The object might have been deleted and then recreated`,
    )
  }
  if (resourceVersion && resourceVersion !== live.metadata.resourceVersion) {
    throw conflict(
      type,
      target.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${live.metadata.resourceVersion}). The object might have been modified`,
    )
  }
}

const orphanFinalizer = 'orphan'
const foregroundFinalizer = 'foregroundDeletion'

/** The finalizers after the options had their say: option, else what is there, else Background. */
function finalizersFor(live: KubeObject, options: DeleteOptions & { orphanDependents?: boolean }): string[] {
  const present = live.metadata.finalizers ?? []
  const others = present.filter(f => f !== orphanFinalizer && f !== foregroundFinalizer)
  const { propagationPolicy, orphanDependents } = options
  if (propagationPolicy === 'Orphan' || orphanDependents === true) return [...others, orphanFinalizer]
  if (propagationPolicy === 'Foreground') return [...others, foregroundFinalizer]
  if (propagationPolicy === 'Background' || orphanDependents === false) return others
  return present
}

export async function remove(
  api: Api,
  caller: Caller,
  target: Target,
  options: DeleteOptions & { orphanDependents?: boolean },
): Promise<Removal> {
  const { served } = target
  const { type } = served
  const collection = api.collection(type)
  const stored = collection.get(target.namespace, target.name)
  if (!stored) throw notFound(type, target.name)
  const live = stored.object
  checkPreconditions(target, live, options)
  type.strategy.admitDelete?.(live, caller.user)
  const request: AdmissionRequest = {
    operation: 'DELETE',
    served,
    subresource: '',
    namespace: target.namespace,
    name: target.name,
    object: undefined,
    oldObject: viewOf(served, stored).object,
    user: caller.user,
    dryRun: options.dryRun ?? false,
    warnings: caller.warnings,
  }
  if (hasWebhooks(api)) await mutated(api, request)
  await admitted(api, request)
  // Only webhooks make a deletion wait; what changed meanwhile makes it begin again.
  if (collection.get(target.namespace, target.name) !== stored) return remove(api, caller, target, options)

  const grace = type.strategy.gracePeriod?.(live, options) ?? 0
  const finalizers = finalizersFor(live, options)
  const object: KubeObject = { ...live, metadata: { ...live.metadata } }
  if (finalizers.length) object.metadata.finalizers = finalizers
  else delete object.metadata.finalizers
  const begun = type.strategy.beginDelete?.(object) ?? false
  const waits = finalizers.length > 0 || grace > 0 || begun || (type.strategy.held?.(object) ?? false)
  if (!waits) {
    const last = type.strategy.gracePeriod ? graceful(api, live) : live
    if (options.dryRun) return { object: last, stored: new Stored(last, stored.revision), gone: true }
    const { stored: final, committed } = api.store.remove(collection, stored, last)
    await committed
    return { object: viewOf(served, final).object, stored: final, gone: true }
  }

  mark(api, object, live, grace)
  if (type.strategy.withoutGracePeriod) delete object.metadata.deletionGracePeriodSeconds
  const unchanged =
    object.metadata.deletionTimestamp === live.metadata.deletionTimestamp &&
    object.metadata.deletionGracePeriodSeconds === live.metadata.deletionGracePeriodSeconds &&
    JSON.stringify(finalizers) === JSON.stringify(live.metadata.finalizers ?? [])
  if (unchanged) return { object: viewOf(served, stored).object, stored, gone: false }
  if (options.dryRun) {
    const view = viewOf(served, new Stored(object, stored.revision))
    return { object: view.object, stored: view, gone: false }
  }
  const { stored: marked, committed } = api.store.put(collection, object)
  await committed
  return { object: viewOf(served, marked).object, stored: marked, gone: false }
}

/** What could have had a grace period goes with one of zero. */
const graceful = (api: Api, live: KubeObject): KubeObject => ({
  ...live,
  metadata: {
    ...live.metadata,
    deletionTimestamp: live.metadata.deletionTimestamp ?? api.now(),
    deletionGracePeriodSeconds: 0,
  },
})

/** Sets the deletion time; a later deletion can only shorten it. */
function mark(api: Api, object: KubeObject, live: KubeObject, grace: number): void {
  const { metadata } = object
  const already = live.metadata.deletionTimestamp
  if (already) {
    const before = live.metadata.deletionGracePeriodSeconds ?? 0
    if (grace >= before) return
    const at = new Date(Date.parse(already) - (before - grace) * 1000)
    metadata.deletionTimestamp = `${at.toISOString().slice(0, 19)}Z`
    metadata.deletionGracePeriodSeconds = grace
    return
  }
  metadata.deletionTimestamp = `${new Date(api.clock() + grace * 1000).toISOString().slice(0, 19)}Z`
  metadata.deletionGracePeriodSeconds = grace
  if (metadata.generation) metadata.generation++
}

/** What DELETE of a kind answers that does not hand its objects back. */
export function deletedStatus(target: Target, object: KubeObject): Status {
  const { group, resource } = target.served.type
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: object.metadata.name,
      ...(group ? { group } : {}),
      kind: resource,
      ...(object.metadata.uid ? { uid: object.metadata.uid } : {}),
    },
  }
}
