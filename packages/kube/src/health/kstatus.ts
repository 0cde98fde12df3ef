import type { Condition, KubeObject } from '@sluice/api'
import { parseApiVersion } from '@sluice/api'

/**
 * Whether an object has become what its spec asks for, after kstatus as Flux uses it (fluxcd/cli-utils `pkg/kstatus`, with
 * Flux's own reader for Jobs): generic signs first, then rules of the built-in kinds, then the Ready condition; a kind
 * without any of these is Current.
 */
export type HealthStatus = 'Current' | 'InProgress' | 'Failed' | 'Terminating' | 'NotFound' | 'Unknown'

export interface Health {
  status: HealthStatus
  message: string
}

const current = (message = 'Resource is current'): Health => ({ status: 'Current', message })
const inProgress = (message: string): Health => ({ status: 'InProgress', message })
const failed = (message: string): Health => ({ status: 'Failed', message })

type Fields = Record<string, unknown>

/** `now`: milliseconds since the epoch; how long a Pod has waited for a node counts. */
export function healthOf(object: KubeObject, now = Date.now()): Health {
  const rule = RULES[`${parseApiVersion(object.apiVersion).group}/${object.kind}`]
  if (object.kind === 'Job' && rule) return rule(object, now)
  return generic(object) ?? rule?.(object, now) ?? byReadyCondition(object)
}

function generic(object: KubeObject): Health | undefined {
  const { metadata } = object
  const status = fields(object.status)
  if (metadata.deletionTimestamp) return { status: 'Terminating', message: 'Resource scheduled for deletion' }
  const observed = status.observedGeneration
  if (typeof observed === 'number' && metadata.generation !== undefined && observed !== metadata.generation) {
    return inProgress(
      `${object.kind} generation is ${metadata.generation}, but latest observed generation is ${observed}`,
    )
  }
  for (const condition of conditions(object)) {
    if (condition.status !== 'True') continue
    if (condition.type === 'Reconciling') return inProgress(condition.message)
    if (condition.type === 'Stalled') return failed(condition.message)
  }
  return undefined
}

function byReadyCondition(object: KubeObject): Health {
  const ready = condition(object, 'Ready')
  if (!ready || ready.status === 'True') return current(ready ? 'Resource is Ready' : undefined)
  return inProgress(ready.message || 'Resource is not ready')
}

const RULES: Record<string, (object: KubeObject, now: number) => Health> = {
  'apps/Deployment': deployment,
  'extensions/Deployment': deployment,
  'apps/StatefulSet': statefulSet,
  'apps/ReplicaSet': replicaSet,
  'extensions/ReplicaSet': replicaSet,
  'apps/DaemonSet': daemonSet,
  'extensions/DaemonSet': daemonSet,
  '/Pod': pod,
  'batch/Job': job,
  '/PersistentVolumeClaim': persistentVolumeClaim,
  '/Service': service,
  'apiextensions.k8s.io/CustomResourceDefinition': customResourceDefinition,
  'policy/PodDisruptionBudget': () => current('AllowedDisruptions has been computed.'),
  'batch/CronJob': alwaysReady,
  '/ConfigMap': alwaysReady,
  '/Secret': alwaysReady,
}

function alwaysReady(): Health {
  return current('Resource is always ready')
}

function deployment(object: KubeObject): Health {
  const spec = fields(object.spec)
  const status = fields(object.status)
  const progressing = condition(object, 'Progressing')
  if (progressing?.reason === 'ProgressDeadlineExceeded') return failed('Progress deadline exceeded')
  const wanted = number(spec.replicas, 1)
  const count = (name: string) => number(status[name], 0)
  if (count('replicas') < wanted) return inProgress(`Replicas: ${count('replicas')}/${wanted}`)
  if (count('updatedReplicas') < wanted) return inProgress(`Updated: ${count('updatedReplicas')}/${wanted}`)
  if (count('replicas') > wanted) return inProgress(`Pending termination: ${count('replicas') - wanted}`)
  if (count('availableReplicas') < count('updatedReplicas')) {
    return inProgress(`Available: ${count('availableReplicas')}/${count('updatedReplicas')}`)
  }
  if (count('readyReplicas') < wanted) return inProgress(`Ready: ${count('readyReplicas')}/${wanted}`)
  const deadline = spec.progressDeadlineSeconds
  // Without a deadline the workload controller does not say whether it progresses.
  const endless = deadline === undefined || deadline === 2_147_483_647
  const progressed = progressing?.status === 'True' && progressing.reason === 'NewReplicaSetAvailable'
  if (!endless && !progressed) return inProgress('ReplicaSet not Available')
  if (condition(object, 'Available')?.status !== 'True') return inProgress('Deployment not Available')
  return current(`Deployment is available. Replicas: ${count('replicas')}`)
}

function statefulSet(object: KubeObject): Health {
  const spec = fields(object.spec)
  const status = fields(object.status)
  const strategy = fields(spec.updateStrategy)
  if (strategy.type === 'OnDelete') return current('StatefulSet is using the ondelete update strategy')
  const wanted = number(spec.replicas, 1)
  const count = (name: string) => number(status[name], 0)
  if (count('replicas') < wanted) return inProgress(`Replicas: ${count('replicas')}/${wanted}`)
  if (count('readyReplicas') < wanted) return inProgress(`Ready: ${count('readyReplicas')}/${wanted}`)
  if (count('replicas') > wanted) return inProgress(`Pending termination: ${count('replicas') - wanted}`)
  const partition = fields(strategy.rollingUpdate).partition
  // The API server's default is a partition of 0.
  if (typeof partition === 'number') {
    const due = wanted - partition
    if (count('updatedReplicas') < due) return inProgress(`updated: ${count('updatedReplicas')}/${due}`)
    return current(`Partition rollout complete. updated: ${count('updatedReplicas')}`)
  }
  if (count('currentReplicas') < wanted) return inProgress(`current: ${count('currentReplicas')}/${wanted}`)
  if (status.currentRevision !== status.updateRevision) {
    return inProgress(`Waiting for updated revision to match current`)
  }
  return current(`All replicas scheduled as expected. Replicas: ${count('replicas')}`)
}

function replicaSet(object: KubeObject): Health {
  const status = fields(object.status)
  const wanted = number(fields(object.spec).replicas, 1)
  if (condition(object, 'ReplicaFailure')?.status === 'True') return inProgress('Replica Failure condition. Check Pods')
  const count = (name: string) => number(status[name], 0)
  if (count('fullyLabeledReplicas') < wanted) return inProgress(`Labelled: ${count('fullyLabeledReplicas')}/${wanted}`)
  if (count('availableReplicas') < wanted) return inProgress(`Available: ${count('availableReplicas')}/${wanted}`)
  if (count('readyReplicas') < wanted) return inProgress(`Ready: ${count('readyReplicas')}/${wanted}`)
  if (count('replicas') > wanted) return inProgress(`Pending termination: ${count('replicas') - wanted}`)
  return current(`ReplicaSet is available. Replicas: ${count('replicas')}`)
}

function daemonSet(object: KubeObject): Health {
  const status = fields(object.status)
  if (object.metadata.generation === undefined) return inProgress(`${object.kind} metadata.generation not found`)
  if (status.observedGeneration === undefined) return inProgress(`${object.kind} status.observedGeneration not found`)
  const wanted = status.desiredNumberScheduled
  if (typeof wanted !== 'number') return inProgress('Missing .status.desiredNumberScheduled')
  for (const [name, label] of [
    ['currentNumberScheduled', 'Current'],
    ['updatedNumberScheduled', 'Updated'],
    ['numberAvailable', 'Available'],
    ['numberReady', 'Ready'],
  ] as const) {
    const count = number(status[name], 0)
    if (count < wanted) return inProgress(`${label}: ${count}/${wanted}`)
  }
  return current(`All replicas scheduled as expected. Replicas: ${wanted}`)
}

function pod(object: KubeObject, now: number): Health {
  const status = fields(object.status)
  const phase = text(status.phase)
  if (phase === 'Succeeded') return current('Pod has completed successfully')
  if (phase === 'Failed') return current('Pod has completed, but not successfully')
  if (phase === 'Running') {
    if (condition(object, 'Ready')?.status === 'True') return current('Pod is Ready')
    const crashing = containersWaitingFor(status, 'CrashLoopBackOff')
    if (crashing.length > 0) return failed(`Containers in CrashLoop state: ${crashing.join(',')}`)
    return inProgress('Pod is running but is not Ready')
  }
  if (phase === '') return inProgress('Pod phase not available')
  if (phase !== 'Pending') return { status: 'Unknown', message: `unknown phase ${phase}` }
  const scheduled = condition(object, 'PodScheduled')
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    const age = now - Date.parse(object.metadata.creationTimestamp ?? '')
    return age < UNSCHEDULABLE_AFTER ? inProgress('Pod has not been scheduled') : failed('Pod could not be scheduled')
  }
  return inProgress('Pod is in the Pending phase')
}

/** kstatus gives the scheduler this long before it calls a Pod failed, in milliseconds. */
const UNSCHEDULABLE_AFTER = 15_000

function containersWaitingFor(status: Fields, reason: string): string[] {
  const names: string[] = []
  for (const container of list(status.containerStatuses)) {
    if (fields(fields(container.state).waiting).reason === reason) names.push(text(container.name))
  }
  return names
}

/** Flux's rule: a Job is healthy only when it is complete (kstatus would already pass a running one). */
function job(object: KubeObject): Health {
  if (fields(object.spec).suspend === true) return current('Job is suspended')
  for (const { type, status, message } of conditions(object)) {
    if (status !== 'True') continue
    if (type === 'Complete') return current('Job Completed')
    if (type === 'Failed') return failed(message || 'Job Failed')
  }
  return inProgress('Job in progress')
}

function persistentVolumeClaim(object: KubeObject): Health {
  const phase = text(fields(object.status).phase) || 'unknown'
  return phase === 'Bound' ? current('PVC is Bound') : inProgress(`PVC is not Bound. phase: ${phase}`)
}

function service(object: KubeObject): Health {
  const spec = fields(object.spec)
  if (spec.type !== 'LoadBalancer' || text(spec.clusterIP) !== '') return current('Service is ready')
  return inProgress('ClusterIP not set. Service type: LoadBalancer')
}

function customResourceDefinition(object: KubeObject): Health {
  const names = condition(object, 'NamesAccepted')
  if (names?.status === 'False') return failed(names.message)
  const established = condition(object, 'Established')
  if (established?.status === 'True') return current('CRD is established')
  if (established?.status === 'False' && established.reason !== 'Installing') return failed(established.message)
  return inProgress('Install in progress')
}

const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})
const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fields) : [])
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown, fallback: number): number => (typeof value === 'number' ? value : fallback)

function conditions(object: KubeObject): Condition[] {
  return list(fields(object.status).conditions).map(c => ({
    type: text(c.type),
    status: c.status === 'True' || c.status === 'False' ? c.status : 'Unknown',
    reason: text(c.reason),
    message: text(c.message),
    lastTransitionTime: text(c.lastTransitionTime),
  }))
}

const condition = (object: KubeObject, type: string): Condition | undefined =>
  conditions(object).find(c => c.type === type)
