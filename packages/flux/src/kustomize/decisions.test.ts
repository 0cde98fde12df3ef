import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Condition, HistoryEntry, KubeObject, Kustomization } from '@sluice/api'
import { dependencyCycle } from '../dependency-cycle.ts'
import { unmetKustomization } from './dependencies.ts'
import { healthAnswer } from './health-gate.ts'
import { withHistory } from './history.ts'
import { normalised } from './normalised.ts'
import { staleEntries } from './prune-stale.ts'
import { answerOf } from './source-ref.ts'
import { aKustomization } from './testing/a-kustomization.ts'
import { timingOf } from './timing.ts'
import { concluded, type KustomizationStatus } from './verdict.ts'

const now = new Date('2026-01-02T03:04:05.678Z')
const shown = (status: KustomizationStatus) =>
  (status.conditions as Condition[]).map(c => `${c.type}=${c.status} ${c.reason}: ${c.message}`)

describe('conditions say what a pass came to', () => {
  const progressing = concluded({}, { kind: 'progressing', step: 'Running health checks', health: true }, 2, now)

  test('waiting for health', () => {
    assert.deepEqual(shown(progressing), [
      'Reconciling=True Progressing: Running health checks',
      'Ready=Unknown Progressing: Reconciliation in progress',
      'Healthy=Unknown Progressing: Running health checks',
    ])
  })

  test('success removes Reconciling and says the revision', () => {
    const status = concluded(progressing, { kind: 'succeeded', revision: 'main@sha1:a' }, 2, now, null)
    assert.deepEqual(shown(status), ['Ready=True ReconciliationSucceeded: Applied revision: main@sha1:a'])
    assert.equal(status.observedGeneration, 2)
    assert.equal(status.lastAppliedRevision, 'main@sha1:a')
  })

  test('a failed step is retried and does not observe the generation', () => {
    const verdict = { kind: 'failed', reason: 'BuildFailed', message: 'no', step: 'Building manifests' } as const
    const status = concluded({ observedGeneration: -1 }, verdict, 2, now)
    assert.deepEqual(shown(status), [
      'Reconciling=True ProgressingWithRetry: Building manifests',
      'Ready=False BuildFailed: no',
    ])
    assert.equal(status.observedGeneration, -1)
  })

  test('a stalled object is not reconciling', () => {
    const status = concluded(progressing, { kind: 'stalled', reason: 'AccessDenied', message: 'no' }, 2, now)
    assert.deepEqual(shown(status).slice(0, 2), ['Stalled=True AccessDenied: no', 'Ready=False AccessDenied: no'])
  })

  test('an unmet dependency begins no step', () => {
    const status = concluded({}, { kind: 'blocked', reason: 'DependencyNotReady', message: 'no' }, 2, now)
    assert.deepEqual(shown(status), ['Ready=False DependencyNotReady: no'])
  })

  test('the same condition again keeps its transition time', () => {
    const later = concluded(progressing, { kind: 'progressing', step: 'Running health checks' }, 2, new Date())
    assert.deepEqual(later.conditions, progressing.conditions)
  })
})

describe('dependencies', () => {
  const ready = (revision: string): Kustomization['status'] => ({
    observedGeneration: 2,
    lastAppliedRevision: revision,
    conditions: [{ type: 'Ready', status: 'True', reason: 'x', message: '', lastTransitionTime: '' }],
  })
  const other = { kind: 'GitRepository', name: 'other' } as const
  const cases: [string, Kustomization | undefined, string | undefined][] = [
    [
      'absent',
      undefined,
      `dependency 'apps/infra' not found: kustomizations.kustomize.toolkit.fluxcd.io "infra" not found`,
    ],
    ['without status', aKustomization('infra'), `dependency 'apps/infra' is not ready`],
    [
      'of an older generation',
      aKustomization('infra', {}, { ...ready('r'), observedGeneration: 1 }),
      `dependency 'apps/infra' is not ready`,
    ],
    [
      'at another revision',
      aKustomization('infra', {}, ready('old')),
      `dependency 'apps/infra' revision is not up to date`,
    ],
    ['of another source at another revision', aKustomization('infra', { sourceRef: other }, ready('old')), undefined],
    ['ready', aKustomization('infra', {}, ready('r')), undefined],
  ]
  for (const [name, dependency, message] of cases) {
    test(name, () => {
      const object = aKustomization('apps', { dependsOn: [{ name: 'infra' }] })
      assert.equal(unmetKustomization(object, 'r', () => dependency, false)?.message, message)
    })
  }

  test('a circle is named', () => {
    const all = new Map([
      ['a', aKustomization('a', { dependsOn: [{ name: 'b' }] })],
      ['b', aKustomization('b', { dependsOn: [{ name: 'c' }] })],
      ['c', aKustomization('c', { dependsOn: [{ name: 'a' }] })],
      ['d', aKustomization('d', { dependsOn: [{ name: 'a' }] })],
    ])
    const find = (_: string, name: string) => all.get(name)
    assert.equal(dependencyCycle(all.get('a') as Kustomization, find), 'apps/a -> apps/b -> apps/c -> apps/a')
    assert.equal(dependencyCycle(all.get('d') as Kustomization, find), undefined)
  })
})

describe('sources', () => {
  const options = { noCrossNamespaceRefs: true, externalArtifacts: false, requeueDependency: '30s' }
  test('of another namespace are refused when blocked', () => {
    const object = aKustomization('apps', { sourceRef: { kind: 'GitRepository', name: 'repo', namespace: 'other' } })
    const message = `can't access 'GitRepository/other/repo', cross-namespace references have been blocked`
    assert.deepEqual(answerOf(object, undefined, options), { kind: 'refused', reason: 'AccessDenied', message })
    assert.equal(answerOf(object, undefined, { ...options, noCrossNamespaceRefs: false }).kind, 'missing')
  })
  test('of other makers are taken where the gate says so', () => {
    const object = aKustomization('apps', { sourceRef: { kind: 'ExternalArtifact', name: 'repo' } })
    const artifact = { revision: 'r', digest: 'sha256:a', url: 'http://a', path: '', lastUpdateTime: '' }
    const source: KubeObject = {
      apiVersion: 'v1',
      kind: 'ExternalArtifact',
      metadata: { name: 'repo' },
      status: { artifact },
    }
    const refused = answerOf(object, source, options)
    assert.match(refused.kind === 'refused' ? refused.message : '', /ExternalArtifact feature gate is disabled$/)
    const answer = answerOf(object, source, { ...options, externalArtifacts: true })
    assert.deepEqual(answer.kind === 'artifact' && answer.artifact, artifact)
  })
  test('without an artifact are waited for', () => {
    const source: KubeObject = { apiVersion: 'v1', kind: 'GitRepository', metadata: { name: 'repo' }, status: {} }
    const answer = answerOf(aKustomization('apps'), source, options)
    assert.equal(answer.kind === 'missing' && answer.message, 'Source artifact not found, retrying in 30s')
  })
})

describe('health', () => {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'a', name: 'web' }
  const at = (status: 'Current' | 'InProgress' | 'Failed' | 'NotFound') => ({ ref, health: { status, message: '' } })
  test('one failed object ends the wait', () => {
    const message = `failed early due to stalled resources: [Deployment/a/web status: 'Failed']`
    assert.deepEqual(healthAnswer([at('InProgress'), at('Failed')]), { kind: 'failed', message })
  })
  test('what is pending is named', () => {
    const pending = `Deployment/a/web status: 'InProgress', Deployment/a/web status: 'NotFound'`
    assert.deepEqual(healthAnswer([at('InProgress'), at('Current'), at('NotFound')]), { kind: 'waiting', pending })
  })
  test('all current is healthy', () => assert.equal(healthAnswer([at('Current')]).kind, 'healthy'))
})

describe('history', () => {
  const note = (digest: string, outcome: string) => ({
    digest,
    outcome,
    at: now.toISOString(),
    took: '1s',
    revision: 'r',
  })
  test('counts a state that comes back and moves it to the front', () => {
    let history: HistoryEntry[] = []
    for (const digest of ['a', 'b', 'a']) history = withHistory(history, note(digest, 'ReconciliationSucceeded'))
    assert.deepEqual(
      history.map(e => [e.digest, e.totalReconciliations]),
      [
        ['a', 2],
        ['b', 1],
      ],
    )
  })
  test('keeps the five newest states', () => {
    let history: HistoryEntry[] = []
    for (const digest of 'abcdefg') history = withHistory(history, note(digest, 'x'))
    assert.equal(history.map(e => e.digest).join(''), 'gfedc')
  })
})

test('an object that only changed its version is not stale', () => {
  const before = [
    { id: 'a_b_apps_Deployment', v: 'v1beta1' },
    { id: 'a_c__ConfigMap', v: 'v1' },
  ]
  assert.deepEqual(staleEntries(before, [{ id: 'a_b_apps_Deployment', v: 'v1' }]), [before[1]])
})

test('the timeout is the interval less half a minute, and never less than half a minute', () => {
  assert.equal(timingOf(aKustomization('a')).timeout, 570_000)
  assert.equal(timingOf(aKustomization('a', { interval: '10s' })).timeout, 30_000)
  assert.equal(timingOf(aKustomization('a', { timeout: '20s' })).timeout, 30_000)
  assert.equal(timingOf(aKustomization('a', { retryInterval: '7s' })).retryInterval, 7_000)
})

describe('what is sent to the API server', () => {
  const owner = aKustomization('apps', { commonMetadata: { labels: { team: 'a' }, annotations: { note: 'x' } } })
  const sent = (object: Omit<KubeObject, 'metadata'>) =>
    normalised({ ...object, metadata: { name: 'x', namespace: 'n' } } as KubeObject, owner)

  test('carries owner labels and common metadata', () => {
    assert.deepEqual(sent({ apiVersion: 'v1', kind: 'ConfigMap' }).metadata, {
      name: 'x',
      namespace: 'n',
      labels: {
        'kustomize.toolkit.fluxcd.io/name': 'apps',
        'kustomize.toolkit.fluxcd.io/namespace': 'apps',
        team: 'a',
      },
      annotations: { note: 'x' },
    })
  })
  test('has no field its kind does not know, no status, and no plain text in Secrets', () => {
    const secret = sent({ apiVersion: 'v1', kind: 'Secret', stringData: { a: 'b' }, nope: 1, status: {} })
    assert.deepEqual(secret.data, { a: 'Yg==' })
    assert.equal('nope' in secret || 'stringData' in secret || 'status' in secret, false)
  })
  test('has the protocols of ports and the empty structs that Flux, too, comes to own', () => {
    const service = sent({ apiVersion: 'v1', kind: 'Service', spec: { ports: [{ port: 80 }] } })
    assert.deepEqual(service.spec, { ports: [{ port: 80, targetPort: 0, protocol: 'TCP' }] })
    const spec = { template: { spec: { containers: [{ name: 'a', ports: [{ containerPort: 1 }] }] } } }
    const deployment = sent({ apiVersion: 'apps/v1', kind: 'Deployment', spec })
    const container = { name: 'a', ports: [{ containerPort: 1, protocol: 'TCP' }], resources: {} }
    const template = { metadata: {}, spec: { containers: [container] } }
    assert.deepEqual(deployment.spec, { strategy: {}, template })
  })
})
