import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { type HealthStatus, healthOf } from './kstatus.ts'

const NOW = Date.parse('2026-08-08T06:00:00Z')

interface Case {
  what: string
  apiVersion: string
  kind: string
  spec?: Record<string, unknown>
  status?: Record<string, unknown>
  metadata?: Partial<KubeObject['metadata']>
  is: HealthStatus
  says?: string
}

const is = (type: string, status = 'True', more: Record<string, string> = {}) => ({ type, status, ...more })

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' }
const rolledOut = { replicas: 3, updatedReplicas: 3, availableReplicas: 3, readyReplicas: 3 }
const progressed = is('Progressing', 'True', { reason: 'NewReplicaSetAvailable' })
const rolledOutConditions = [is('Available'), progressed]
const withDeadline = { replicas: 3, progressDeadlineSeconds: 600 }
const statefulSet = { apiVersion: 'apps/v1', kind: 'StatefulSet' }
const set = { replicas: 3, readyReplicas: 3, currentReplicas: 3, currentRevision: 'a', updateRevision: 'a' }
const partition = (n: number) => ({ replicas: 3, updateStrategy: { rollingUpdate: { partition: n } } })
const replicaSet = { apiVersion: 'apps/v1', kind: 'ReplicaSet' }
const replicas = { replicas: 2, fullyLabeledReplicas: 2, availableReplicas: 2, readyReplicas: 2 }
const daemonSet = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { generation: 1 } }
const scheduled = {
  observedGeneration: 1,
  desiredNumberScheduled: 2,
  currentNumberScheduled: 2,
  updatedNumberScheduled: 2,
  numberAvailable: 2,
  numberReady: 2,
}
const pod = { apiVersion: 'v1', kind: 'Pod' }
const crashing = { name: 'web', state: { waiting: { reason: 'CrashLoopBackOff' } } }
const unschedulable = [is('PodScheduled', 'False', { reason: 'Unschedulable' })]
const job = { apiVersion: 'batch/v1', kind: 'Job' }
const crd = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' }
const custom = { apiVersion: 'example.com/v1', kind: 'Thing' }

const cases: Case[] = [
  // Generic signs, before any rule of a kind.
  {
    what: 'a thing being deleted',
    ...custom,
    metadata: { deletionTimestamp: '2026-08-08T06:00:00Z' },
    status: { conditions: [is('Ready')] },
    is: 'Terminating',
  },
  {
    what: 'a spec that nobody has looked at yet',
    ...custom,
    metadata: { generation: 2 },
    status: { observedGeneration: 1, conditions: [is('Ready')] },
    is: 'InProgress',
    says: 'Thing generation is 2, but latest observed generation is 1',
  },
  {
    what: 'a thing reconciling',
    ...custom,
    status: { conditions: [is('Ready'), is('Reconciling', 'True', { message: 'fetching' })] },
    is: 'InProgress',
    says: 'fetching',
  },
  {
    what: 'a stalled thing',
    ...custom,
    status: { conditions: [is('Stalled', 'True', { message: 'bad spec' })] },
    is: 'Failed',
    says: 'bad spec',
  },
  {
    what: 'Reconciling and Stalled that are false',
    ...custom,
    status: { conditions: [is('Stalled', 'False'), is('Reconciling', 'False'), is('Ready')] },
    is: 'Current',
  },
  // The Ready condition, for kinds without a rule.
  { what: 'a ready thing', ...custom, status: { conditions: [is('Ready')] }, is: 'Current' },
  {
    what: 'a thing not ready, which never counts as failed',
    ...custom,
    status: { conditions: [is('Ready', 'False', { message: 'not yet' })] },
    is: 'InProgress',
    says: 'not yet',
  },
  {
    what: 'a thing of unknown readiness',
    ...custom,
    status: { conditions: [is('Ready', 'Unknown')] },
    is: 'InProgress',
  },
  { what: 'a thing that says nothing', ...custom, is: 'Current' },
  { what: 'a thing with a status of another shape', ...custom, status: { conditions: 'none' }, is: 'Current' },
  // Deployment.
  {
    what: 'a Deployment rolled out',
    ...deployment,
    spec: withDeadline,
    status: { ...rolledOut, conditions: rolledOutConditions },
    is: 'Current',
    says: 'Deployment is available. Replicas: 3',
  },
  {
    what: 'a Deployment without a deadline',
    ...deployment,
    spec: { replicas: 3 },
    status: { ...rolledOut, conditions: [is('Available')] },
    is: 'Current',
  },
  { what: 'a Deployment just made', ...deployment, spec: withDeadline, is: 'InProgress', says: 'Replicas: 0/3' },
  {
    what: 'a Deployment with old Pods',
    ...deployment,
    spec: withDeadline,
    status: { ...rolledOut, updatedReplicas: 1, conditions: rolledOutConditions },
    is: 'InProgress',
    says: 'Updated: 1/3',
  },
  {
    what: 'a Deployment with Pods too many',
    ...deployment,
    spec: withDeadline,
    status: { ...rolledOut, replicas: 4, conditions: rolledOutConditions },
    is: 'InProgress',
    says: 'Pending termination: 1',
  },
  {
    what: 'a Deployment with Pods not available',
    ...deployment,
    spec: withDeadline,
    status: { ...rolledOut, availableReplicas: 2, conditions: rolledOutConditions },
    is: 'InProgress',
    says: 'Available: 2/3',
  },
  {
    what: 'a Deployment with Pods not ready',
    ...deployment,
    spec: withDeadline,
    status: { ...rolledOut, readyReplicas: 2, conditions: rolledOutConditions },
    is: 'InProgress',
    says: 'Ready: 2/3',
  },
  {
    what: 'a Deployment whose progress is not said to be over',
    ...deployment,
    spec: withDeadline,
    status: { ...rolledOut, conditions: [is('Available'), is('Progressing', 'True', { reason: 'ReplicaSetUpdated' })] },
    is: 'InProgress',
    says: 'ReplicaSet not Available',
  },
  {
    what: 'a Deployment whose progress was over once',
    ...deployment,
    spec: withDeadline,
    status: { ...rolledOut, conditions: [is('Available'), { ...progressed, status: 'False' }] },
    is: 'InProgress',
  },
  {
    what: 'a Deployment not available',
    ...deployment,
    spec: withDeadline,
    status: { ...rolledOut, conditions: [is('Available', 'False'), progressed] },
    is: 'InProgress',
    says: 'Deployment not Available',
  },
  {
    what: 'a Deployment past its deadline',
    ...deployment,
    spec: withDeadline,
    status: { replicas: 1, conditions: [is('Progressing', 'False', { reason: 'ProgressDeadlineExceeded' })] },
    is: 'Failed',
    says: 'Progress deadline exceeded',
  },
  {
    what: 'a Deployment of nothing',
    ...deployment,
    spec: { replicas: 0, progressDeadlineSeconds: 600 },
    status: { conditions: rolledOutConditions },
    is: 'Current',
  },
  // StatefulSet.
  { what: 'a StatefulSet rolled out', ...statefulSet, spec: { replicas: 3 }, status: set, is: 'Current' },
  {
    what: 'a StatefulSet with too few Pods',
    ...statefulSet,
    spec: { replicas: 3 },
    status: { ...set, replicas: 2 },
    is: 'InProgress',
  },
  {
    what: 'a StatefulSet with Pods not ready',
    ...statefulSet,
    spec: { replicas: 3 },
    status: { ...set, readyReplicas: 2 },
    is: 'InProgress',
  },
  {
    what: 'a StatefulSet with Pods too many',
    ...statefulSet,
    spec: partition(0),
    status: { ...set, replicas: 4, updatedReplicas: 3 },
    is: 'InProgress',
  },
  {
    what: 'a StatefulSet between revisions',
    ...statefulSet,
    spec: { replicas: 3 },
    status: { ...set, updateRevision: 'b' },
    is: 'InProgress',
    says: 'Waiting for updated revision to match current',
  },
  {
    what: 'a StatefulSet with the default partition, updated',
    ...statefulSet,
    spec: partition(0),
    status: { ...set, updatedReplicas: 3 },
    is: 'Current',
  },
  {
    what: 'a StatefulSet with the default partition, not updated',
    ...statefulSet,
    spec: partition(0),
    status: { ...set, updatedReplicas: 1 },
    is: 'InProgress',
    says: 'updated: 1/3',
  },
  {
    what: 'a StatefulSet updated up to its partition',
    ...statefulSet,
    spec: partition(2),
    status: { ...set, updatedReplicas: 1, updateRevision: 'b' },
    is: 'Current',
  },
  {
    what: 'a StatefulSet that people update by hand',
    ...statefulSet,
    spec: { replicas: 3, updateStrategy: { type: 'OnDelete' } },
    is: 'Current',
  },
  // ReplicaSet, DaemonSet.
  { what: 'a ReplicaSet', ...replicaSet, spec: { replicas: 2 }, status: replicas, is: 'Current' },
  {
    what: 'a ReplicaSet that fails to make Pods',
    ...replicaSet,
    spec: { replicas: 2 },
    status: { ...replicas, conditions: [is('ReplicaFailure')] },
    is: 'InProgress',
    says: 'Replica Failure condition. Check Pods',
  },
  {
    what: 'a ReplicaSet not labelled',
    ...replicaSet,
    spec: { replicas: 2 },
    status: { ...replicas, fullyLabeledReplicas: 1 },
    is: 'InProgress',
  },
  {
    what: 'a ReplicaSet with Pods too many',
    ...replicaSet,
    spec: { replicas: 1 },
    status: replicas,
    is: 'InProgress',
  },
  { what: 'a DaemonSet', ...daemonSet, status: scheduled, is: 'Current' },
  {
    what: 'a DaemonSet nobody has looked at',
    ...daemonSet,
    is: 'InProgress',
    says: 'DaemonSet status.observedGeneration not found',
  },
  {
    what: 'a DaemonSet without a count',
    ...daemonSet,
    status: { observedGeneration: 1 },
    is: 'InProgress',
    says: 'Missing .status.desiredNumberScheduled',
  },
  {
    what: 'a DaemonSet with a node left',
    ...daemonSet,
    status: { ...scheduled, numberReady: 1 },
    is: 'InProgress',
    says: 'Ready: 1/2',
  },
  // Pod.
  { what: 'a finished Pod', ...pod, status: { phase: 'Succeeded' }, is: 'Current' },
  { what: 'a Pod that ended badly', ...pod, status: { phase: 'Failed' }, is: 'Current' },
  { what: 'a ready Pod', ...pod, status: { phase: 'Running', conditions: [is('Ready')] }, is: 'Current' },
  { what: 'a Pod not ready', ...pod, status: { phase: 'Running' }, is: 'InProgress' },
  {
    what: 'a crashing Pod',
    ...pod,
    status: { phase: 'Running', containerStatuses: [{ name: 'ok', state: { running: {} } }, crashing] },
    is: 'Failed',
    says: 'Containers in CrashLoop state: web',
  },
  { what: 'a waiting Pod', ...pod, status: { phase: 'Pending' }, is: 'InProgress' },
  {
    what: 'a Pod without a node for a moment',
    ...pod,
    metadata: { creationTimestamp: '2026-08-08T05:59:50Z' },
    status: { phase: 'Pending', conditions: unschedulable },
    is: 'InProgress',
  },
  {
    what: 'a Pod without a node for too long',
    ...pod,
    metadata: { creationTimestamp: '2026-08-08T05:59:45Z' },
    status: { phase: 'Pending', conditions: unschedulable },
    is: 'Failed',
    says: 'Pod could not be scheduled',
  },
  { what: 'a Pod of a lost node', ...pod, status: { phase: 'Unknown' }, is: 'Unknown' },
  { what: 'a Pod without a phase', ...pod, is: 'InProgress' },
  // Job, by Flux's rule.
  { what: 'a complete Job', ...job, status: { conditions: [is('Complete')] }, is: 'Current' },
  {
    what: 'a failed Job',
    ...job,
    status: { conditions: [is('Failed', 'True', { message: 'BackoffLimitExceeded' })] },
    is: 'Failed',
    says: 'BackoffLimitExceeded',
  },
  { what: 'a running Job', ...job, status: { startTime: 'x', active: 1 }, is: 'InProgress' },
  { what: 'a suspended Job', ...job, spec: { suspend: true }, is: 'Current' },
  // The rest.
  {
    what: 'a bound claim',
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    status: { phase: 'Bound' },
    is: 'Current',
  },
  {
    what: 'a claim that waits',
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    status: { phase: 'Pending' },
    is: 'InProgress',
    says: 'PVC is not Bound. phase: Pending',
  },
  { what: 'a Service', apiVersion: 'v1', kind: 'Service', spec: { type: 'ClusterIP' }, is: 'Current' },
  {
    what: 'a load balancer with an address in the cluster',
    apiVersion: 'v1',
    kind: 'Service',
    spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1' },
    is: 'Current',
  },
  {
    what: 'a load balancer without one',
    apiVersion: 'v1',
    kind: 'Service',
    spec: { type: 'LoadBalancer' },
    is: 'InProgress',
  },
  { what: 'a definition established', ...crd, status: { conditions: [is('Established')] }, is: 'Current' },
  { what: 'a definition just made', ...crd, is: 'InProgress' },
  {
    what: 'a definition being installed',
    ...crd,
    status: { conditions: [is('Established', 'False', { reason: 'Installing' })] },
    is: 'InProgress',
  },
  {
    what: 'a definition whose names are taken',
    ...crd,
    status: { conditions: [is('NamesAccepted', 'False', { message: 'taken' })] },
    is: 'Failed',
    says: 'taken',
  },
  {
    what: 'a definition that cannot be established',
    ...crd,
    status: { conditions: [is('Established', 'False', { reason: 'Other', message: 'why' })] },
    is: 'Failed',
    says: 'why',
  },
  { what: 'a ConfigMap', apiVersion: 'v1', kind: 'ConfigMap', is: 'Current' },
  { what: 'a Secret', apiVersion: 'v1', kind: 'Secret', is: 'Current' },
  { what: 'a CronJob', apiVersion: 'batch/v1', kind: 'CronJob', is: 'Current' },
  { what: 'a PodDisruptionBudget', apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', is: 'Current' },
  {
    what: 'a kind of the same name in another group',
    apiVersion: 'example.com/v1',
    kind: 'Deployment',
    spec: { replicas: 3 },
    is: 'Current',
  },
]

describe('health', () => {
  for (const { what, is: expected, says, metadata, ...fields } of cases) {
    test(`of ${what} is ${expected}`, () => {
      const health = healthOf({ ...fields, metadata: { name: 'x', ...metadata } }, NOW)
      assert.equal(health.status, expected, health.message)
      if (says !== undefined) assert.equal(health.message, says)
    })
  }
})
