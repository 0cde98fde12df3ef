/** Jobs: pods until enough have succeeded or too many have failed. Each pod is counted once, which its finalizer makes sure of. */
import { conditionOf, defined, unlessZero, withCondition } from './counts.ts'
import { indexesText, missingIndexes, numbersIn } from './job-indexes.ts'
import type { Condition, Job, JobStatus, Pod } from './kinds.ts'
import { controllerOf, keyOf } from './object-cache.ts'
import { isReady, isTerminal, podOf } from './pods.ts'
import { canonical } from './template-hash.ts'
import type { World } from './world.ts'

const finalizer = 'batch.kubernetes.io/job-tracking'
const indexKey = 'batch.kubernetes.io/job-completion-index'

export function startJobs(world: World): void {
  const queue = world.queue('Job', async key => {
    const job = world.jobs.byKey(key)
    if (job === undefined) return
    const wait = await reconcile(world, job)
    if (wait !== undefined) queue.add(key, wait)
  })
  world.jobs.onChange(job => queue.add(keyOf(job)))
  const podChanged = (pod: Pod) => {
    const owner = controllerOf(pod)
    if (owner?.kind !== 'Job') return
    const job = world.jobs.get(pod.metadata.namespace, owner.name)
    if (job?.metadata.uid === owner.uid) queue.add(keyOf(job))
    // Nobody is left to count it.
    else if (pod.metadata.finalizers?.includes(finalizer)) orphans.add(keyOf(pod))
  }
  const orphans = world.queue('orphaned pod of a Job', async key => {
    const pod = world.pods.byKey(key)
    const owner = pod === undefined ? undefined : controllerOf(pod)
    if (pod === undefined || world.jobs.get(pod.metadata.namespace, owner?.name ?? '') !== undefined) return
    await release(world, pod)
  })
  world.pods.onChange(podChanged)
  world.pods.onGone(podChanged)
  world.jobs.onGone(job => {
    for (const pod of world.pods.ownedBy(job.metadata.uid)) podChanged(pod)
  })
}

async function release(world: World, pod: Pod): Promise<void> {
  if (!pod.metadata.finalizers?.includes(finalizer)) return
  const finalizers = pod.metadata.finalizers.filter(name => name !== finalizer)
  await world.update(world.pods, { ...pod, metadata: { ...pod.metadata, finalizers } })
}

export const finished = (job: Job): Condition | undefined =>
  job.status?.conditions?.find(({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'))

/** Milliseconds until there is something to do without an event. */
async function reconcile(world: World, job: Job): Promise<number | undefined> {
  const done = finished(job)
  if (done !== undefined) return afterFinish(world, job, done)
  if (job.metadata.deletionTimestamp !== undefined) {
    await Promise.all(world.pods.ownedBy(job.metadata.uid).map(pod => release(world, pod)))
    return undefined
  }
  const { spec } = job
  const startTime = spec.suspend ? undefined : (job.status?.startTime ?? world.timestamp())
  const all = world.pods.ownedBy(job.metadata.uid)
  const counted = countFinished(job, all)
  const overdue = deadline(world, job, startTime)
  const verdict = judge(job, counted, overdue)
  let active = all.filter(pod => !isTerminal(pod) && !world.pods.isGoing(pod))
  // Pods that a job out of time or tries takes down with it have failed, too.
  const takenDown = verdict?.type === 'Failed' ? active.length : 0
  if (verdict !== undefined || spec.suspend) {
    await Promise.all(active.map(pod => world.delete(world.pods, pod)))
    active = []
  }
  // A job whose pods are refused has begun all the same: its time runs.
  let refusal: unknown
  if (verdict === undefined && !spec.suspend) {
    try {
      active = await adjust(world, job, active, counted)
    } catch (error) {
      refusal = error
    }
  }
  let conditions = job.status?.conditions ?? []
  const condition = (type: string, status: string, reason: string, message: string): Condition => {
    const time = world.timestamp()
    return { type, status, lastProbeTime: time, lastTransitionTime: time, reason, message }
  }
  if (spec.suspend)
    conditions = withCondition(conditions, condition('Suspended', 'True', 'JobSuspended', 'Job suspended'))
  else if (conditionOf(conditions, 'Suspended')?.status === 'True') {
    conditions = withCondition(conditions, condition('Suspended', 'False', 'JobResumed', 'Job resumed'))
  }
  if (verdict !== undefined) {
    const { reason, message } = verdict
    const first = verdict.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget'
    conditions = withCondition(conditions, condition(first, 'True', reason, message))
    conditions = withCondition(conditions, condition(verdict.type, 'True', reason, message))
  }
  const status: JobStatus = defined({
    startTime,
    completionTime: verdict?.type === 'Complete' ? world.timestamp() : undefined,
    active: unlessZero(active.length),
    ready: active.filter(isReady).length,
    terminating: 0,
    succeeded: unlessZero(counted.succeeded),
    failed: unlessZero(counted.failed + takenDown),
    completedIndexes: spec.completionMode === 'Indexed' ? indexesText(counted.indexes) || undefined : undefined,
    uncountedTerminatedPods: {},
    conditions: conditions.length === 0 ? undefined : conditions,
  })
  if (canonical(status) !== canonical(job.status ?? {})) await world.updateStatus(world.jobs, { ...job, status })
  await Promise.all(counted.newly.map(pod => release(world, pod)))
  if (refusal !== undefined) throw refusal
  return overdue === undefined || overdue <= 0 ? counted.backoff : Math.min(overdue, counted.backoff ?? overdue)
}

interface Counted {
  succeeded: number
  failed: number
  indexes: Set<number>
  /** Terminal pods that were not counted before. */
  newly: Pod[]
  /** Milliseconds to wait before the next attempt. */
  backoff: number | undefined
}

const indexOf = (pod: Pod): number => Number(pod.metadata.annotations?.[indexKey] ?? -1)

function countFinished(job: Job, pods: readonly Pod[]): Counted {
  const newly = pods.filter(pod => isTerminal(pod) && pod.metadata.finalizers?.includes(finalizer))
  const good = newly.filter(pod => pod.status?.phase === 'Succeeded')
  const indexes = new Set(numbersIn(job.status?.completedIndexes))
  const isIndexed = job.spec.completionMode === 'Indexed'
  if (isIndexed) for (const pod of good) indexes.add(indexOf(pod))
  return {
    succeeded: isIndexed ? indexes.size : (job.status?.succeeded ?? 0) + good.length,
    failed: (job.status?.failed ?? 0) + newly.length - good.length,
    indexes,
    newly,
    backoff: undefined,
  }
}

/**
 * Milliseconds left of the active deadline; zero when it is over. The start is known by the second only; no Job gets
 * less than its whole time.
 */
function deadline(world: World, job: Job, startTime: string | undefined): number | undefined {
  const { activeDeadlineSeconds } = job.spec
  if (activeDeadlineSeconds === undefined || startTime === undefined) return undefined
  return Math.max(0, Date.parse(startTime) + (activeDeadlineSeconds + 1) * 1000 - world.now())
}

function judge(
  job: Job,
  counted: Counted,
  overdue: number | undefined,
): { type: 'Complete' | 'Failed'; reason: string; message: string } | undefined {
  const { completions, backoffLimit = 6, completionMode } = job.spec
  const wanted = completions ?? (completionMode === 'Indexed' ? 0 : undefined)
  const enough = wanted === undefined ? counted.succeeded > 0 : counted.succeeded >= wanted
  if (enough) {
    return { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
  }
  if (counted.failed > backoffLimit) {
    return { type: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' }
  }
  if (overdue === 0) {
    return { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' }
  }
  return undefined
}

async function adjust(world: World, job: Job, active: Pod[], counted: Counted): Promise<Pod[]> {
  const { parallelism = 1, completions, completionMode, template } = job.spec
  const left = completions === undefined ? parallelism : Math.max(0, completions - counted.succeeded)
  const wanted = completions === undefined && counted.succeeded > 0 ? active.length : Math.min(parallelism, left)
  if (active.length > wanted) {
    const surplus = active.slice(wanted)
    await Promise.all(surplus.map(pod => world.delete(world.pods, pod)))
    return active.slice(0, wanted)
  }
  const missing = wanted - active.length
  const isIndexed = completionMode === 'Indexed'
  const taken = new Set([...counted.indexes, ...active.map(indexOf)])
  const indexes = isIndexed ? missingIndexes(completions ?? 0, taken).slice(0, missing) : []
  const made = Array.from({ length: isIndexed ? indexes.length : missing }, (_, at) => {
    const index = indexes[at]
    const key: Record<string, string> = index === undefined ? {} : { [indexKey]: String(index) }
    return world.create(
      world.pods,
      podOf(job, template, {
        generateName: index === undefined ? `${job.metadata.name}-` : `${job.metadata.name}-${index}-`,
        labels: key,
        ...(index === undefined ? {} : { annotations: key, spec: { hostname: `${job.metadata.name}-${index}` } }),
        finalizers: [finalizer],
      }),
    )
  })
  return [...active, ...(await Promise.all(made))]
}

async function afterFinish(world: World, job: Job, done: Condition): Promise<number | undefined> {
  await Promise.all(
    world.pods
      .ownedBy(job.metadata.uid)
      .filter(isTerminal)
      .map(pod => release(world, pod)),
  )
  const { ttlSecondsAfterFinished } = job.spec
  if (ttlSecondsAfterFinished === undefined || job.metadata.deletionTimestamp !== undefined) return undefined
  const left = Date.parse(done.lastTransitionTime ?? '') + ttlSecondsAfterFinished * 1000 - world.now()
  if (left > 0) return left
  await world.delete(world.jobs, job)
  return undefined
}
