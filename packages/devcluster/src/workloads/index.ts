/**
 * What a control plane and its nodes do to workloads, simulated: controllers that make pods, a scheduler, and a kubelet that lets them run and become
 * ready, or not, as an annotation says. Everything is driven by watches; nothing runs while nothing happens.
 */
import type { LocalClient } from '../local-client.ts'
import { startAutoscalers } from './autoscalers.ts'
import { type Clock, systemClock } from './clock.ts'
import { startCronJobs } from './cron-jobs.ts'
import { startDaemonSets } from './daemon-sets.ts'
import { startDeployments } from './deployments.ts'
import { startDisruptionBudgets } from './disruption-budgets.ts'
import { startEndpoints } from './endpoints.ts'
import { startJobs } from './jobs.ts'
import type { Pod } from './kinds.ts'
import { startReplicaSets } from './replica-sets.ts'
import { startScheduler } from './scheduler.ts'
import { startSimulatedNodes } from './simulated-node.ts'
import { startSimulatedPods } from './simulated-pods.ts'
import { startStatefulSets } from './stateful-sets.ts'
import { startVolumeClaims } from './volume-claims.ts'
import { World } from './world.ts'

export type { Clock } from './clock.ts'

export interface WorkloadsOptions {
  clock?: Clock
  /** Whether a scheduled pod is only simulated; default: all are. */
  isSimulated?: (pod: Pod) => boolean
  /** Told of what went wrong and is tried again; by default nobody is. */
  onError?: (what: string, error: unknown) => void
}

/** Resolves when the controllers watch, and node and storage class exist. */
export async function startWorkloads(
  client: LocalClient,
  options: WorkloadsOptions = {},
): Promise<{ close(): Promise<void> }> {
  const { clock = systemClock, isSimulated = () => true, onError = () => {} } = options
  const world = new World(client, clock, onError)
  try {
    startReplicaSets(world)
    startDeployments(world)
    startStatefulSets(world)
    startDaemonSets(world)
    startJobs(world)
    startCronJobs(world)
    startEndpoints(world)
    startDisruptionBudgets(world)
    startAutoscalers(world)
    startScheduler(world)
    startSimulatedPods(world, isSimulated)
    await startVolumeClaims(world)
    await startSimulatedNodes(world)
  } catch (error) {
    await world.close()
    throw error
  }
  return { close: () => world.close() }
}
