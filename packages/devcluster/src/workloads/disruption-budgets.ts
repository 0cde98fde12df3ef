/** PodDisruptionBudgets: how many of their pods may go at will. */
import { scaled, withCondition } from './counts.ts'
import type { Condition, Pod, PodDisruptionBudget } from './kinds.ts'
import { controllerOf, keyOf } from './object-cache.ts'
import { isReady, isTerminal } from './pods.ts'
import { selects } from './selector.ts'
import { canonical } from './template-hash.ts'
import type { World } from './world.ts'

export function startDisruptionBudgets(world: World): void {
  const queue = world.queue('PodDisruptionBudget', async key => {
    const budget = world.budgets.byKey(key)
    if (budget !== undefined && budget.metadata.deletionTimestamp === undefined) await reconcile(world, budget)
  })
  world.budgets.onChange(budget => queue.add(keyOf(budget)))
  const podChanged = (pod: Pod) => {
    for (const budget of world.budgets.in(pod.metadata.namespace)) {
      if (selects(budget.spec.selector, pod.metadata.labels)) queue.add(keyOf(budget))
    }
  }
  world.pods.onChange(podChanged)
  world.pods.onGone(podChanged)
}

/** What the owners of the pods want, which is more than there is while they are still being made. */
function expected(world: World, pods: readonly Pod[]): number {
  const owners = new Map<string, number>()
  let alone = 0
  for (const pod of pods) {
    const owner = controllerOf(pod)
    const { namespace } = pod.metadata
    const set =
      owner?.kind === 'ReplicaSet'
        ? world.replicaSets.get(namespace, owner.name)
        : owner?.kind === 'StatefulSet'
          ? world.statefulSets.get(namespace, owner.name)
          : undefined
    if (owner === undefined || set === undefined) alone++
    else owners.set(owner.uid, set.spec.replicas ?? 1)
  }
  return alone + [...owners.values()].reduce((sum, replicas) => sum + replicas, 0)
}

async function reconcile(world: World, budget: PodDisruptionBudget): Promise<void> {
  const { selector, minAvailable, maxUnavailable } = budget.spec
  const pods = world.pods
    .in(budget.metadata.namespace)
    .filter(pod => selects(selector, pod.metadata.labels) && !isTerminal(pod) && !world.pods.isGoing(pod))
  const expectedPods =
    minAvailable !== undefined && typeof minAvailable === 'number' ? pods.length : expected(world, pods)
  const desiredHealthy =
    maxUnavailable === undefined
      ? scaled(minAvailable, expectedPods, 'up')
      : Math.max(0, expectedPods - scaled(maxUnavailable, expectedPods, 'up'))
  const currentHealthy = pods.filter(isReady).length
  const disruptionsAllowed = Math.max(0, currentHealthy - desiredHealthy)
  const condition: Condition = {
    type: 'DisruptionAllowed',
    status: disruptionsAllowed > 0 ? 'True' : 'False',
    reason: disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    lastTransitionTime: world.timestamp(),
    ...(budget.metadata.generation === undefined ? {} : { observedGeneration: budget.metadata.generation }),
  }
  const known = budget.status?.conditions
  const status = {
    observedGeneration: budget.metadata.generation,
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    conditions: withCondition(Array.isArray(known) ? known : [], condition),
  }
  if (canonical(status) !== canonical(budget.status ?? {}))
    await world.updateStatus(world.budgets, { ...budget, status })
}
