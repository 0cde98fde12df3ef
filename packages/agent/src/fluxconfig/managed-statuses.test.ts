import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { fluxConfig } from '../testing/flux-config.ts'
import { gatherStatuses } from './managed-statuses.ts'

const ready = (status: 'True' | 'False' | 'Unknown', message: string) => ({
  type: 'Ready',
  status,
  reason: 'Any',
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
})
const revision = 'main@sha1:1111'

const source: KubeObject = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  metadata: { name: 'shop', namespace: 'team', generation: 1 },
  spec: { url: 'https://git.test/shop' },
  status: {
    observedGeneration: 1,
    conditions: [ready('True', 'stored artifact')],
    artifact: { revision, lastUpdateTime: '2026-01-01T00:00:00Z' },
  },
}

function kustomization(status: Record<string, unknown>): KubeObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'shop-apps', namespace: 'team', generation: 1 },
    spec: { path: './apps' },
    status: { observedGeneration: 1, ...status },
  }
}

describe('what is gathered of a configuration', () => {
  test('all ready: Compliant, with revision and number of objects', () => {
    const entries = [{ id: 'team_web_apps_Deployment', v: 'v1' }]
    const applied = kustomization({
      conditions: [ready('True', 'Applied')],
      lastAppliedRevision: revision,
      inventory: { entries },
    })
    const gathered = gatherStatuses(fluxConfig({}), source, [applied], () => undefined)
    assert.equal(gathered.complianceState, 'Compliant')
    assert.equal(gathered.revision, revision)
    const told = gathered.managedStatuses.kustomizations?.['team/shop-apps']
    assert.equal(told?.message, 'Resource is Ready')
    assert.equal(told?.objectCount, 1)
    assert.equal(told?.childStatuses, undefined)
    assert.equal(gathered.managedStatuses.gitRepository?.complianceState, 'Compliant')
  })

  test('a source that has moved on: Pending until the revision is applied', () => {
    const behind = kustomization({ conditions: [ready('True', 'Applied')], lastAppliedRevision: 'main@sha1:0000' })
    const gathered = gatherStatuses(fluxConfig({}), source, [behind], () => undefined)
    assert.equal(gathered.complianceState, 'Pending')
    assert.match(gathered.managedStatuses.kustomizations?.['team/shop-apps']?.message ?? '', /1111 is not applied yet/)
  })

  test('a failure is named with object and message', () => {
    const broken = kustomization({ conditions: [ready('False', 'apps/web.yaml:3: bad indentation')] })
    const gathered = gatherStatuses(fluxConfig({}), source, [broken], () => undefined)
    assert.equal(gathered.complianceState, 'Non-Compliant')
    assert.equal(gathered.complaint, 'Kustomization team/shop-apps: apps/web.yaml:3: bad indentation')
  })

  test('objects that are not there yet: Pending', () => {
    assert.equal(gatherStatuses(fluxConfig({}), undefined, [undefined], () => undefined).complianceState, 'Pending')
  })

  test('Flux objects of the inventory are children, others are not; a failing one makes the whole Non-Compliant', () => {
    const entries = [
      { id: 'team_web_apps_Deployment', v: 'v1' },
      { id: 'team_podinfo_helm.toolkit.fluxcd.io_HelmRelease', v: 'v2' },
      { id: 'team_nested_kustomize.toolkit.fluxcd.io_Kustomization', v: 'v1' },
    ]
    const applied = kustomization({
      conditions: [ready('True', 'Applied')],
      lastAppliedRevision: revision,
      inventory: { entries },
    })
    const release: KubeObject = {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: 'podinfo', namespace: 'team', generation: 1 },
      status: {
        observedGeneration: 1,
        conditions: [ready('False', 'install retries exhausted')],
        helmChart: 'team/team-podinfo',
        history: [{ version: 3 }],
        installFailures: 2,
      },
    }
    const gathered = gatherStatuses(fluxConfig({}), source, [applied], child =>
      child.kind === 'HelmRelease' ? release : undefined,
    )
    const children = gathered.managedStatuses.kustomizations?.['team/shop-apps']?.childStatuses
    assert.deepEqual(Object.keys(children ?? {}), ['helmRelease', 'kustomization'])
    assert.deepEqual(children?.helmRelease?.['team/podinfo']?.helmReleaseProperties, {
      helmChart: 'team/team-podinfo',
      lastReleaseRevision: 3,
      failureCount: 0,
      installFailureCount: 2,
      upgradeFailureCount: 0,
    })
    assert.equal(gathered.complianceState, 'Non-Compliant')
    assert.match(gathered.complaint ?? '', /podinfo.*install retries exhausted/)
  })

  test('children applied in an older version are read in the newest; a referred HelmChart is named', () => {
    const entries = [{ id: 'team_podinfo_helm.toolkit.fluxcd.io_HelmRelease', v: 'v2beta1' }]
    const applied = kustomization({ conditions: [ready('True', 'Applied')], inventory: { entries } })
    const asked: string[] = []
    const release = {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: 'podinfo', namespace: 'team', generation: 1 },
      spec: { chartRef: { kind: 'HelmChart', name: 'podinfo', namespace: 'charts' } },
      status: {
        observedGeneration: 1,
        conditions: [ready('True', 'Helm install succeeded')],
        history: [{ version: 1 }],
      },
    }
    const gathered = gatherStatuses(fluxConfig({}), source, [applied], child => {
      asked.push(child.apiVersion)
      return release
    })
    assert.deepEqual(asked, ['helm.toolkit.fluxcd.io/v2'])
    const told =
      gathered.managedStatuses.kustomizations?.['team/shop-apps']?.childStatuses?.helmRelease?.['team/podinfo']
    assert.equal(told?.helmReleaseProperties?.helmChart, 'charts/podinfo')
    assert.equal(told?.complianceState, 'Compliant')
  })

  test('a suspended configuration is Suspended whatever its objects say', () => {
    const gathered = gatherStatuses(fluxConfig({ suspend: true }), source, [undefined], () => undefined)
    assert.equal(gathered.complianceState, 'Suspended')
  })
})
