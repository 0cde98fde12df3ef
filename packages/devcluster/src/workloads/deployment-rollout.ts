/** How many pods each ReplicaSet of a deployment shall have now; and which old sets are no longer kept. */
import { rollingBounds } from './counts.ts'
import { byAge, desiredKey, maxKey } from './deployment-sets.ts'
import type { Deployment, ReplicaSet } from './kinds.ts'
import { isTerminal } from './pods.ts'
import type { World } from './world.ts'

const size = (set: ReplicaSet | undefined): number => set?.spec.replicas ?? 0
const available = (set: ReplicaSet | undefined): number => set?.status?.availableReplicas ?? 0
const sum = (sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number): number =>
  sets.reduce((total, set) => total + of(set), 0)

export async function rollout(
  world: World,
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): Promise<void> {
  const scale = (set: ReplicaSet, replicas: number) => scaled(world, deployment, set, replicas)
  const { replicas = 1, paused, strategy } = deployment.spec
  if (paused === true || (isScaling(deployment, [...old, ...(current ? [current] : [])]) && current !== undefined)) {
    await rescale(deployment, current, old, scale)
    if (paused === true) return
  }
  if (current === undefined) return
  if (strategy?.type === 'Recreate') {
    await Promise.all(old.filter(set => size(set) > 0).map(set => scale(set, 0)))
    const left = old.some(set => world.pods.ownedBy(set.metadata.uid).some(pod => !isTerminal(pod)))
    if (!left && sum(old, size) === 0) await scale(current, replicas)
    else await scale(current, size(current))
  } else {
    await growNew(deployment, current, old, scale)
    await shrinkOld(deployment, current, old, scale)
  }
  await cleanUp(world, deployment, current, old)
}

type Scale = (set: ReplicaSet, replicas: number) => Promise<void>

async function scaled(world: World, deployment: Deployment, set: ReplicaSet, replicas: number): Promise<void> {
  const wanted = deployment.spec.replicas ?? 1
  const { surge } = rollingBounds(deployment.spec.strategy?.rollingUpdate, wanted)
  const most = deployment.spec.strategy?.type === 'Recreate' ? wanted : wanted + surge
  const annotations = { ...set.metadata.annotations, [desiredKey]: String(wanted), [maxKey]: String(most) }
  const same =
    set.metadata.annotations?.[desiredKey] === String(wanted) && set.metadata.annotations[maxKey] === String(most)
  // A set at rest is not written to only for its annotations.
  if (size(set) === replicas && (same || replicas === 0)) return
  const change = replicas > size(set) ? 'up' : 'down'
  if (replicas !== size(set)) {
    const message = `Scaled ${change} replica set ${set.metadata.name} from ${size(set)} to ${replicas}`
    world.event(deployment, {
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message,
      component: 'deployment-controller',
    })
  }
  const latest = world.replicaSets.get(set.metadata.namespace, set.metadata.name) ?? set
  await world.update(world.replicaSets, {
    ...latest,
    metadata: { ...latest.metadata, annotations },
    spec: { ...latest.spec, replicas },
  })
}

function isScaling(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  const wanted = String(deployment.spec.replicas ?? 1)
  return sets.some(set => {
    const desired = set.metadata.annotations?.[desiredKey]
    return size(set) > 0 && desired !== undefined && desired !== wanted
  })
}

/** The deployment was scaled in the middle of things: the sets that have pods share the change in proportion. */
async function rescale(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
  scale: Scale,
): Promise<void> {
  const { replicas = 1, strategy } = deployment.spec
  const active = [...old, ...(current ? [current] : [])].filter(set => size(set) > 0)
  const [only] = active
  if (active.length <= 1) {
    const set = only ?? current ?? old.toSorted(byAge).at(-1)
    if (set !== undefined) await scale(set, replicas)
    return
  }
  const { surge } = rollingBounds(strategy?.rollingUpdate, replicas)
  const allowed = replicas > 0 ? replicas + surge : 0
  const total = sum(active, size)
  let left = allowed - total
  for (const set of active.toSorted((a, b) => size(b) - size(a))) {
    const share = Math.round((size(set) * (allowed - total)) / total)
    const change = left > 0 ? Math.min(left, share) : Math.max(left, share)
    left -= change
    await scale(set, Math.max(0, size(set) + change))
  }
}

async function growNew(
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
  scale: Scale,
): Promise<void> {
  const { replicas = 1, strategy } = deployment.spec
  const { surge } = rollingBounds(strategy?.rollingUpdate, replicas)
  const room = replicas + surge - sum(old, size) - size(current)
  const grown = room > 0 ? Math.min(size(current) + room, replicas) : size(current)
  await scale(current, Math.min(Math.max(grown, 0), Math.max(replicas, 0)))
}

async function shrinkOld(
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
  scale: Scale,
): Promise<void> {
  const running = old.filter(set => size(set) > 0).toSorted(byAge)
  if (running.length === 0) return
  const { replicas = 1, strategy } = deployment.spec
  const least = replicas - rollingBounds(strategy?.rollingUpdate, replicas).unavailable
  const sizes = new Map(running.map(set => [set, size(set)]))
  const unavailableNew = Math.max(0, size(current) - available(current))
  let allowed = sum(running, size) + size(current) - least - unavailableNew
  if (allowed <= 0) return
  // First those that do not work anyway.
  for (const set of running) {
    const broken = Math.min(Math.max(0, size(set) - available(set)), allowed)
    sizes.set(set, size(set) - broken)
    allowed -= broken
  }
  let spare = Math.min(allowed, sum(running, available) + available(current) - least)
  for (const set of running) {
    const now = sizes.get(set) ?? 0
    const gone = Math.max(0, Math.min(now, spare))
    sizes.set(set, now - gone)
    spare -= gone
  }
  await Promise.all(
    [...sizes].filter(([set, wanted]) => wanted !== size(set)).map(([set, wanted]) => scale(set, wanted)),
  )
}

/** Once a rollout is over, only so many old sets stay. */
async function cleanUp(
  world: World,
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
): Promise<void> {
  const { replicas = 1, revisionHistoryLimit = 10 } = deployment.spec
  if (available(current) < replicas || sum(old, size) > 0) return
  const idle = old.filter(set => size(set) === 0 && (set.status?.replicas ?? 0) === 0).toSorted(byAge)
  const excess = idle.slice(0, Math.max(0, idle.length - revisionHistoryLimit))
  await Promise.all(excess.map(set => world.delete(world.replicaSets, set)))
}
