import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Condition } from '@sluice/api'
import { type ConditionDraft, conditionOf, isTrue, timestamp, withCondition, withoutCondition } from './conditions.ts'

const MORNING = new Date('2026-08-08T06:00:00.789Z')
const NOON = new Date('2026-08-08T12:00:00Z')

const draft = (type: string, status: Condition['status'] = 'True', message = 'm', reason = 'R'): ConditionDraft => ({
  type,
  status,
  reason,
  message,
})

const types = (conditions: readonly Condition[]) => conditions.map(c => c.type)

function made(...drafts: ConditionDraft[]): Condition[] {
  return drafts.reduce<Condition[]>((conditions, each) => withCondition(conditions, each, 1, MORNING), [])
}

describe('conditions', () => {
  test('are written with the generation they are about, and times of whole seconds', () => {
    assert.deepEqual(withCondition([], draft('Ready'), 3, MORNING), [
      {
        type: 'Ready',
        status: 'True',
        observedGeneration: 3,
        lastTransitionTime: '2026-08-08T06:00:00Z',
        reason: 'R',
        message: 'm',
      },
    ])
  })

  test('stand in the order Stalled, Reconciling, Ready, then by name', () => {
    const conditions = made(draft('SourceVerified'), draft('Ready'), draft('ArtifactInStorage'), draft('Reconciling'))
    assert.deepEqual(types(conditions), ['Reconciling', 'Ready', 'ArtifactInStorage', 'SourceVerified'])
    assert.deepEqual(types(made(draft('Healthy'), draft('Ready'), draft('Stalled'))), ['Stalled', 'Ready', 'Healthy'])
  })

  test('those of a newer generation stand before those of an older one', () => {
    const before = made(draft('Ready'), draft('Released'))
    const conditions = withCondition(before, draft('TestSuccess'), 2, NOON)
    assert.deepEqual(
      conditions.map(({ type }) => type),
      ['Ready', 'TestSuccess', 'Released'],
    )
  })

  test('keep their transition time while status, reason and message stay, whatever the generation', () => {
    const conditions = withCondition(made(draft('Ready')), draft('Ready'), 2, NOON)
    assert.equal(conditions[0]?.lastTransitionTime, timestamp(MORNING))
    assert.equal(conditions[0]?.observedGeneration, 2)
  })

  for (const [what, changed] of [
    ['status', draft('Ready', 'False')],
    ['reason', draft('Ready', 'True', 'm', 'Other')],
    ['message', draft('Ready', 'True', 'other')],
  ] as const) {
    test(`move their transition time with the ${what}`, () => {
      const conditions = withCondition(made(draft('Ready')), changed, 1, NOON)
      assert.equal(conditions.length, 1)
      assert.equal(conditions[0]?.lastTransitionTime, timestamp(NOON))
    })
  }

  test('Reconciling and Stalled exclude each other when they become true', () => {
    assert.deepEqual(types(made(draft('Stalled'), draft('Reconciling'))), ['Reconciling'])
    assert.deepEqual(types(made(draft('Reconciling'), draft('Stalled'))), ['Stalled'])
    assert.deepEqual(types(made(draft('Stalled'), draft('Reconciling', 'False'))), ['Stalled', 'Reconciling'])
  })

  test('leave the list they were given as it was', () => {
    const before = made(draft('Ready'))
    const copy = structuredClone(before)
    withCondition(before, draft('Ready', 'False'), 2, NOON)
    withoutCondition(before, 'Ready')
    assert.deepEqual(before, copy)
  })

  test('cut messages that are too long for a status', () => {
    const [condition] = withCondition([], draft('Ready', 'False', 'x'.repeat(40_000)), 1, NOON)
    assert.equal(condition?.message.length, 32_768)
    assert.ok(condition?.message.endsWith('x...'))
    const again = withCondition(condition ? [condition] : [], draft('Ready', 'False', 'x'.repeat(40_000)), 1, MORNING)
    assert.equal(again[0]?.lastTransitionTime, timestamp(NOON))
  })

  test('are found, asked and taken away by type', () => {
    const conditions = made(draft('Ready'), draft('Healthy', 'Unknown'), draft('Reconciling'))
    assert.equal(conditionOf(conditions, 'Healthy')?.status, 'Unknown')
    assert.equal(isTrue(conditions, 'Ready'), true)
    assert.equal(isTrue(conditions, 'Healthy'), false)
    assert.equal(isTrue(undefined, 'Ready'), false)
    assert.deepEqual(types(withoutCondition(conditions, 'Reconciling', 'Healthy')), ['Ready'])
  })
})
