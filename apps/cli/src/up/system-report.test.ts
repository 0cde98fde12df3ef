import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configurationReport, isSettled } from './system-report.ts'

const resource = (properties: Record<string, unknown>) => ({
  name: 'cluster-config',
  properties: { scope: 'cluster', namespace: 'cluster-config', provisioningState: 'Succeeded', ...properties },
})

const status = (kind: string, name: string, complianceState: string, message?: string) => ({
  kind,
  namespace: 'cluster-config',
  name,
  complianceState,
  statusConditions: message === undefined ? [] : [{ type: 'Ready', status: 'False', message }],
})

test('a compliant configuration has nothing in its way', () => {
  const report = configurationReport(
    'one',
    resource({ complianceState: 'Compliant', sourceSyncedCommitId: 'main@sha1:abc' }),
  )
  assert.deepEqual(report.unready, [])
  assert.equal(report.cluster, 'one')
  assert.equal(report.revision, 'main@sha1:abc')
})

test('objects that are not compliant are named with their message', () => {
  const report = configurationReport(
    'one',
    resource({
      complianceState: 'Non-Compliant',
      statuses: [
        status('GitRepository', 'cluster-config', 'Compliant'),
        status(
          'Kustomization',
          'cluster-config-apps',
          'Non-Compliant',
          'build failed: apps/web.yaml:3: bad indentation',
        ),
        status('Kustomization', 'cluster-config-infra', 'Pending'),
      ],
    }),
  )
  assert.deepEqual(report.unready, [
    {
      kind: 'Kustomization',
      namespace: 'cluster-config',
      name: 'cluster-config-apps',
      message: 'build failed: apps/web.yaml:3: bad indentation',
    },
    { kind: 'Kustomization', namespace: 'cluster-config', name: 'cluster-config-infra', message: 'is Pending' },
  ])
})

test('what has failed comes before what waits for it', () => {
  const report = configurationReport(
    'one',
    resource({
      complianceState: 'Non-Compliant',
      statuses: [
        status('Kustomization', 'cluster-config-apps', 'Pending', 'Reconciliation in progress'),
        status('HelmRelease', 'web', 'Non-Compliant', 'cross-namespace references are not allowed'),
      ],
    }),
  )
  assert.deepEqual(
    report.unready.map(object => object.name),
    ['web', 'cluster-config-apps'],
  )
})

test('the error of the configuration itself comes first, and silence is said', () => {
  const failed = configurationReport(
    'one',
    resource({ complianceState: 'Non-Compliant', errorMessage: 'no such secret' }),
  )
  assert.equal(failed.unready[0]?.message, 'no such secret')
  const silent = configurationReport('one', resource({ complianceState: 'Unknown', statuses: [] }))
  assert.equal(silent.unready[0]?.message, 'the cluster has not reported yet')
})

test('settled means compliant at the commit that is wanted', () => {
  const report = configurationReport(
    'one',
    resource({ complianceState: 'Compliant', sourceSyncedCommitId: 'main@sha1:abc' }),
  )
  assert.equal(isSettled(report, 'abc'), true)
  assert.equal(isSettled(report, 'def'), false)
  assert.equal(isSettled(report, undefined), true)
})
