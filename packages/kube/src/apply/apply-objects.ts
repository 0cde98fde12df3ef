import type { KubeObject, ObjectRef } from '@sluice/api'
import { ApiError, isNotFound } from '../api-error.ts'
import type { KubeClient } from '../client.ts'
import { adoptPatch } from './adopt-patch.ts'
import { type ApplyError, applyError, dryRunError, isImmutable } from './apply-error.ts'
import { desiredHash } from './desired-hash.ts'
import { hasDrifted } from './equal.ts'
import type { IgnoredPaths } from './ignore-rules.ts'
import { keepingIgnored, withoutIgnored } from './ignored-fields.ts'
import { inParallel } from './in-parallel.ts'
import { refOf } from './object-id.ts'
import { compareForApply, rankOf } from './order.ts'
import { ownsTheSame } from './owned-fields.ts'
import { isForced, isMerged, isSkipped } from './policy.ts'
import type { ObjectTracker } from './tracker.ts'

/**
 * Applies one stage's objects as fluxcd/pkg/ssa does: every object is tried by a dry run first and nothing of the stage is
 * written when one is refused; then what differs is applied, kind by kind, those of a kind side by side. Unlike Flux, what
 * the tracker knows to be as we left it costs no request.
 */
export type ApplyAction = 'created' | 'configured' | 'unchanged' | 'skipped'

export interface Applied {
  /** As the server names it: cluster-scoped objects have lost a namespace they came with. */
  ref: ObjectRef
  action: ApplyAction
}

export interface ApplyOptions {
  client: KubeClient
  tracker: ObjectTracker
  /** Key of whom the objects belong to. */
  owner: string
  manager: string
  /** Prefix of the marks on objects: `kustomize.toolkit.fluxcd.io`. */
  group: string
  /** Recreate objects whose immutable fields change. */
  force: boolean
  /** Managers, other than those Flux always takes fields over from, that may not keep any. */
  overridden?: readonly string[]
  /** Fields whose drift is left alone. */
  ignored?: IgnoredPaths
  /** Requests of this call in flight. */
  window?: number
  signal?: AbortSignal
  /** Told of each change as it is made, so that a failure half-way can say what was done. */
  onChange?: (applied: Applied) => void
}

/** A stage that was refused: each object's error. */
export class StageError extends Error {
  override name = 'StageError'
  readonly errors: ApplyError[]

  constructor(errors: ApplyError[]) {
    super(errors.map(error => error.message).join('\n'))
    this.errors = errors
  }
}

interface Candidate {
  object: KubeObject
  ref: ObjectRef
  hash: string
  /** JSON pointers to the fields whose drift is left alone. */
  ignored: readonly string[]
}

type Plan =
  | { action: 'skipped' }
  | { action: 'unchanged'; live: KubeObject }
  /** `own`: nothing would change but that its fields become ours as well. */
  | { action: 'apply'; live?: KubeObject; recreate?: boolean; own?: boolean }

const WINDOW = 16

export async function applyObjects(objects: readonly KubeObject[], options: ApplyOptions): Promise<Applied[]> {
  const candidates = await candidatesOf(objects, options)
  const window = options.window ?? WINDOW
  const { tracker, owner } = options
  const open: Candidate[] = []
  const results = new Map<Candidate, Applied>()
  for (const candidate of candidates) {
    if (tracker.isCurrent(candidate.ref, owner, candidate.hash)) {
      results.set(candidate, { ref: candidate.ref, action: 'unchanged' })
    } else open.push(candidate)
  }
  if (open.length > 0) {
    const kinds = new Map(open.map(c => [`${c.ref.apiVersion}/${c.ref.kind}`, c.ref]))
    await inParallel([...kinds.values()], window, kind => tracker.watch(kind))
  }
  const plans = new Map<Candidate, Plan>()
  const errors: ApplyError[] = []
  await inParallel(open, window, async candidate => {
    options.signal?.throwIfAborted()
    try {
      plans.set(candidate, await plan(candidate, options))
    } catch (error) {
      errors.push(dryRunError(candidate.ref, error))
    }
  })
  if (errors.length > 0) throw new StageError(errors.sort((a, b) => compareForApply(a.ref, b.ref)))
  for (const group of byRank(open)) {
    try {
      await inParallel(group, window, async candidate => {
        options.signal?.throwIfAborted()
        results.set(candidate, await carryOut(candidate, plans.get(candidate), options))
      })
    } finally {
      // Told in the order of application, whichever answer came first.
      for (const applied of group.flatMap(candidate => results.get(candidate) ?? [])) {
        if (applied.action === 'created' || applied.action === 'configured') options.onChange?.(applied)
      }
    }
  }
  return candidates.flatMap(candidate => results.get(candidate) ?? [])
}

/** In the order of application, each under the identity the server will give it. */
async function candidatesOf(objects: readonly KubeObject[], options: ApplyOptions): Promise<Candidate[]> {
  const errors: ApplyError[] = []
  const candidates: Candidate[] = []
  for (const object of objects) {
    try {
      const info = await options.client.discovery.resourceFor(object.apiVersion, object.kind)
      if (info.namespaced && !object.metadata.namespace) {
        throw new ApiError(404, 'NotFound', 'the server could not find the requested resource')
      }
      const scoped = info.namespaced ? object : withoutNamespace(object)
      const ignored = options.ignored?.(scoped) ?? []
      candidates.push({ object: scoped, ref: refOf(scoped), hash: desiredHash(scoped, ignored), ignored })
    } catch (error) {
      errors.push(dryRunError(refOf(object), error))
    }
  }
  if (errors.length > 0) throw new StageError(errors.sort((a, b) => compareForApply(a.ref, b.ref)))
  return candidates.sort((a, b) => compareForApply(a.ref, b.ref))
}

/** What has to be done with an object, found out without changing anything. */
async function plan(candidate: Candidate, options: ApplyOptions): Promise<Plan> {
  const { object, ref, ignored } = candidate
  const { client, group } = options
  const live = options.tracker.get(ref) || mayExist(object) ? await client.find(ref) : undefined
  if (isSkipped(object, live, group)) return { action: 'skipped' }
  let dryRun: KubeObject
  try {
    const { manager, signal } = options
    dryRun = await client.apply(object, { fieldManager: manager, force: true, dryRun: true, signal })
  } catch (error) {
    const target = live ?? (isImmutable(error) ? await client.find(ref) : undefined)
    if (target && isImmutable(error) && (options.force || isForced(object, target, group))) {
      return { action: 'apply', live: target, recreate: true }
    }
    throw error
  }
  if (!dryRun.metadata.resourceVersion) return { action: 'apply' }
  const existing = live ?? (await client.find(ref))
  if (!existing) return { action: 'apply' }
  if (isSkipped(object, existing, group)) return { action: 'skipped' }
  const adoption = isMerged(object, existing, group) ? [] : adoptPatch(existing, options.manager, options.overridden)
  const drifted = hasDrifted(withoutIgnored(existing, ignored), withoutIgnored(dryRun, ignored))
  if (adoption.length > 0 || drifted) return { action: 'apply', live: existing }
  // A field that is as wanted but not ours could be changed by others without our hearing of it.
  const isOurs = ignored.length > 0 || ownsTheSame(existing, dryRun, options.manager)
  return isOurs ? { action: 'unchanged', live: existing } : { action: 'apply', live: existing, own: true }
}

/** Objects with marks are looked at before the dry run, others only when the dry run says they exist. */
function mayExist(object: KubeObject): boolean {
  return Object.keys(object.metadata.annotations ?? {}).some(key => key.endsWith('/ssa') || key.endsWith('/reconcile'))
}

async function carryOut(candidate: Candidate, plan: Plan | undefined, options: ApplyOptions): Promise<Applied> {
  const { object, ref, hash } = candidate
  const { client, tracker, owner, manager, group } = options
  if (!plan || plan.action === 'skipped') return { ref, action: 'skipped' }
  if (plan.action === 'unchanged') {
    tracker.applied(plan.live, owner, hash)
    return { ref, action: 'unchanged' }
  }
  tracker.begin(ref, owner)
  try {
    if (plan.recreate && plan.live) await recreate(plan.live, options)
    else if (plan.live && !isMerged(object, plan.live, group)) await adopt(plan.live, options)
    const kept = plan.recreate ? undefined : plan.live
    const sent = kept ? keepingIgnored(object, kept, candidate.ignored, manager) : object
    const answer = await client.apply(sent, { fieldManager: manager, force: true })
    tracker.applied(answer, owner, hash)
    return {
      ref: refOf({ ...answer, apiVersion: object.apiVersion, kind: object.kind }),
      action: plan.own ? 'unchanged' : kept ? 'configured' : 'created',
    }
  } catch (error) {
    tracker.failed(ref)
    throw applyError(ref, error)
  }
}

/** Makes the fields of kubectl and our own earlier updates ours; others may write to the object at the same time. */
async function adopt(live: KubeObject, { client, manager, overridden }: ApplyOptions): Promise<void> {
  for (let now: KubeObject | undefined = live, tries = 1; now; tries++) {
    const patch = adoptPatch(now, manager, overridden)
    if (patch.length === 0) return
    try {
      await client.patch(refOf(now), patch, 'json', { fieldManager: manager })
      return
    } catch (error) {
      const isOutdated = error instanceof ApiError && (error.code === 409 || error.code === 422)
      if (!isOutdated || tries >= ADOPT_TRIES) throw error
    }
    now = await client.find(refOf(live))
  }
}

const ADOPT_TRIES = 5

/** Deletes an object whose immutable fields must change, and waits until it is gone. Bounded, unlike Flux's wait. */
async function recreate(live: KubeObject, options: ApplyOptions): Promise<void> {
  const ref = refOf(live)
  await options.client.delete(ref, { propagationPolicy: 'Background', uid: live.metadata.uid })
  const deadline = performance.now() + RECREATE_MOST
  for (let pause = 20; ; pause = Math.min(pause * 2, 1000)) {
    try {
      const now = await options.client.get(ref)
      if (now.metadata.uid !== live.metadata.uid) return
    } catch (error) {
      if (isNotFound(error)) return
      throw error
    }
    if (performance.now() > deadline) throw new Error(`it was deleted to be recreated but its finalizers hold it`)
    options.signal?.throwIfAborted()
    await new Promise(resolve => setTimeout(resolve, pause))
  }
}

/** Milliseconds to wait for a deleted object to go. */
const RECREATE_MOST = 30_000

function byRank(candidates: readonly Candidate[]): Candidate[][] {
  const groups: Candidate[][] = []
  for (const candidate of candidates) {
    const last = groups.at(-1)
    if (last?.[0] && rankOf(last[0].ref.kind) === rankOf(candidate.ref.kind)) last.push(candidate)
    else groups.push([candidate])
  }
  return groups
}

function withoutNamespace(object: KubeObject): KubeObject {
  if (!object.metadata.namespace) return object
  const { namespace: _, ...metadata } = object.metadata
  return { ...object, metadata }
}
