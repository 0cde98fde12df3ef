/**
 * The kubelet of pods that only exist on paper: they run and become ready shortly after they are scheduled, jobs' pods succeed, and deleted
 * ones go at once. An annotation on the pod chooses another fate (`sluice.dev/simulate`), another its pace (`sluice.dev/simulate-delay: 5s`).
 */

import type { Pod } from './kinds.ts'
import { controllerOf, keyOf } from './object-cache.ts'
import { type ContainerNow, containerId, type PodNow, podStatus } from './pod-status.ts'
import { isTerminal } from './pods.ts'
import { nodeAddress, podAddress } from './simulated-node.ts'
import { canonical } from './template-hash.ts'
import type { World } from './world.ts'

export const fateKey = 'sluice.dev/simulate'
export const delayKey = 'sluice.dev/simulate-delay'

const kubelet = 'kubelet'
const quickest = 100
const slowest = 300
const firstCrash = 1_000
const longestBackoff = 300_000
/** How long a node may be away before its pods are given up. */
const patience = 60_000

/** Milliseconds of `5s`, `1m30s`, `250ms`; undefined when it is none of these. */
export function parseDelay(text: string | undefined): number | undefined {
  if (text === undefined || !/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * (units[unit ?? ''] ?? 0),
    0,
  )
}

/** @param isSimulated whether a pod is ours; others are really run by somebody else */
export function startSimulatedPods(world: World, isSimulated: (pod: Pod) => boolean): void {
  /** When each pod began, by uid; and how often its containers crashed. */
  const began = new Map<string, number>()
  /** Since when each pod has had no node, by uid. */
  const missing = new Map<string, number>()
  const queue = world.queue('simulated pod', async key => {
    const pod = world.pods.byKey(key)
    if (pod === undefined || !pod.spec.nodeName || !isSimulated(pod)) return
    if (world.nodes.get(undefined, pod.spec.nodeName) === undefined) {
      const wait = await collect(world, pod, missing)
      if (wait !== undefined) queue.add(key, wait)
      return
    }
    missing.delete(pod.metadata.uid ?? '')
    const uid = pod.metadata.uid ?? ''
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (!isTerminal(pod) || (pod.metadata.finalizers ?? []).length === 0) await world.delete(world.pods, pod, 0)
      return
    }
    if (isTerminal(pod)) return
    const now = world.now()
    const since = began.get(uid) ?? now
    began.set(uid, since)
    const { next, wait } = fateOf(pod, now - since, world.timestamp())
    if (next !== undefined) {
      const status = podStatus(pod, next)
      if (canonical(status) !== canonical(pod.status ?? {})) {
        await world.updateStatus(world.pods, { ...pod, status }, kubelet)
        tellTrouble(world, pod, next)
      }
    }
    if (wait !== undefined) queue.add(key, wait)
  })
  const look = (pod: Pod) => {
    if (pod.spec.nodeName && isSimulated(pod)) queue.add(keyOf(pod))
  }
  world.pods.onChange(look)
  world.pods.onGone(pod => {
    began.delete(pod.metadata.uid ?? '')
    missing.delete(pod.metadata.uid ?? '')
  })
  world.nodes.onGone(node => {
    for (const pod of world.pods.all()) if (pod.spec.nodeName === node.metadata.name) look(pod)
  })
  world.nodes.onChange((node, old) => {
    if (old === undefined) for (const pod of world.pods.all()) if (pod.spec.nodeName === node.metadata.name) look(pod)
  })
}

/** A pod whose node is gone goes too: when its grace is over, or when the node has stayed away. Milliseconds until then. */
async function collect(world: World, pod: Pod, missing: Map<string, number>): Promise<number | undefined> {
  const uid = pod.metadata.uid ?? ''
  const now = world.now()
  const since = missing.get(uid) ?? now
  missing.set(uid, since)
  const { deletionTimestamp } = pod.metadata
  const due =
    deletionTimestamp === undefined ? since + patience : Math.min(Date.parse(deletionTimestamp), since + patience)
  if (due > now) return due - now
  await world.delete(world.pods, pod, 0)
  return undefined
}

/** A pod that does not get on says why where people look first. */
function tellTrouble(world: World, pod: Pod, { phase, containers }: PodNow): void {
  const warn = (name: string, reason: string, message: string) =>
    world.event(pod, { type: 'Warning', reason, message, component: kubelet, fieldPath: `spec.containers{${name}}` })
  for (const [at, { name, image }] of pod.spec.containers.entries()) {
    const now = containers[at]
    if (now === undefined) continue
    const waiting = 'waiting' in now.state ? now.state.waiting.reason : undefined
    if (waiting === 'ImagePullBackOff') warn(name, 'Failed', `Failed to pull image "${image}": not found`)
    else if (waiting === 'CrashLoopBackOff')
      warn(name, 'BackOff', `Back-off restarting failed container ${name} in pod ${pod.metadata.name}`)
    else if (pod.metadata.annotations?.[fateKey] === 'never-ready' && phase === 'Running' && !now.ready) {
      warn(name, 'Unhealthy', 'Readiness probe failed: simulated, as the annotation on the pod says')
    }
  }
}

interface Fate {
  /** Undefined while nothing has happened yet. */
  next?: PodNow
  /** Milliseconds until there is more to see. */
  wait?: number
}

/** Different for each pod and always the same for one. */
function ownDelay(pod: Pod): number {
  const seed = Number.parseInt((pod.metadata.uid ?? '0').slice(0, 4), 16) || 0
  return quickest + (seed % (slowest - quickest))
}

function runsToCompletion(pod: Pod): boolean {
  if (pod.spec.restartPolicy === 'Always' || pod.spec.restartPolicy === undefined) return false
  const isHook = pod.metadata.annotations?.['helm.sh/hook'] !== undefined
  return controllerOf(pod)?.kind === 'Job' || isHook
}

export function fateOf(pod: Pod, age: number, timestamp: string): Fate {
  const annotations = pod.metadata.annotations ?? {}
  const fate = annotations[fateKey]
  const delay = parseDelay(annotations[delayKey]) ?? ownDelay(pod)
  const base = { ip: podAddress(pod), hostIp: nodeAddress(pod.spec.nodeName ?? ''), timestamp }
  const all = (container: (name: string) => ContainerNow) => pod.spec.containers.map(({ name }) => container(name))
  const startedAt = pod.status?.startTime ?? timestamp
  const running = (ready: boolean): PodNow => ({
    ...base,
    phase: 'Running',
    containers: all(
      name => known(pod, name, 'running') ?? { state: { running: { startedAt: timestamp } }, ready, restartCount: 0 },
    ).map(now => ({ ...now, ready })),
  })
  const ended = (name: string, exitCode: number, restarts = 0): ContainerNow['state'] => ({
    terminated: {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      startedAt,
      finishedAt: timestamp,
      containerID: containerId(pod, name, restarts),
    },
  })
  if (fate === 'image-pull-error') {
    const message = (image: string) =>
      `Back-off pulling image "${image}": ErrImagePull: failed to pull and unpack image "${image}": not found`
    return {
      next: {
        ...base,
        ip: undefined,
        phase: 'Pending',
        containers: pod.spec.containers.map(({ image }) => ({
          state: { waiting: { reason: 'ImagePullBackOff', message: message(image) } },
          ready: false,
          restartCount: 0,
        })),
      },
    }
  }
  const isDone = runsToCompletion(pod)
  const crashes = fate === 'crash-loop' || (fate === 'fail' && pod.spec.restartPolicy !== 'Never')
  if (age < delay) return { ...(isDone || fate ? { next: running(false) } : {}), wait: delay - age }
  if (crashes) return crashLoop(pod, age - delay, base, ended)
  if (fate === 'fail') {
    return {
      next: {
        ...base,
        phase: 'Failed',
        containers: all(name => ({ state: ended(name, 1), ready: false, restartCount: 0 })),
      },
    }
  }
  if (fate === 'never-ready') return { next: running(false) }
  if (isDone) {
    return {
      next: {
        ...base,
        phase: 'Succeeded',
        containers: all(name => ({ state: ended(name, 0), ready: false, restartCount: 0 })),
      },
    }
  }
  return { next: running(true) }
}

/** A container as it already is, so that its start time stays. */
function known(pod: Pod, name: string, state: string): ContainerNow | undefined {
  const status = pod.status?.containerStatuses?.find(candidate => candidate.name === name)
  const startedAt = status?.state[state]?.startedAt
  if (status === undefined || typeof startedAt !== 'string') return undefined
  return { state: { running: { startedAt } }, ready: status.ready, restartCount: status.restartCount }
}

function crashLoop(
  pod: Pod,
  age: number,
  base: Pick<PodNow, 'ip' | 'hostIp' | 'timestamp'>,
  ended: (name: string, exitCode: number, restarts?: number) => ContainerNow['state'],
): Fate {
  // Each round waits twice as long as the one before.
  let restarts = 1
  let round = firstCrash
  let left = age
  while (left >= round) {
    left -= round
    round = Math.min(round * 2, longestBackoff)
    restarts++
  }
  const seconds = Math.round(Math.min(10 * 2 ** (restarts - 1), 300))
  const shown = seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
  const limit = `back-off ${shown} restarting failed container`
  const containers = pod.spec.containers.map(({ name }): ContainerNow => {
    const status = pod.status?.containerStatuses?.find(candidate => candidate.name === name)
    const isSame = status?.restartCount === restarts && 'waiting' in status.state
    const message = `${limit}=${name} pod=${pod.metadata.name}_${pod.metadata.namespace ?? ''}(${pod.metadata.uid ?? ''})`
    const last = status?.lastState.terminated
    return {
      state: { waiting: { reason: 'CrashLoopBackOff', message } },
      ready: false,
      restartCount: restarts,
      lastState: isSame && last !== undefined ? asTerminated(last) : ended(name, 1, restarts - 1),
    }
  })
  return { next: { ...base, phase: 'Running', containers }, wait: round - left }
}

function asTerminated(state: Record<string, unknown>): ContainerNow['state'] {
  const text = (key: string) => String(state[key] ?? '')
  return {
    terminated: {
      exitCode: Number(state.exitCode ?? 1),
      reason: text('reason'),
      startedAt: text('startedAt'),
      finishedAt: text('finishedAt'),
      containerID: text('containerID'),
    },
  }
}
