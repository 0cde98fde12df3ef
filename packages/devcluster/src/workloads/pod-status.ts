/** The status of a pod at the stations of its life, as a kubelet writes it. */
import { createHash } from 'node:crypto'
import { withCondition } from './counts.ts'
import type { Container, ContainerStatus, Pod, PodStatus } from './kinds.ts'

export type ContainerState =
  | { waiting: { reason: string; message?: string } }
  | { running: { startedAt: string } }
  | {
      terminated: {
        exitCode: number
        reason: string
        startedAt: string
        finishedAt: string
        containerID: string
        message?: string
      }
    }

export interface ContainerNow {
  state: ContainerState
  ready: boolean
  restartCount: number
  lastState?: ContainerState
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex')

export const containerId = (pod: Pod, name: string, restarts: number): string =>
  `containerd://${hash(`${pod.metadata.uid}/${name}/${restarts}`)}`

/** `nginx:1.27` as the runtime names it. */
function fullImage(image: string): string {
  const [first = ''] = image.split('/')
  const hasRegistry = image.includes('/') && (/[.:]/.test(first) || first === 'localhost')
  const named = hasRegistry ? image : `docker.io/${image.includes('/') ? '' : 'library/'}${image}`
  return named.includes('@') || /:[^/]+$/.test(named) ? named : `${named}:latest`
}

function containerStatus(pod: Pod, container: Container, now: ContainerNow): ContainerStatus {
  const { state, ready, restartCount, lastState } = now
  const isPulled = !('waiting' in state) || state.waiting.reason === 'CrashLoopBackOff'
  const runs = 'waiting' in state ? restartCount - 1 : restartCount
  return {
    name: container.name,
    state,
    lastState: lastState ?? {},
    ready,
    restartCount,
    image: isPulled ? fullImage(container.image) : container.image,
    imageID: isPulled ? `${fullImage(container.image).replace(/:[^/:]+$/, '')}@sha256:${hash(container.image)}` : '',
    ...(isPulled ? { containerID: containerId(pod, container.name, Math.max(0, runs)) } : {}),
    started: 'running' in state,
  }
}

export interface PodNow {
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
  ip: string | undefined
  hostIp: string
  /** In the order of the spec. */
  containers: ContainerNow[]
  timestamp: string
  /** Why no container is ready although all run. */
  readinessMessage?: string
}

const conditionOrder = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled']

export function podStatus(pod: Pod, now: PodNow): PodStatus {
  const { phase, ip, hostIp, containers, timestamp } = now
  const isDone = phase === 'Succeeded' || phase === 'Failed'
  const names = pod.spec.containers.filter((_, at) => !containers[at]?.ready).map(container => container.name)
  let conditions = pod.status?.conditions ?? []
  const set = (type: string, value: boolean, reason?: string, message?: string) => {
    conditions = withCondition(conditions, {
      type,
      status: value ? 'True' : 'False',
      lastProbeTime: null,
      lastTransitionTime: timestamp,
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
    })
  }
  const notReady = `containers with unready status: [${names.join(' ')}]`
  const ready = (type: string) => {
    if (isDone) set(type, false, phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed')
    else if (names.length > 0) set(type, false, 'ContainersNotReady', notReady)
    else set(type, true)
  }
  set('Initialized', true, phase === 'Succeeded' ? 'PodCompleted' : undefined)
  ready('Ready')
  ready('ContainersReady')
  set('PodScheduled', true)
  const others = conditions.filter(condition => !conditionOrder.includes(condition.type))
  conditions = [
    ...conditionOrder.flatMap(type => conditions.find(condition => condition.type === type) ?? []),
    ...others,
  ]
  const init = pod.spec.initContainers ?? []
  const started = pod.status?.startTime ?? timestamp
  return {
    ...pod.status,
    phase,
    conditions,
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(ip === undefined ? {} : { podIP: ip, podIPs: [{ ip }] }),
    startTime: started,
    ...(init.length === 0
      ? {}
      : { initContainerStatuses: init.map(container => initStatus(pod, container, phase === 'Pending', started)) }),
    containerStatuses: pod.spec.containers.map((container, at) =>
      containerStatus(
        pod,
        container,
        containers[at] ?? { state: { waiting: { reason: 'ContainerCreating' } }, ready: false, restartCount: 0 },
      ),
    ),
  }
}

function initStatus(pod: Pod, container: Container, isPending: boolean, time: string): ContainerStatus {
  const containerID = containerId(pod, container.name, 0)
  const done = { exitCode: 0, reason: 'Completed', startedAt: time, finishedAt: time, containerID }
  const state: ContainerState = isPending ? { waiting: { reason: 'PodInitializing' } } : { terminated: done }
  return containerStatus(pod, container, { state, ready: !isPending, restartCount: 0 })
}
