/** A deployment's status: the counts of its sets, and whether it is available, gets on, or has run out of time. */
import { conditionOf, defined, rollingBounds, unlessZero, withCondition } from './counts.ts'
import type { Condition, Deployment, DeploymentStatus, ReplicaSet } from './kinds.ts'
import { canonical } from './template-hash.ts'
import type { World } from './world.ts'

/** Writes the status when it changed; milliseconds until the progress deadline, if there is one to watch. */
export async function rolloutStatus(
  world: World,
  deployment: Deployment,
  current: ReplicaSet | undefined,
  sets: readonly ReplicaSet[],
): Promise<number | undefined> {
  const now = world.now()
  const status = statusOf(deployment, current, sets, world.timestamp(), now)
  if (canonical(status) !== canonical(deployment.status ?? {})) {
    await world.updateStatus(world.deployments, { ...deployment, status })
  }
  return untilDeadline(deployment, status, now)
}

const total = (sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number | undefined): number =>
  sets.reduce((sum, set) => sum + (of(set) ?? 0), 0)

export function statusOf(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  sets: readonly ReplicaSet[],
  timestamp: string,
  now: number,
): DeploymentStatus {
  const { replicas: wanted = 1, strategy } = deployment.spec
  const available = total(sets, set => set.status?.availableReplicas)
  const counts: DeploymentStatus = defined({
    observedGeneration: deployment.metadata.generation,
    replicas: unlessZero(total(sets, set => set.status?.replicas)),
    updatedReplicas: unlessZero(current?.status?.replicas ?? 0),
    readyReplicas: unlessZero(total(sets, set => set.status?.readyReplicas)),
    availableReplicas: unlessZero(available),
    unavailableReplicas: unlessZero(Math.max(0, total(sets, set => set.spec.replicas) - available)),
    collisionCount: deployment.status?.collisionCount,
  })
  const { unavailable } = rollingBounds(strategy?.rollingUpdate, wanted)
  const enough = available >= wanted - (strategy?.type === 'Recreate' ? 0 : unavailable)
  const availability: Condition = {
    type: 'Available',
    status: enough ? 'True' : 'False',
    lastUpdateTime: timestamp,
    lastTransitionTime: timestamp,
    reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: enough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
  }
  let conditions = withCondition(deployment.status?.conditions, availability)
  const progress = progressOf(deployment, current, counts, timestamp, now)
  if (progress === 'none') conditions = conditions.filter(condition => condition.type !== 'Progressing')
  else if (progress !== undefined) {
    // Progress with the same reason still moves the time of the last update, from which the deadline counts.
    const others = conditions.filter(condition => condition.type !== 'Progressing')
    const before = conditionOf(conditions, 'Progressing')
    const kept = before?.status === progress.status ? before.lastTransitionTime : undefined
    conditions = [...others, { ...progress, lastTransitionTime: kept ?? timestamp }]
  }
  return { ...counts, conditions: withFailures(conditions, current, timestamp) }
}

function withFailures(conditions: Condition[], current: ReplicaSet | undefined, timestamp: string): Condition[] {
  const failure = conditionOf(current?.status?.conditions, 'ReplicaFailure')
  const others = conditions.filter(condition => condition.type !== 'ReplicaFailure')
  return failure === undefined ? others : withCondition(conditions, { ...failure, lastUpdateTime: timestamp })
}

/** The new Progressing condition, `none` when there shall be none, undefined when it stays. */
function progressOf(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  counts: DeploymentStatus,
  timestamp: string,
  now: number,
): Condition | 'none' | undefined {
  const { paused, progressDeadlineSeconds, replicas: wanted = 1 } = deployment.spec
  if (progressDeadlineSeconds === undefined || progressDeadlineSeconds === 2 ** 31 - 1) return 'none'
  const before = conditionOf(deployment.status?.conditions, 'Progressing')
  const make = (status: string, reason: string, message: string): Condition => ({
    type: 'Progressing',
    status,
    lastUpdateTime: timestamp,
    lastTransitionTime: timestamp,
    reason,
    message,
  })
  if (paused === true) {
    return before?.reason === 'DeploymentPaused'
      ? undefined
      : make('Unknown', 'DeploymentPaused', 'Deployment is paused')
  }
  if (before?.reason === 'DeploymentPaused') return make('Unknown', 'DeploymentResumed', 'Deployment is resumed')
  const name =
    current === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${current.metadata.name}"`
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, readyReplicas = 0 } = counts
  const isDone = updatedReplicas === wanted && replicas === wanted && availableReplicas === wanted
  if (before?.reason === 'NewReplicaSetAvailable' && replicas === updatedReplicas && isSame(before, current))
    return undefined
  if (isDone) return make('True', 'NewReplicaSetAvailable', `${name} has successfully progressed.`)
  if (before === undefined || (current !== undefined && !isSame(before, current))) {
    return current === undefined
      ? undefined
      : make('True', 'NewReplicaSetCreated', `Created new replica set "${current.metadata.name}"`)
  }
  const old = deployment.status ?? {}
  const outdated = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0)
  const moved =
    updatedReplicas > (old.updatedReplicas ?? 0) ||
    outdated(counts) < outdated(old) ||
    readyReplicas > (old.readyReplicas ?? 0) ||
    availableReplicas > (old.availableReplicas ?? 0)
  if (moved) return make('True', 'ReplicaSetUpdated', `${name} is progressing.`)
  if (before.reason === 'ProgressDeadlineExceeded' || before.reason === 'NewReplicaSetAvailable') return undefined
  const due = Date.parse(before.lastUpdateTime ?? '') + progressDeadlineSeconds * 1000
  return now > due ? make('False', 'ProgressDeadlineExceeded', `${name} has timed out progressing.`) : undefined
}

/** Does the condition speak of this set? */
function isSame(condition: Condition, current: ReplicaSet | undefined): boolean {
  return (
    current === undefined ||
    (condition.message ?? '').includes(`"${current.metadata.name}"`) ||
    condition.reason === 'DeploymentResumed'
  )
}

function untilDeadline(deployment: Deployment, status: DeploymentStatus, now: number): number | undefined {
  const { progressDeadlineSeconds, paused } = deployment.spec
  const condition = conditionOf(status.conditions, 'Progressing')
  if (paused === true || progressDeadlineSeconds === undefined || condition?.status === 'False') return undefined
  if (condition === undefined || condition.reason === 'NewReplicaSetAvailable') return undefined
  // The times in conditions are whole seconds: one more, so that it is over when we look.
  return Math.max(0, Date.parse(condition.lastUpdateTime ?? '') + progressDeadlineSeconds * 1000 - now) + 1001
}
