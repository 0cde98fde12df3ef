import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { legacyHealth } from './legacy-health.ts'

type Case = [string, string, string, object, 'Current' | 'InProgress' | 'Failed']

const rolling = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } } }
const cases: Case[] = [
  [
    'a kind that does not count',
    'example.com/v1',
    'Thing',
    { status: { conditions: [{ type: 'Ready', status: 'False' }] } },
    'Current',
  ],
  ['a Pod that is ready', 'v1', 'Pod', { status: { conditions: [{ type: 'Ready', status: 'True' }] } }, 'Current'],
  ['a Pod that is not', 'v1', 'Pod', { status: { phase: 'Running' } }, 'InProgress'],
  ['a claim that is bound', 'v1', 'PersistentVolumeClaim', { status: { phase: 'Bound' } }, 'Current'],
  ['a claim that is not', 'v1', 'PersistentVolumeClaim', { status: { phase: 'Pending' } }, 'InProgress'],
  ['a Service with an address', 'v1', 'Service', { spec: { clusterIP: '10.0.0.1' } }, 'Current'],
  ['a Service elsewhere', 'v1', 'Service', { spec: { type: 'ExternalName' } }, 'Current'],
  [
    'a balancer without an address',
    'v1',
    'Service',
    { spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1' }, status: { loadBalancer: {} } },
    'InProgress',
  ],
  [
    'a balancer with one',
    'v1',
    'Service',
    { spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1' }, status: { loadBalancer: { ingress: [{}] } } },
    'Current',
  ],
  [
    'a balancer with an external address',
    'v1',
    'Service',
    { spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1', externalIPs: ['1.2.3.4'] } },
    'Current',
  ],
  [
    'a Deployment not seen yet',
    'apps/v1',
    'Deployment',
    { spec: { replicas: 1, ...rolling }, status: {} },
    'InProgress',
  ],
  [
    'a Deployment of which a quarter may be missing',
    'apps/v1',
    'Deployment',
    {
      spec: { replicas: 4, ...rolling },
      status: { observedGeneration: 2, replicas: 4, updatedReplicas: 4, readyReplicas: 3 },
    },
    'Current',
  ],
  [
    'a Deployment whose ready Pods may be old ones',
    'apps/v1',
    'Deployment',
    {
      spec: { replicas: 4, ...rolling },
      status: { observedGeneration: 2, replicas: 5, updatedReplicas: 2, readyReplicas: 4 },
    },
    'InProgress',
  ],
  ['a paused Deployment', 'apps/v1', 'Deployment', { spec: { paused: true }, status: {} }, 'Current'],
  [
    'a DaemonSet on half of its nodes',
    'apps/v1',
    'DaemonSet',
    {
      spec: { updateStrategy: { type: 'RollingUpdate' } },
      status: { observedGeneration: 2, desiredNumberScheduled: 4, updatedNumberScheduled: 4, numberReady: 2 },
    },
    'InProgress',
  ],
  [
    'a DaemonSet on all but one',
    'apps/v1',
    'DaemonSet',
    {
      spec: { updateStrategy: { type: 'RollingUpdate' } },
      status: { observedGeneration: 2, desiredNumberScheduled: 4, updatedNumberScheduled: 4, numberReady: 3 },
    },
    'Current',
  ],
  [
    'a StatefulSet up to its partition',
    'apps/v1',
    'StatefulSet',
    {
      spec: { replicas: 3, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
      status: {
        observedGeneration: 2,
        updatedReplicas: 1,
        readyReplicas: 3,
        currentRevision: 'a',
        updateRevision: 'b',
      },
    },
    'Current',
  ],
  [
    'a StatefulSet between revisions',
    'apps/v1',
    'StatefulSet',
    {
      spec: { replicas: 1, updateStrategy: { type: 'RollingUpdate' } },
      status: {
        observedGeneration: 2,
        updatedReplicas: 1,
        readyReplicas: 1,
        currentRevision: 'a',
        updateRevision: 'b',
      },
    },
    'InProgress',
  ],
  [
    'a definition that is established',
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    { status: { conditions: [{ type: 'Established', status: 'True' }] } },
    'Current',
  ],
  [
    'a definition whose names are taken',
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    { status: { conditions: [{ type: 'NamesAccepted', status: 'False' }] } },
    'Current',
  ],
  [
    'a Job at work',
    'batch/v1',
    'Job',
    { spec: { completions: 1, backoffLimit: 0 }, status: { active: 1 } },
    'InProgress',
  ],
  [
    'a Job that is done',
    'batch/v1',
    'Job',
    { spec: { completions: 1, backoffLimit: 0 }, status: { succeeded: 1 } },
    'Current',
  ],
  [
    'a Job that failed for good',
    'batch/v1',
    'Job',
    { spec: { completions: 1, backoffLimit: 0 }, status: { failed: 1 } },
    'Failed',
  ],
]

describe('ready by the rules of Helm 3', () => {
  for (const [name, apiVersion, kind, body, status] of cases) {
    test(name, () => {
      const object = { apiVersion, kind, metadata: { name: 'a', namespace: 'ns', generation: 2 }, ...body }
      assert.equal(legacyHealth(object, true).status, status)
    })
  }

  test('Jobs do not count unless they are asked for', () => {
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'a' }, spec: { completions: 1 } }
    assert.equal(legacyHealth(job, false).status, 'Current')
  })
})
