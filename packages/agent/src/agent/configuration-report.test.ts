import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Condition, FluxConfigStatus, StatusReport } from '@sluice/api'
import { fluxConfig } from '../testing/flux-config.ts'
import { configurationReport } from './configuration-report.ts'

const metadata = {
  generation: 7,
  labels: { 'app.kubernetes.io/managed-by': 'fluxconfig-agent' },
  annotations: {
    'clusterconfig.azure.com/resource-id': '/subscriptions/s/fluxconfigurations/shop',
    'clusterconfig.azure.com/resource-generation': '3',
  },
}
const condition: Condition = {
  type: 'Ready',
  status: 'True',
  reason: 'ReconciliationSucceeded',
  message: 'Applied revision: main@sha1:1',
  lastTransitionTime: '2026-01-01T00:00:00Z',
  observedGeneration: 1,
}
const told = {
  lastTransitionTime: condition.lastTransitionTime,
  message: condition.message,
  reason: condition.reason,
  status: 'True',
  type: 'Ready',
}
const report = (status: FluxConfigStatus, more: Record<string, unknown> = {}): StatusReport | undefined =>
  configurationReport(fluxConfig({}, { metadata: { ...metadata, ...more }, status }))

describe('what the service is told', () => {
  test("source, kustomizations, their children, in Azure's order", () => {
    const status: FluxConfigStatus = {
      observedGeneration: 7,
      provisioningState: 'Succeeded',
      complianceState: 'Compliant',
      lastSyncedCommit: 'main@sha1:1',
      lastSourceSyncedTime: '2026-01-01T00:00:00Z',
      repositoryPublicKey: 'ssh-ed25519 AAAA',
      managedStatuses: {
        gitRepository: { complianceState: 'Compliant', conditions: [condition] },
        kustomizations: {
          'team/shop-apps': {
            complianceState: 'Compliant',
            conditions: [condition],
            childStatuses: {
              helmRelease: {
                'team/podinfo': {
                  complianceState: 'Pending',
                  helmReleaseProperties: { helmChart: 'team/team-podinfo', lastReleaseRevision: 2, failureCount: 1 },
                },
              },
            },
          },
        },
      },
    }
    assert.deepEqual(report(status), {
      id: '/subscriptions/s/fluxconfigurations/shop',
      generation: 3,
      provisioningState: 'Succeeded',
      errorMessage: '',
      fluxConfiguration: {
        complianceState: 'Compliant',
        sourceSyncedCommitId: 'main@sha1:1',
        sourceUpdatedAt: '2026-01-01T00:00:00Z',
        repositoryPublicKey: 'ssh-ed25519 AAAA',
        statuses: [
          {
            name: 'shop',
            namespace: 'team',
            kind: 'GitRepository',
            complianceState: 'Compliant',
            appliedBy: null,
            statusConditions: [told],
            helmReleaseProperties: null,
          },
          {
            name: 'shop-apps',
            namespace: 'team',
            kind: 'Kustomization',
            complianceState: 'Compliant',
            appliedBy: null,
            statusConditions: [told],
            helmReleaseProperties: null,
          },
          {
            name: 'podinfo',
            namespace: 'team',
            kind: 'HelmRelease',
            complianceState: 'Pending',
            appliedBy: { name: 'shop-apps', namespace: 'team' },
            statusConditions: [],
            helmReleaseProperties: {
              lastRevisionApplied: 2,
              helmChartRef: { name: 'team-podinfo', namespace: 'team' },
              failureCount: 1,
            },
          },
        ],
      },
    })
  })

  const states: [string, FluxConfigStatus, Record<string, unknown>, StatusReport['provisioningState']][] = [
    ['nobody looked at the new spec yet', { observedGeneration: 6, provisioningState: 'Succeeded' }, {}, 'Updating'],
    ['still being written', { observedGeneration: 7, provisioningState: 'Creating' }, {}, 'Updating'],
    ['failed', { observedGeneration: 7, provisioningState: 'Failed', errorMessage: 'why' }, {}, 'Failed'],
    [
      'going',
      { observedGeneration: 7, provisioningState: 'Succeeded' },
      { deletionTimestamp: '2026-01-01T00:00:00Z' },
      'Updating',
    ],
  ]
  for (const [name, status, more, expected] of states) {
    test(`${name}: ${expected}`, () => {
      const made = report(status, more)
      assert.equal(made?.provisioningState, expected)
      assert.equal(made?.errorMessage, status.errorMessage ?? '')
    })
  }

  test('protected settings are acknowledged for the generation that brought them, no other', () => {
    for (const [held, expected] of [
      ['3', true],
      ['2', undefined],
    ] as const) {
      const annotations = { ...metadata.annotations, 'clusterconfig.azure.com/protected-settings-generation': held }
      assert.equal(report({}, { annotations })?.protectedSettingsStored, expected)
    }
  })

  test('nothing of a FluxConfig that the service did not make', () => {
    assert.equal(configurationReport(fluxConfig({})), undefined)
    assert.equal(report({}, { labels: {} }), undefined)
  })
})
