/** ReplicaSets and ReplicationControllers: as many pods as wanted, and a status that counts them. */

import { claimed } from './claims.ts'
import { conditionOf, defined, unlessZero } from './counts.ts'
import type { Pod, ReplicaSet, ReplicaSetStatus } from './kinds.ts'
import { controllerOf, keyOf, type ObjectCache } from './object-cache.ts'
import { availableIn, firstToGo, isReady, isTerminal, podOf } from './pods.ts'
import { canonical } from './template-hash.ts'
import { isNamespaceGoing } from './work-queue.ts'
import type { World } from './world.ts'

export function startReplicaSets(world: World): void {
  startCounting(world, 'ReplicaSet', world.replicaSets)
  startCounting(world, 'ReplicationController', world.replicationControllers)
}

function startCounting(world: World, kind: string, sets: ObjectCache<ReplicaSet>): void {
  const queue = world.queue(kind, async key => {
    const set = sets.byKey(key)
    if (set === undefined) return
    const { failure, ...counted } = await count(world, set)
    if (counted.wait !== undefined) queue.add(key, counted.wait)
    await writeStatus(world, sets, set, counted.status, failure)
    if (failure !== undefined) {
      const message = `Error creating: ${failure.message}`
      world.event(set, { type: 'Warning', reason: 'FailedCreate', message, component: 'replicaset-controller' })
    }
    if (failure !== undefined) throw failure
  })
  sets.onChange(set => queue.add(keyOf(set)))
  const podChanged = (pod: Pod) => {
    const owner = controllerOf(pod)
    if (owner?.kind === kind) queue.add(`${pod.metadata.namespace ?? ''}/${owner.name}`)
  }
  world.pods.onChange(podChanged)
  world.pods.onGone(podChanged)
}

interface Counted {
  status: ReplicaSetStatus
  /** Milliseconds until a ready pod becomes available. */
  wait: number | undefined
  failure: Error | undefined
}

async function count(world: World, set: ReplicaSet): Promise<Counted> {
  const { replicas = 1, template, minReadySeconds } = set.spec
  const { selector } = set.spec
  // A replication controller's selector is a plain map.
  const all = set.kind === 'ReplicaSet' ? selector : { matchLabels: Object(selector) }
  let active = (await claimed(world, world.pods, set, all)).filter(pod => !isTerminal(pod) && !world.pods.isGoing(pod))
  let failure: Error | undefined
  const missing = replicas - active.length
  if (set.metadata.deletionTimestamp === undefined && missing > 0) {
    const generateName = `${set.metadata.name}-`
    const made = await Promise.allSettled(
      Array.from({ length: missing }, () => world.create(world.pods, podOf(set, template, { generateName }))),
    )
    for (const result of made) {
      if (result.status === 'fulfilled') active.push(result.value)
      else if (!isNamespaceGoing(result.reason))
        failure = result.reason instanceof Error ? result.reason : new Error(String(result.reason))
    }
  } else if (set.metadata.deletionTimestamp === undefined && missing < 0) {
    const going = active.toSorted(firstToGo).slice(0, -missing)
    await Promise.all(going.map(pod => world.delete(world.pods, pod)))
    active = active.filter(pod => !going.includes(pod))
  }
  const templateLabels = Object.entries(template.metadata?.labels ?? {})
  const waits = active.map(pod => availableIn(pod, minReadySeconds, world.now())).filter(wait => wait !== undefined)
  const later = waits.filter(wait => wait > 0)
  return {
    status: defined({
      replicas: active.length,
      fullyLabeledReplicas: unlessZero(
        active.filter(pod => templateLabels.every(([key, value]) => pod.metadata.labels?.[key] === value)).length,
      ),
      readyReplicas: unlessZero(active.filter(isReady).length),
      availableReplicas: unlessZero(waits.length - later.length),
      observedGeneration: set.metadata.generation,
    }),
    wait: later.length === 0 ? undefined : Math.min(...later),
    failure,
  }
}

async function writeStatus(
  world: World,
  sets: ObjectCache<ReplicaSet>,
  set: ReplicaSet,
  counted: ReplicaSetStatus,
  failure: Error | undefined,
): Promise<void> {
  const others = (set.status?.conditions ?? []).filter(condition => condition.type !== 'ReplicaFailure')
  const known = conditionOf(set.status?.conditions, 'ReplicaFailure')
  const failing =
    failure === undefined
      ? []
      : [
          known?.message === failure.message
            ? known
            : {
                type: 'ReplicaFailure',
                status: 'True',
                lastTransitionTime: known?.lastTransitionTime ?? world.timestamp(),
                reason: 'FailedCreate',
                message: failure.message,
              },
        ]
  const conditions = [...others, ...failing]
  const status = { ...counted, ...(conditions.length === 0 ? {} : { conditions }) }
  if (canonical(status) !== canonical(set.status ?? {})) await world.updateStatus(sets, { ...set, status })
}
