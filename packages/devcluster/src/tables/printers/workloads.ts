/** Pods and what makes them. */
import type { KubeObject } from '@sluice/api'
import { child, isJson, items, type Json, number, text } from '../../kinds/record.ts'
import { age, humanDuration } from '../human-duration.ts'
import type { Row } from '../table.ts'
import { ageOf, containersAndImages, none, selectorText, spec, status, templateSpec } from './cells.ts'
import type { Printer } from './printer.ts'

const isSidecar = (container: Json | undefined) => container?.restartPolicy === 'Always'

interface Progress {
  reason: string
  restarts: number
  lastRestart: number
  ready: number
}

/** Why a container is not running, as the Status column words it. */
function stateReason(container: Json): string | undefined {
  const state = child(container, 'state')
  const waiting = child(state, 'waiting')
  if (waiting?.reason) return text(waiting.reason)
  const terminated = child(state, 'terminated')
  if (!terminated) return undefined
  if (terminated.reason) return text(terminated.reason)
  return terminated.signal ? `Signal:${number(terminated.signal)}` : `ExitCode:${number(terminated.exitCode)}`
}

function addRestarts(progress: Progress, container: Json): void {
  progress.restarts += number(container.restartCount)
  const finished = child(child(container, 'lastState'), 'terminated')?.finishedAt
  if (typeof finished === 'string') progress.lastRestart = Math.max(progress.lastRestart, Date.parse(finished) || 0)
}

/** Goes through the init containers; true while they are not done. */
function initialising(pod: KubeObject, progress: Progress): boolean {
  const declared = items(spec(pod), 'initContainers')
  const byName = new Map(declared.map(c => [text(c.name), c]))
  for (const [i, container] of items(status(pod), 'initContainerStatuses').entries()) {
    addRestarts(progress, container)
    const terminated = child(child(container, 'state'), 'terminated')
    if (terminated && number(terminated.exitCode) === 0) continue
    if (isSidecar(byName.get(text(container.name))) && container.started === true) {
      if (container.ready === true) progress.ready++
      continue
    }
    const waiting = text(child(child(container, 'state'), 'waiting')?.reason)
    if (terminated) {
      const why = terminated.reason
        ? text(terminated.reason)
        : terminated.signal
          ? `Signal:${number(terminated.signal)}`
          : `ExitCode:${number(terminated.exitCode)}`
      progress.reason = `Init:${why}`
    } else if (waiting && waiting !== 'PodInitializing') progress.reason = `Init:${waiting}`
    else progress.reason = `Init:${i}/${declared.length}`
    return true
  }
  return false
}

function hasReadyCondition(pod: KubeObject): boolean {
  return items(status(pod), 'conditions').some(c => c.type === 'Ready' && c.status === 'True')
}

function podProgress(pod: KubeObject): Progress {
  const { phase, reason } = status(pod)
  const progress: Progress = { reason: text(reason) || text(phase), restarts: 0, lastRestart: 0, ready: 0 }
  const gated = items(status(pod), 'conditions').some(c => c.type === 'PodScheduled' && c.reason === 'SchedulingGated')
  if (gated) progress.reason = 'SchedulingGated'
  if (!initialising(pod, progress)) {
    const sidecars = progress.restarts
    progress.restarts = 0
    let running = false
    for (const container of items(status(pod), 'containerStatuses').reverse()) {
      addRestarts(progress, container)
      const why = stateReason(container)
      if (why) progress.reason = why
      else if (container.ready === true && child(child(container, 'state'), 'running')) {
        running = true
        progress.ready++
      }
    }
    // Restarts of plain init containers are history once the pod runs; those of sidecars go on counting.
    if (items(spec(pod), 'initContainers').some(isSidecar)) progress.restarts += sidecars
    if (progress.reason === 'Completed' && running) progress.reason = hasReadyCondition(pod) ? 'Running' : 'NotReady'
  }
  const terminal = phase === 'Succeeded' || phase === 'Failed'
  if (pod.metadata.deletionTimestamp && reason === 'NodeLost') progress.reason = 'Unknown'
  else if (pod.metadata.deletionTimestamp && !terminal) progress.reason = 'Terminating'
  return progress
}

function completed(phase: unknown): NonNullable<Row['conditions']> | undefined {
  if (phase === 'Succeeded') {
    return [{ type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' }]
  }
  return phase === 'Failed'
    ? [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }]
    : undefined
}

function readinessGates(pod: KubeObject): string {
  const gates = items(spec(pod), 'readinessGates')
  if (!gates.length) return none
  const met = gates.filter(gate =>
    items(status(pod), 'conditions').some(c => c.type === gate.conditionType && c.status === 'True'),
  )
  return `${met.length}/${gates.length}`
}

export const pods: Printer = (pod, now) => {
  const progress = podProgress(pod)
  const { restarts, lastRestart } = progress
  const total = items(spec(pod), 'containers').length + items(spec(pod), 'initContainers').filter(isSidecar).length
  const conditions = completed(status(pod).phase)
  return {
    cells: [
      pod.metadata.name,
      `${progress.ready}/${total}`,
      progress.reason,
      restarts && lastRestart ? `${restarts} (${humanDuration(now - lastRestart)} ago)` : `${restarts}`,
      ageOf(pod, now),
      text(items(status(pod), 'podIPs')[0]?.ip) || text(status(pod).podIP) || none,
      text(spec(pod).nodeName) || none,
      text(status(pod).nominatedNodeName) || none,
      readinessGates(pod),
    ],
    ...(conditions ? { conditions } : {}),
  }
}

export const deployments: Printer = (object, now) => {
  const s = status(object)
  return {
    cells: [
      object.metadata.name,
      `${number(s.readyReplicas)}/${number(spec(object).replicas)}`,
      number(s.updatedReplicas),
      number(s.availableReplicas),
      ageOf(object, now),
      ...containersAndImages(templateSpec(spec(object))),
      selectorText(child(spec(object), 'selector')),
    ],
  }
}

export const replicaSets: Printer = (object, now) => {
  const s = status(object)
  const selector = child(spec(object), 'selector')
  // Replication controllers select by a plain map.
  const isPlain = object.kind === 'ReplicationController'
  return {
    cells: [
      object.metadata.name,
      number(spec(object).replicas),
      number(s.replicas),
      number(s.readyReplicas),
      ageOf(object, now),
      ...containersAndImages(templateSpec(spec(object))),
      selectorText(isPlain ? { matchLabels: selector } : selector),
    ],
  }
}

export const statefulSets: Printer = (object, now) => ({
  cells: [
    object.metadata.name,
    `${number(status(object).readyReplicas)}/${number(spec(object).replicas)}`,
    ageOf(object, now),
    ...containersAndImages(templateSpec(spec(object))),
  ],
})

export const daemonSets: Printer = (object, now) => {
  const s = status(object)
  const nodes = child(templateSpec(spec(object)), 'nodeSelector')
  return {
    cells: [
      object.metadata.name,
      number(s.desiredNumberScheduled),
      number(s.currentNumberScheduled),
      number(s.numberReady),
      number(s.updatedNumberScheduled),
      number(s.numberAvailable),
      selectorText({ matchLabels: nodes }),
      ageOf(object, now),
      ...containersAndImages(templateSpec(spec(object))),
      selectorText(child(spec(object), 'selector')),
    ],
  }
}

function jobStatus(job: KubeObject): string {
  const holds = (type: string) => items(status(job), 'conditions').some(c => c.type === type && c.status === 'True')
  if (holds('Complete')) return 'Complete'
  if (holds('Failed')) return 'Failed'
  if (job.metadata.deletionTimestamp) return 'Terminating'
  if (holds('Suspended')) return 'Suspended'
  if (holds('FailureTarget')) return 'FailureTarget'
  if (holds('SuccessCriteriaMet')) return 'SuccessCriteriaMet'
  return 'Running'
}

function jobDuration(job: KubeObject, now: number): string {
  const { startTime, completionTime } = status(job)
  if (typeof startTime !== 'string') return ''
  const end = typeof completionTime === 'string' ? Date.parse(completionTime) : now
  return humanDuration(end - Date.parse(startTime))
}

export const jobs: Printer = (job, now) => {
  const { completions, parallelism } = spec(job)
  const succeeded = number(status(job).succeeded)
  const shown =
    completions !== undefined
      ? `${succeeded}/${number(completions)}`
      : number(parallelism) > 1
        ? `${succeeded}/1 of ${number(parallelism)}`
        : `${succeeded}/1`
  return {
    cells: [
      job.metadata.name,
      jobStatus(job),
      shown,
      jobDuration(job, now),
      ageOf(job, now),
      ...containersAndImages(templateSpec(spec(job))),
      selectorText(child(spec(job), 'selector')),
    ],
  }
}

export const cronJobs: Printer = (object, now) => {
  const s = spec(object)
  const { lastScheduleTime, active } = status(object)
  const job = child(child(s, 'jobTemplate'), 'spec')
  return {
    cells: [
      object.metadata.name,
      text(s.schedule),
      text(s.timeZone) || none,
      s.suspend === true ? 'True' : 'False',
      Array.isArray(active) ? active.length : 0,
      lastScheduleTime ? age(lastScheduleTime, now) : none,
      ageOf(object, now),
      ...containersAndImages(job && templateSpec(job)),
      selectorText(child(job, 'selector')),
    ],
  }
}

export const controllerRevisions: Printer = (object, now) => {
  const owner = object.metadata.ownerReferences?.find(o => o.controller)
  const group = owner?.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : ''
  return {
    cells: [
      object.metadata.name,
      owner ? `${owner.kind.toLowerCase()}${group}/${owner.name}` : none,
      number(object.revision),
      ageOf(object, now),
    ],
  }
}

export const podTemplates: Printer = object => {
  const template = isJson(object.template) ? object.template : {}
  return {
    cells: [
      object.metadata.name,
      ...containersAndImages(child(template, 'spec')),
      selectorText({ matchLabels: child(child(template, 'metadata'), 'labels') }),
    ],
  }
}
