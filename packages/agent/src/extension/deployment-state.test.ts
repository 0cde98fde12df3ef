import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { type DeploymentState, deploymentState, podTroubles } from './deployment-state.ts'

const deployment = (status: Record<string, unknown>, generation = 2): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', namespace: 'n', generation },
  spec: { replicas: 1 },
  status: { observedGeneration: 2, ...status },
})
const up = { replicas: 1, updatedReplicas: 1, availableReplicas: 1 }

const cases: [string, KubeObject | undefined, DeploymentState['kind']][] = [
  ['absent', undefined, 'progressing'],
  ['available', deployment(up), 'available'],
  ['of an older spec', deployment(up, 3), 'progressing'],
  ['without pods', deployment({}), 'progressing'],
  ['with an old pod beside the new', deployment({ ...up, replicas: 2 }), 'progressing'],
  [
    'too late',
    deployment({
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'late' }],
    }),
    'failed',
  ],
]
for (const [name, object, expected] of cases) {
  test(`a Deployment ${name} is ${expected}`, () => assert.equal(deploymentState(object).kind, expected))
}

test("pods' troubles are said in the kubelet's words", () => {
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    status: {
      containerStatuses: [
        {
          name: 'c',
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
          lastState: { terminated: { exitCode: 2 } },
        },
      ],
    },
  }
  assert.deepEqual(podTroubles([pod]), ['pod p: CrashLoopBackOff: back-off: last exit code 2'])
})
