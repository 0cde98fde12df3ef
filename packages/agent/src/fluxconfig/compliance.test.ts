import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ComplianceState, Condition } from '@sluice/api'
import fc from 'fast-check'
import { aggregateCompliance, type Observed, objectCompliance } from './compliance.ts'

const condition = (status: Condition['status'], more: Partial<Condition> = {}): Condition => ({
  type: 'Ready',
  status,
  reason: 'Any',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
  ...more,
})

describe('compliance of one object', () => {
  const cases: [string, Observed, ComplianceState][] = [
    ['nobody looked at it', { generation: 1 }, 'Pending'],
    ['in progress', { generation: 1, conditions: [condition('Unknown')] }, 'Pending'],
    ['ready', { generation: 1, observedGeneration: 1, conditions: [condition('True')] }, 'Compliant'],
    [
      'ready, but for an older spec',
      { generation: 2, observedGeneration: 1, conditions: [condition('True')] },
      'Pending',
    ],
    [
      'ready, but being reconciled',
      {
        generation: 1,
        observedGeneration: 1,
        conditions: [condition('True'), condition('True', { type: 'Reconciling' })],
      },
      'Pending',
    ],
    ['failed', { generation: 1, observedGeneration: -1, conditions: [condition('False')] }, 'Non-Compliant'],
    [
      'failed with an older spec',
      { generation: 2, conditions: [condition('False', { observedGeneration: 1 })] },
      'Pending',
    ],
    [
      'waiting for a dependency',
      { conditions: [condition('False', { reason: 'DependencyNotReady', message: "dependency 'a/b' is not ready" })] },
      'Pending',
    ],
    [
      'depending on what does not exist',
      { conditions: [condition('False', { reason: 'DependencyNotReady', message: "dependency 'a/b' not found" })] },
      'Non-Compliant',
    ],
    [
      'in a dependency cycle',
      { conditions: [condition('False', { reason: 'DependencyNotReady', message: 'dependency cycle: a -> b -> a' })] },
      'Non-Compliant',
    ],
    [
      'waiting for the first artifact',
      {
        conditions: [
          condition('False', { reason: 'ArtifactFailed', message: 'Source artifact not found, retrying in 30s' }),
        ],
      },
      'Pending',
    ],
    [
      'waiting for a chart that is being fetched',
      {
        conditions: [
          condition('False', {
            reason: 'SourceNotReady',
            message: "HelmChart 'a/a-b' is not ready: does not have an artifact",
          }),
        ],
      },
      'Pending',
    ],
    [
      'waiting for a chart that waits for its repository',
      {
        conditions: [
          condition('False', {
            reason: 'SourceNotReady',
            message: "HelmChart 'a/a-b' is not ready: no artifact available for HelmRepository source 'charts'",
          }),
        ],
      },
      'Pending',
    ],
    [
      'a chart that waits for its repository',
      {
        conditions: [
          condition('False', {
            reason: 'NoSourceArtifact',
            message: 'no artifact available for HelmRepository source',
          }),
        ],
      },
      'Pending',
    ],
    [
      'of a chart that cannot be fetched',
      {
        conditions: [
          condition('False', {
            reason: 'SourceNotReady',
            message: "HelmChart 'a/a-b' is not ready: no chart version found for nginx-99.0.0",
          }),
        ],
      },
      'Non-Compliant',
    ],
    [
      'refused a source of another namespace',
      { conditions: [condition('False', { reason: 'AccessDenied', message: 'cross-namespace references' })] },
      'Non-Compliant',
    ],
    ['suspended, whatever it was', { suspended: true, conditions: [condition('False')] }, 'Suspended'],
  ]
  for (const [name, observed, expected] of cases) {
    test(`${name}: ${expected}`, () => assert.equal(objectCompliance(observed), expected))
  }
})

describe('compliance of a configuration', () => {
  const cases: [ComplianceState[], ComplianceState][] = [
    [[], 'Unknown'],
    [['Compliant', 'Compliant'], 'Compliant'],
    [['Compliant', 'Pending'], 'Pending'],
    [['Pending', 'Non-Compliant', 'Compliant'], 'Non-Compliant'],
    [['Suspended', 'Suspended'], 'Suspended'],
    [['Suspended', 'Compliant'], 'Compliant'],
    [['Compliant', 'Unknown'], 'Unknown'],
  ]
  for (const [states, expected] of cases) {
    test(`${states.join(', ') || 'nothing'}: ${expected}`, () => assert.equal(aggregateCompliance(states), expected))
  }

  test('does not depend on the order', () => {
    const state = fc.constantFrom<ComplianceState>('Compliant', 'Non-Compliant', 'Pending', 'Suspended', 'Unknown')
    fc.assert(
      fc.property(fc.array(state), states => {
        assert.equal(aggregateCompliance(states), aggregateCompliance(states.toReversed()))
      }),
    )
  })
})
