/** The status of a pod whose containers are processes. */
import { timestamp } from '../workloads/clock.ts'
import type { Container, Pod, PodStatus } from '../workloads/kinds.ts'
import { type ContainerNow, type ContainerState, containerId, type PodNow, podStatus } from '../workloads/pod-status.ts'
import type { PodProcessState } from './pod-process.ts'

const hostIp = '127.0.0.1'

/** @param states by container; a container without one is only simulated, and runs */
export function processStatus(pod: Pod, states: ReadonlyMap<string, PodProcessState>, now: number): PodStatus {
  const containers = pod.spec.containers.map(container => containerNow(pod, container, states.get(container.name), now))
  const all = [...states.values()]
  const isDone = all.length > 0 && all.every(state => state.phase === 'ended')
  const phase: PodNow['phase'] = !isDone
    ? 'Running'
    : all.every(state => state.lastExit?.code === 0)
      ? 'Succeeded'
      : 'Failed'
  return podStatus(pod, { phase, ip: hostIp, hostIp, containers, timestamp: timestamp(now) })
}

function containerNow(pod: Pod, { name }: Container, state: PodProcessState | undefined, now: number): ContainerNow {
  if (state === undefined) {
    const known = pod.status?.containerStatuses?.find(status => status.name === name)?.state.running?.startedAt
    const startedAt = typeof known === 'string' ? known : timestamp(now)
    return { state: { running: { startedAt } }, ready: true, restartCount: 0 }
  }
  const { lastExit, restarts, ready } = state
  const ended: ContainerState | undefined = lastExit && {
    terminated: {
      exitCode: lastExit.code,
      reason: lastExit.code === 0 ? 'Completed' : 'Error',
      startedAt: timestamp(lastExit.startedAt),
      finishedAt: timestamp(lastExit.finishedAt),
      containerID: containerId(pod, name, Math.max(0, restarts - 1)),
    },
  }
  const waiting: ContainerState = {
    waiting: { reason: 'CrashLoopBackOff', message: 'the process ended and is started again' },
  }
  const present: ContainerState =
    state.phase === 'running'
      ? { running: { startedAt: timestamp(state.startedAt) } }
      : state.phase === 'ended'
        ? (ended ?? waiting)
        : waiting
  return {
    state: present,
    ready,
    restartCount: restarts,
    ...(ended && state.phase !== 'ended' ? { lastState: ended } : {}),
  }
}

/** How often the container was started before us: a process that ran when the node went down counts as ended. */
export function restartsBefore(pod: Pod, name: string): number {
  const status = pod.status?.containerStatuses?.find(candidate => candidate.name === name)
  if (status === undefined) return 0
  return status.state.running === undefined ? status.restartCount : status.restartCount + 1
}
