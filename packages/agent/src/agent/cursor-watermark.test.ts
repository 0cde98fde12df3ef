import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { CursorWatermark } from './cursor-watermark.ts'

describe('the cursor that a restart goes on from', () => {
  test('moves with the slowest', () => {
    const moved: string[] = []
    const mark = new CursorWatermark('0', cursor => void moved.push(cursor))
    mark.arrived('1', 'a')
    mark.arrived('2', 'b')
    mark.settled('b')
    assert.equal(mark.reached, '0')
    mark.settled('a')
    assert.equal(mark.reached, '2')
    mark.arrived('3')
    assert.deepEqual(moved, ['2', '3'])
  })

  test('a newer wish for the same resource takes the place of the older', () => {
    const mark = new CursorWatermark('', () => {})
    mark.arrived('1', 'a')
    mark.arrived('2', 'a')
    assert.equal(mark.reached, '1')
    mark.settled('a')
    assert.equal(mark.reached, '2')
  })

  test('never passes what is not settled, and in the end reaches the last', () => {
    const step = fc.record({
      id: fc.constantFrom('a', 'b', 'c', undefined),
      settle: fc.constantFrom('a', 'b', 'c', undefined),
    })
    fc.assert(
      fc.property(fc.array(step), steps => {
        const mark = new CursorWatermark('-1', () => {})
        const open = new Map<string, number>()
        for (const [at, { id, settle }] of steps.entries()) {
          if (id) open.set(id, at)
          mark.arrived(String(at), id)
          if (settle) {
            open.delete(settle)
            mark.settled(settle)
          }
          for (const unsettled of open.values()) assert.ok(Number(mark.reached) < unsettled)
        }
        for (const id of ['a', 'b', 'c']) mark.settled(id)
        assert.equal(mark.reached, String(steps.length - 1))
      }),
    )
  })
})
