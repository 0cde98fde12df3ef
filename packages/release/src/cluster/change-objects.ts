/**
 * Brings the objects of a release onto the cluster: all new ones (`createObjects`), or from one revision to the next
 * (`updateObjects`). Follows helm's pkg/kube at 4.2; where Helm looks first whether an object exists and then writes,
 * one request does both here.
 */
import type { KubeObject } from '@sluice/api'
import { isConflict, type KubeClient } from '@sluice/kube'
import type { Log } from '../action/log.ts'
import { ReleaseError } from '../action/release-error.ts'
import type { ApplyMethod } from '../record/release-record.ts'
import { createClientSide, patchClientSide, replaceObject } from './apply-client-side.ts'
import { adoptOwnUpdates, applyServerSide, hasUpdatesOf } from './apply-server-side.ts'
import { type BuiltObject, logFacts, objectPlace } from './build-objects.ts'
import { asError, joined, prefixed } from './change-error.ts'
import { type DroppedOptions, deleteDropped } from './delete-dropped.ts'
import { sideBySide } from './side-by-side.ts'

export interface ChangeOptions {
  client: KubeClient
  manager: string
  method: ApplyMethod
  forceConflicts: boolean
  forceReplace: boolean
  /** Custom resources, too, are compared with what is live. Only without server-side apply. */
  threeWayForCustom?: boolean
  /**
   * Fields that the same manager wrote by updates become fields that it applied: for releases that were once applied
   * by the client.
   */
  adoptUpdates?: boolean
  log: Log
  signal?: AbortSignal
}

export interface ChangeResult {
  /** Objects as the server answered, by what stands for them. */
  live: Map<BuiltObject, KubeObject>
  /** Those that were not there before; known only when it was asked for. */
  created: BuiltObject[]
  error?: Error
}

const ssaDetails = (force: boolean) => ({ dryRun: false, fieldValidationDirective: 'Strict', forceConflicts: force })

/**
 * Makes objects of which none is known to exist. All are tried; failures are joined line by line. With `adopt`, one
 * that exists all the same is taken over.
 */
export async function createObjects(
  objects: readonly BuiltObject[],
  options: ChangeOptions & { adopt?: boolean },
): Promise<ChangeResult> {
  const { log, method } = options
  log('creating resource(s)', { resources: objects.length })
  if (method === 'ssa') log('using server-side apply for resource creation', ssaDetails(false))
  else log('using client-side apply for resource creation')
  const result: ChangeResult = { live: new Map(), created: [...objects] }
  const errors = new Map<BuiltObject, Error>()
  await sideBySide(objects, async built => {
    options.signal?.throwIfAborted()
    try {
      result.live.set(built, await created(built, options))
    } catch (error) {
      errors.set(built, asError(error))
    }
  })
  if (errors.size > 0)
    result.error = joined(
      objects.flatMap(built => errors.get(built) ?? []),
      '\n',
    )
  return result
}

async function created(built: BuiltObject, options: ChangeOptions & { adopt?: boolean }): Promise<KubeObject> {
  const { method, log } = options
  if (method === 'csa') return createClientSide(built, options)
  try {
    const answer = options.adopt ? await takenOver(built, options) : await applied(built, { ...options, force: false })
    log('Created resource via patch', logFacts(built))
    return answer
  } catch (error) {
    // Go's loggers write an error as an object without fields.
    log('Error creating resource via patch', { error: {}, ...logFacts(built) })
    throw error
  }
}

export interface UpdateOptions extends ChangeOptions, DroppedOptions {
  /** Find out which objects are new: costs a request each. */
  tellCreated: boolean
}

/**
 * Changes, makes and deletes objects. A failure to make one ends it; failures to change are joined with `&&`, and
 * nothing is deleted then.
 */
export async function updateObjects(targets: readonly BuiltObject[], options: UpdateOptions): Promise<ChangeResult> {
  const { log, method, forceReplace, forceConflicts } = options
  const places = originalsByPlace(options.originals)
  if (method === 'ssa') {
    log('using server-side apply for resource creation', ssaDetails(forceConflicts))
    const upgradeClientSideFieldManager = options.adoptUpdates ?? false
    log('using server-side apply for resource update', { ...ssaDetails(forceConflicts), upgradeClientSideFieldManager })
  } else {
    log('using client-side apply for resource creation')
    if (forceReplace) log('using resource replace update strategy', { fieldValidationDirective: 'Strict' })
    else
      log('using client-side apply for resource update', {
        threeWayMergeForUnstructured: options.threeWayForCustom ?? false,
      })
  }
  log('checking resources for changes', { resources: targets.length })
  const result: ChangeResult = { live: new Map(), created: [] }
  const errors = new Map<BuiltObject, Error>()
  let creationFailed = false
  await sideBySide(targets, async built => {
    if (creationFailed) return
    options.signal?.throwIfAborted()
    const outcome = await changed(built, { ...options, places })
    if (outcome.isNew) result.created.push(built)
    if (outcome.error) errors.set(built, outcome.error)
    if (outcome.error && outcome.isNew) creationFailed = true
    if (outcome.live) result.live.set(built, outcome.live)
  })
  if (errors.size > 0)
    result.error = joined(
      targets.flatMap(built => errors.get(built) ?? []),
      ' && ',
    )
  else result.error = await deleteDropped(targets, options)
  return result
}

interface Outcome {
  live?: KubeObject
  isNew: boolean
  error?: Error
}

interface Placed extends UpdateOptions {
  places: ReadonlyMap<string, BuiltObject>
}

async function changed(built: BuiltObject, options: Placed): Promise<Outcome> {
  const { client, log, method, signal } = options
  const looksFirst = method === 'csa' || options.tellCreated
  // Times of objects are whole seconds.
  const begun = Math.floor(Date.now() / 1000) * 1000
  try {
    const before = looksFirst ? await lookedAt(built, options) : undefined
    if (looksFirst && !before) return await made(built, options)
    if (method === 'csa' && before) return { live: await patched(built, before, options), isNew: false }
    const live = await takenOver(built, options)
    // Who does not look first learns from the answer that there was nothing before.
    const isNew = !options.places.has(objectPlace(built)) && Date.parse(live.metadata.creationTimestamp ?? '') >= begun
    log(isNew ? 'Created resource via patch' : 'Patched resource', logFacts(built))
    if (isNew) logCreated(built, log)
    return { live, isNew: false }
  } catch (error) {
    if (!looksFirst && !signal?.aborted && built.ref.name !== '' && !(await client.find(built.ref, signal))) {
      log('Error creating resource via patch', { error: {}, ...logFacts(built) })
      return { isNew: true, error: prefixed('failed to create resource: ', error) }
    }
    if (method === 'ssa') log('Error patching resource', { error: {}, ...logFacts(built) })
    return { isNew: false, error: asError(error) }
  }
}

async function lookedAt({ ref }: BuiltObject, { client, signal }: Placed): Promise<KubeObject | undefined> {
  try {
    return await client.find(ref, signal)
  } catch (error) {
    throw prefixed('could not get information about the resource: ', error)
  }
}

async function made(built: BuiltObject, options: UpdateOptions): Promise<Outcome> {
  const { log, method, forceConflicts } = options
  try {
    const force = { ...options, force: forceConflicts }
    const live = method === 'ssa' ? await applied(built, force) : await createClientSide(built, options)
    if (method === 'ssa') log('Created resource via patch', logFacts(built))
    logCreated(built, log)
    return { live, isNew: true }
  } catch (error) {
    if (method === 'ssa') log('Error creating resource via patch', { error: {}, ...logFacts(built) })
    return { isNew: true, error: prefixed('failed to create resource: ', error) }
  }
}

const logCreated = ({ ref }: BuiltObject, log: Log): void =>
  log('created a new resource', { kind: ref.kind, name: ref.name, namespace: ref.namespace ?? '' })

async function patched(built: BuiltObject, live: KubeObject, options: Placed): Promise<KubeObject> {
  if (options.forceReplace) return replaceObject(built, live, options)
  const original = options.places.get(objectPlace(built))?.object ?? live
  return patchClientSide(original, built, live, { ...options, threeWayForCustom: options.threeWayForCustom ?? false })
}

/** What the revision before wanted in the same place, in whatever version. */
function originalsByPlace(originals: ReadonlyMap<string, BuiltObject>): Map<string, BuiltObject> {
  const places = new Map<string, BuiltObject>()
  for (const built of originals.values()) {
    const place = objectPlace(built)
    if (!places.has(place)) places.set(place, built)
  }
  return places
}

/** Applies an object that may exist, if wanted with what the same manager wrote to it by updates. */
async function takenOver(built: BuiltObject, options: ChangeOptions): Promise<KubeObject> {
  const { manager, forceConflicts, adoptUpdates } = options
  const force = { ...options, force: forceConflicts }
  let answer: KubeObject | undefined
  try {
    answer = await applied(built, force)
  } catch (error) {
    // In conflict perhaps only with our own updates.
    if (!adoptUpdates || !(error instanceof ReleaseError) || !isConflict(error.cause)) throw error
  }
  if (answer && !(adoptUpdates && hasUpdatesOf(manager, answer))) return answer
  await adoptOwnUpdates(built, force, answer)
  return applied(built, force)
}

const applied = applyServerSide
