/**
 * Whether an object is ready by the rules of Helm 3 (helm's pkg/kube/ready.go): a few built-in kinds count,
 * everything else is ready.
 */
import type { KubeObject } from '@sluice/api'
import type { Health } from '@sluice/kube'
import { count, fields } from './hook-health.ts'

const ready: Health = { status: 'Current', message: '' }
const notReady: Health = { status: 'InProgress', message: '' }
const readyIf = (is: boolean): Health => (is ? ready : notReady)

/** `jobs`: Jobs count, too. A Job that cannot succeed any more is `Failed`, with Helm's text. */
export function legacyHealth(object: KubeObject, jobs: boolean): Health {
  const rule = rules[`${object.apiVersion}/${object.kind}`]
  if (object.kind === 'Job' && object.apiVersion === 'batch/v1') return jobs ? job(object) : ready
  return rule?.(object) ?? ready
}

const rules: Record<string, (object: KubeObject) => Health> = {
  'v1/Pod': object => readyIf(isTrue(object, 'Ready')),
  'v1/PersistentVolumeClaim': object => readyIf(fields(object.status).phase === 'Bound'),
  'v1/Service': service,
  'v1/ReplicationController': object => readyIf(isObserved(object) && hasReadyPods(object)),
  'apps/v1/ReplicaSet': object => readyIf(isObserved(object) && hasReadyPods(object)),
  'apps/v1/Deployment': deployment,
  'apps/v1/DaemonSet': daemonSet,
  'apps/v1/StatefulSet': statefulSet,
  'apiextensions.k8s.io/v1/CustomResourceDefinition': definition,
}

function job(object: KubeObject): Health {
  const spec = fields(object.spec)
  const status = fields(object.status)
  const { namespace, name } = object.metadata
  if (count(status.failed, 0) > count(spec.backoffLimit, 6)) {
    return { status: 'Failed', message: `job is failed: ${namespace}/${name}` }
  }
  return readyIf(typeof spec.completions !== 'number' || count(status.succeeded, 0) >= spec.completions)
}

function service(object: KubeObject): Health {
  const spec = fields(object.spec)
  if (spec.type === 'ExternalName') return ready
  if (!spec.clusterIP) return notReady
  if (spec.type !== 'LoadBalancer') return ready
  if (Array.isArray(spec.externalIPs) && spec.externalIPs.length > 0) return ready
  return readyIf(fields(fields(object.status).loadBalancer).ingress !== undefined)
}

/**
 * Helm counts the ready Pods of the newest ReplicaSet; those of older ones can at most be all that are not up to
 * date.
 */
function deployment(object: KubeObject): Health {
  const spec = fields(object.spec)
  const status = fields(object.status)
  if (spec.paused === true) return ready
  const wanted = count(spec.replicas, 1)
  const old = count(status.replicas, 0) - count(status.updatedReplicas, 0)
  const readyNew = Math.max(0, count(status.readyReplicas, 0) - old)
  return readyIf(isObserved(object) && readyNew >= wanted - maxUnavailable(spec, wanted))
}

function maxUnavailable(spec: Record<string, unknown>, wanted: number): number {
  const strategy = fields(spec.strategy)
  if (strategy.type === 'Recreate' || wanted === 0) return 0
  const rolling = fields(strategy.rollingUpdate)
  const surge = scaled(rolling.maxSurge ?? '25%', wanted, Math.ceil)
  const unavailable = scaled(rolling.maxUnavailable ?? '25%', wanted, Math.floor)
  return Math.min(wanted, surge === 0 && unavailable === 0 ? 1 : unavailable)
}

function daemonSet(object: KubeObject): Health {
  const status = fields(object.status)
  const strategy = fields(fields(object.spec).updateStrategy)
  if (!isObserved(object)) return notReady
  if (strategy.type !== 'RollingUpdate') return ready
  const wanted = count(status.desiredNumberScheduled, 0)
  if (count(status.updatedNumberScheduled, 0) !== wanted) return notReady
  const unavailable = scaled(fields(strategy.rollingUpdate).maxUnavailable ?? 1, wanted, Math.ceil)
  return readyIf(count(status.numberReady, 0) >= wanted - unavailable)
}

function statefulSet(object: KubeObject): Health {
  const spec = fields(object.spec)
  const status = fields(object.status)
  const strategy = fields(spec.updateStrategy)
  if (!isObserved(object)) return notReady
  if (strategy.type !== 'RollingUpdate') return ready
  const partition = count(fields(strategy.rollingUpdate).partition, 0)
  const wanted = count(spec.replicas, 1)
  if (count(status.updatedReplicas, 0) < wanted - partition) return notReady
  if (count(status.readyReplicas, 0) !== wanted) return notReady
  return readyIf(partition !== 0 || status.currentRevision === status.updateRevision)
}

/** Names that are in conflict will not be resolved by waiting. */
function definition(object: KubeObject): Health {
  return readyIf(isTrue(object, 'Established') || hasCondition(object, 'NamesAccepted', 'False'))
}

const isTrue = (object: KubeObject, type: string): boolean => hasCondition(object, type, 'True')

function hasCondition(object: KubeObject, type: string, wanted: string): boolean {
  const { conditions } = fields(object.status)
  return (
    Array.isArray(conditions) && conditions.map(fields).some(({ type: t, status }) => t === type && status === wanted)
  )
}

const isObserved = ({ metadata, status }: KubeObject): boolean =>
  fields(status).observedGeneration === metadata.generation

function hasReadyPods({ spec, status }: KubeObject): boolean {
  return count(fields(status).readyReplicas, 0) >= count(fields(spec).replicas, 1)
}

function scaled(value: unknown, of: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value
  const percent = /^(\d+)%$/.exec(String(value))
  return percent ? round((Number(percent[1]) * of) / 100) : of
}
