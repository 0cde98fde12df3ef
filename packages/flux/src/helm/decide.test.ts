import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HelmRelease } from '@sluice/api'
import { decide, endOf, type Facts, type StoredRelease } from './decide.ts'
import type { HelmReleaseStatus } from './release-spec.ts'
import { aRelease, aSnapshot } from './testing/a-release.ts'

/** A row: what is found, and what is decided. The rest of the facts is that of a release in sync. */
interface Row {
  name: string
  spec?: Partial<HelmRelease['spec']>
  status?: HelmReleaseStatus
  stored?: Partial<StoredRelease> | null
  facts?: Partial<Facts>
  state: string
  next: string
  /** Versions that stay of the history. */
  history?: number[]
}

const one = [aSnapshot(1)]
const failedOnce: HelmReleaseStatus = { history: [aSnapshot(1, { status: 'failed' })] }
const good = aSnapshot(1, { status: 'superseded' })
const installed: HelmReleaseStatus = { ...failedOnce, lastAttemptedReleaseAction: 'install', installFailures: 1 }
const upgraded: HelmReleaseStatus = {
  history: [aSnapshot(2, { status: 'failed' }), good],
  lastAttemptedReleaseAction: 'upgrade',
  upgradeFailures: 1,
}
const retrying: Partial<HelmRelease['spec']> = {
  install: { strategy: { name: 'RetryOnFailure' } },
  upgrade: { strategy: { name: 'RetryOnFailure' } },
}
const remediating: Partial<HelmRelease['spec']> = { upgrade: { remediation: { remediateLastFailure: true } } }
const tested: Partial<HelmRelease['spec']> = { test: { enable: true } }
const hooks = (phase?: string) => [aSnapshot(1, { testHooks: { check: { phase } } })]

const rows: Row[] = [
  { name: 'nothing is there', stored: null, status: {}, state: 'Absent', next: 'install' },
  { name: 'what we made is gone', stored: null, state: 'Absent', next: 'install' },
  {
    name: 'installing failed too often',
    stored: null,
    status: { installFailures: 1 },
    state: 'Absent',
    next: 'exhausted',
  },
  {
    name: 'it may fail once more',
    spec: { install: { remediation: { retries: 1 } } },
    stored: null,
    status: { installFailures: 1 },
    state: 'Absent',
    next: 'install',
  },
  {
    name: 'retries without end',
    spec: { install: { remediation: { retries: -1 } } },
    stored: null,
    status: { installFailures: 99 },
    state: 'Absent',
    next: 'install',
  },
  {
    name: 'out of retries, but forced',
    stored: null,
    status: { installFailures: 1 },
    facts: { forced: true },
    state: 'Absent',
    next: 'install',
  },
  {
    name: 'an uninstalled record of somebody',
    stored: { status: 'uninstalled' },
    status: {},
    state: 'Absent',
    next: 'install',
  },
  { name: 'an uninstalled record of ours', stored: { status: 'uninstalled' }, state: 'Absent', next: 'install' },
  ...(['pending-install', 'pending-upgrade', 'pending-rollback', 'uninstalling'] as const).map(
    (status): Row => ({ name: `killed while ${status}`, stored: { status }, state: 'Locked', next: 'unlock' }),
  ),
  {
    name: 'killed before anything was remembered',
    stored: { status: 'pending-install' },
    status: {},
    state: 'Locked',
    next: 'unlock',
  },
  { name: "somebody else's release", status: {}, state: 'Unmanaged', next: 'upgrade', history: [] },
  { name: 'changed behind our back', stored: { isObserved: false }, state: 'Unmanaged', next: 'upgrade', history: [] },
  {
    name: 'a digest of no use',
    stored: { isObserved: 'undigestible' },
    state: 'Unmanaged',
    next: 'upgrade',
    history: [],
  },
  {
    name: 'another chart version',
    facts: { chart: { name: 'app', version: '2.0.0' } },
    state: 'OutOfSync',
    next: 'upgrade',
  },
  { name: 'another chart', facts: { chart: { name: 'other', version: '1.0.0' } }, state: 'OutOfSync', next: 'upgrade' },
  { name: 'other values', facts: { sameValues: false }, state: 'OutOfSync', next: 'upgrade' },
  {
    name: 'other post-renderers',
    status: { history: one, observedGeneration: 1 },
    facts: { postRenderersDigest: 'x' },
    state: 'OutOfSync',
    next: 'upgrade',
  },
  {
    name: 'other common metadata',
    status: { history: one, observedGeneration: 1 },
    facts: { commonMetadataDigest: 'x' },
    state: 'OutOfSync',
    next: 'upgrade',
  },
  {
    name: 'digests count for new generations only',
    facts: { postRenderersDigest: 'x', commonMetadataDigest: 'y' },
    state: 'InSync',
    next: 'done',
  },
  {
    name: 'upgrading failed too often',
    status: { history: one, upgradeFailures: 1 },
    facts: { sameValues: false },
    state: 'OutOfSync',
    next: 'exhausted',
  },
  {
    name: 'upgrading failed too often, but forced',
    status: { history: one, upgradeFailures: 1 },
    facts: { sameValues: false, forced: true },
    state: 'OutOfSync',
    next: 'upgrade',
  },
  { name: 'all is well', state: 'InSync', next: 'done', history: [1] },
  { name: 'all is well, but forced', facts: { forced: true }, state: 'InSync', next: 'upgrade' },
  {
    name: 'the history ends with what could be rolled back to',
    status: { history: [3, 2, 1].map(v => aSnapshot(v, { status: v === 3 ? 'deployed' : 'superseded' })) },
    state: 'InSync',
    next: 'done',
    history: [3, 2],
  },
  {
    name: 'where failures are tried again five stay',
    spec: retrying,
    status: { history: [6, 5, 4, 3, 2, 1].map(v => aSnapshot(v)), lastAttemptedReleaseAction: 'upgrade' },
    state: 'InSync',
    next: 'done',
    history: [6, 5, 4, 3, 2],
  },
  { name: 'tests are to run', spec: tested, state: 'Untested', next: 'test' },
  { name: 'a test that never ran', spec: tested, status: { history: hooks() }, state: 'Untested', next: 'test' },
  {
    name: 'a test that is not to run',
    spec: { test: { enable: true, filters: [{ name: 'check', exclude: true }] } },
    status: { history: hooks() },
    state: 'InSync',
    next: 'done',
  },
  {
    name: 'only others are to run',
    spec: { test: { enable: true, filters: [{ name: 'other' }] } },
    status: { history: hooks() },
    state: 'InSync',
    next: 'done',
  },
  { name: 'tests passed', spec: tested, status: { history: hooks('Succeeded') }, state: 'InSync', next: 'done' },
  {
    name: 'no tests in the chart',
    spec: tested,
    status: { history: [aSnapshot(1, { testHooks: {} })] },
    state: 'InSync',
    next: 'done',
  },
  {
    name: 'a test failed after installing',
    spec: tested,
    status: { history: hooks('Failed'), lastAttemptedReleaseAction: 'install', installFailures: 1 },
    state: 'Failed',
    next: 'exhausted',
  },
  {
    name: 'a test failed after installing, a retry is left',
    spec: { ...tested, install: { remediation: { retries: 1 } } },
    status: { history: hooks('Failed'), lastAttemptedReleaseAction: 'install', installFailures: 1 },
    state: 'Failed',
    next: 'uninstall',
  },
  {
    name: 'failed tests that are ignored',
    spec: { test: { enable: true, ignoreFailures: true } },
    status: { history: hooks('Failed'), lastAttemptedReleaseAction: 'install' },
    state: 'InSync',
    next: 'done',
  },
  {
    name: 'failed tests that one action ignores',
    spec: { ...tested, install: { remediation: { ignoreTestFailures: true } } },
    status: { history: hooks('Failed'), lastAttemptedReleaseAction: 'install' },
    state: 'InSync',
    next: 'done',
  },
  {
    name: 'drift, to be corrected',
    spec: { driftDetection: { mode: 'enabled' } },
    facts: { drifted: true },
    state: 'Drifted',
    next: 'correctDrift',
  },
  {
    name: 'drift, to be told',
    spec: { driftDetection: { mode: 'warn' } },
    facts: { drifted: true },
    state: 'Drifted',
    next: 'done',
  },
  { name: 'drift that nobody asks for', facts: { drifted: true }, state: 'InSync', next: 'done' },
  {
    name: 'failed before anything was tried',
    status: failedOnce,
    stored: { status: 'failed' },
    state: 'Failed',
    next: 'upgrade',
  },
  {
    name: 'failed, but not this attempt',
    status: { ...failedOnce, lastAttemptedReleaseAction: 'install' },
    stored: { status: 'failed' },
    state: 'Failed',
    next: 'upgrade',
  },
  { name: 'installing failed', status: installed, stored: { status: 'failed' }, state: 'Failed', next: 'exhausted' },
  {
    name: 'installing failed, forced',
    status: installed,
    stored: { status: 'failed' },
    facts: { forced: true },
    state: 'Failed',
    next: 'upgrade',
  },
  {
    name: 'installing failed, a retry is left',
    spec: { install: { remediation: { retries: 1 } } },
    status: installed,
    stored: { status: 'failed' },
    state: 'Failed',
    next: 'uninstall',
  },
  {
    name: 'installing failed, the last failure is remediated',
    spec: { install: { remediation: { remediateLastFailure: true } } },
    status: installed,
    stored: { status: 'failed' },
    state: 'Failed',
    next: 'uninstall',
  },
  { name: 'upgrading failed', status: upgraded, stored: { status: 'failed' }, state: 'Failed', next: 'exhausted' },
  {
    name: 'upgrading failed, retries remediate the last failure, too',
    spec: { upgrade: { remediation: { retries: 1 } } },
    status: { ...upgraded, upgradeFailures: 2 },
    stored: { status: 'failed' },
    state: 'Failed',
    next: 'rollback',
    history: [2, 1],
  },
  {
    name: 'upgrading failed, rolled back',
    spec: remediating,
    status: upgraded,
    stored: { status: 'failed' },
    state: 'Failed',
    next: 'rollback',
  },
  {
    name: 'nothing to roll back to',
    spec: remediating,
    status: { ...upgraded, history: upgraded.history?.slice(0, 1) },
    stored: { status: 'failed' },
    facts: { rollbackTarget: 'missing' },
    state: 'Failed',
    next: 'noRollbackTarget',
  },
  {
    name: 'what would be rolled back to is not what it was',
    spec: remediating,
    status: upgraded,
    stored: { status: 'failed' },
    facts: { rollbackTarget: 'altered' },
    state: 'Failed',
    next: 'upgrade',
  },
  {
    name: 'upgrading failed, uninstalled',
    spec: { upgrade: { remediation: { remediateLastFailure: true, strategy: 'uninstall' } } },
    status: upgraded,
    stored: { status: 'failed' },
    state: 'Failed',
    next: 'uninstall',
  },
  {
    name: 'upgrading failed, tried again',
    spec: retrying,
    status: upgraded,
    stored: { status: 'failed' },
    state: 'Failed',
    next: 'upgrade',
  },
  {
    name: 'installing failed, tried again',
    spec: retrying,
    status: installed,
    stored: { status: 'failed' },
    state: 'Failed',
    next: 'upgrade',
  },
  ...(['superseded', 'unknown'] as const).map(
    (status): Row => ({ name: `the newest is ${status}`, stored: { status }, state: 'Unknown', next: 'undetermined' }),
  ),
]

describe('what is done next with a release', () => {
  for (const { name, spec, status = { history: one }, stored, facts, state, next, history } of rows) {
    test(name, () => {
      const object = aRelease(spec, status)
      const found: StoredRelease = { status: 'deployed', chartName: 'app', chartVersion: '1.0.0', isObserved: true }
      const decision = decide({
        object,
        status: object.status ?? {},
        stored: stored === null ? undefined : { ...found, ...stored },
        chart: { name: 'app', version: '1.0.0' },
        sameValues: true,
        postRenderersDigest: '',
        commonMetadataDigest: '',
        forced: false,
        rollbackTarget: 'intact',
        ...facts,
      })
      const what = decision.next.kind === 'act' ? decision.next.action : decision.next.kind
      assert.deepEqual([decision.state.kind, what], [state, next])
      if (history)
        assert.deepEqual(
          decision.history.map(({ version }) => version),
          history,
        )
    })
  }
})

describe('how a pass ends that may not act again', () => {
  const ends: [string, Partial<HelmRelease['spec']>, HelmReleaseStatus, boolean, string][] = [
    ['nothing was tried', {}, {}, false, 'requeue'],
    ['a retry is left', { install: { remediation: { retries: 3 } } }, installed, false, 'requeue'],
    ['no retry is left', {}, installed, false, 'done'],
    ['tried again after a while', retrying, installed, false, 'retryAfter 300000'],
    ['remediated, a retry is left', { upgrade: { remediation: { retries: 3 } } }, upgraded, true, 'requeue'],
    ['remediated for good', {}, upgraded, true, 'exhausted'],
    [
      'uninstalled after an upgrade, to be installed',
      { upgrade: { remediation: { strategy: 'uninstall' } } },
      upgraded,
      true,
      'requeue',
    ],
    ['uninstalled after an installation for good', {}, installed, true, 'exhausted'],
  ]
  for (const [name, spec, status, remediated, end] of ends) {
    test(name, () => {
      const answer = endOf(aRelease(spec), status, remediated)
      const text = answer.kind === 'retryAfter' ? `${answer.kind} ${answer.milliseconds}` : answer.kind
      assert.equal(text, end)
    })
  }
})
