import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Condition } from '@sluice/api'
import { ConditionSet } from './condition-set.ts'
import { SourceFailure } from './source-failure.ts'
import { endOf } from './source-outcome.ts'

type Short = [type: string, status: Condition['status'], reason: string]

function setOf(...conditions: Short[]): ConditionSet {
  const set = new ConditionSet([], 1, new Date(0))
  for (const [type, status, reason] of conditions) set.mark(type, status, reason, `${reason} said`)
  return set
}

const shorts = (set: ConditionSet): string[] =>
  set.list.map(({ type, status, reason }) => `${type}=${status} ${reason}`)

describe('Ready is explained by the worst condition', () => {
  const table: [what: string, conditions: Short[], ready: string][] = [
    ['success', [['ArtifactInStorage', 'True', 'Succeeded']], 'True Succeeded'],
    [
      'a failure before a success',
      [
        ['ArtifactInStorage', 'True', 'Succeeded'],
        ['FetchFailed', 'True', 'Git'],
      ],
      'False Git',
    ],
    [
      'storage before fetching',
      [
        ['FetchFailed', 'True', 'Git'],
        ['StorageOperationFailed', 'True', 'Disk'],
      ],
      'False Disk',
    ],
    [
      'fetching before includes',
      [
        ['IncludeUnavailable', 'True', 'Inc'],
        ['FetchFailed', 'True', 'Git'],
      ],
      'False Git',
    ],
    [
      'the cause before the progress',
      [
        ['Reconciling', 'True', 'Progressing'],
        ['FetchFailed', 'True', 'Git'],
      ],
      'False Git',
    ],
    ['progress alone', [['Reconciling', 'True', 'Progressing']], 'False Progressing'],
    [
      'an artifact before its signature',
      [
        ['SourceVerified', 'True', 'Ok'],
        ['ArtifactInStorage', 'True', 'Succeeded'],
      ],
      'True Succeeded',
    ],
    [
      'a failed signature before all',
      [
        ['ArtifactInStorage', 'True', 'Succeeded'],
        ['SourceVerified', 'False', 'Bad'],
      ],
      'False Bad',
    ],
    [
      'a newer revision',
      [
        ['ArtifactOutdated', 'True', 'NewRevision'],
        ['ArtifactInStorage', 'True', 'S'],
      ],
      'False NewRevision',
    ],
  ]
  for (const [what, conditions, ready] of table) {
    test(what, () => {
      const set = setOf(...conditions)
      set.summarise()
      const { status, reason } = set.get('Ready')!
      assert.equal(`${status} ${reason}`, ready)
    })
  }

  test('and is absent while there is nothing to say', () => {
    const set = setOf()
    set.summarise()
    assert.equal(set.size, 0)
  })
})

describe('a reconciliation ends', () => {
  test('well: again after the interval', () => {
    const set = setOf(['Reconciling', 'True', 'Progressing'], ['ArtifactInStorage', 'True', 'Succeeded'])
    assert.deepEqual(endOf(set, undefined, 1000), {
      observed: true,
      next: { kind: 'done', after: 1000 },
      event: undefined,
    })
    assert.deepEqual(shorts(set), ['Ready=True Succeeded', 'ArtifactInStorage=True Succeeded'])
  })

  test('in a failure worth retrying: progress with retry, an event, the generation unobserved', () => {
    const set = setOf(['Reconciling', 'True', 'Progressing'])
    const ending = endOf(set, new SourceFailure('FetchFailed', 'GitOperationFailed', 'no'), 1000)
    assert.deepEqual(ending, {
      observed: false,
      next: { kind: 'retry' },
      event: { severity: 'error', reason: 'GitOperationFailed', message: 'no' },
    })
    assert.deepEqual(shorts(set), [
      'Reconciling=True ProgressingWithRetry',
      'Ready=False GitOperationFailed',
      'FetchFailed=True GitOperationFailed',
    ])
  })

  test('waiting for another: looks again by itself, quietly', () => {
    const set = setOf(['Reconciling', 'True', 'Progressing'])
    const ending = endOf(set, new SourceFailure('IncludeUnavailable', 'NoArtifact', 'no', { mode: 'waiting' }), 1000)
    assert.deepEqual(ending.next, { kind: 'wait', after: 30_000 })
    assert.equal(ending.event?.severity, 'info')
    assert.equal(ending.observed, false)
  })

  test('stalled: until somebody changes it', () => {
    const set = setOf(['Reconciling', 'True', 'Progressing'])
    const ending = endOf(set, new SourceFailure('FetchFailed', 'URLInvalid', 'no', { mode: 'stalled' }), 1000)
    assert.deepEqual(ending.next, { kind: 'stalled' })
    assert.equal(ending.observed, true)
    assert.deepEqual(shorts(set), ['Stalled=True URLInvalid', 'Ready=False URLInvalid', 'FetchFailed=True URLInvalid'])
  })

  test('with a bad signature: SourceVerified is False and Ready says why', () => {
    const set = setOf(['ArtifactInStorage', 'True', 'Succeeded'])
    endOf(set, new SourceFailure('SourceVerified', 'InvalidCommitSignature', 'no'), 1000)
    assert.deepEqual(shorts(set), [
      'Ready=False InvalidCommitSignature',
      'ArtifactInStorage=True Succeeded',
      'SourceVerified=False InvalidCommitSignature',
    ])
  })
})

test('conditions observed last come first after the three', () => {
  const old = new ConditionSet([], 1, new Date(0))
  old.mark('ArtifactInStorage', 'True', 'Succeeded', 'x')
  const set = new ConditionSet(old.list, 2, new Date(1000))
  set.mark('FetchFailed', 'True', 'Git', 'x')
  assert.deepEqual(
    set.list.map(one => one.type),
    ['FetchFailed', 'ArtifactInStorage'],
  )
})
