import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BuildSlots } from './build-slots.ts'

const never = new AbortController().signal
const turn = () => new Promise(resolve => setImmediate(resolve))

test('so many run at once, the others in the order in which they came', async () => {
  const slots = new BuildSlots(2)
  const started: number[] = []
  let [running, most] = [0, 0]
  const step = (n: number) => async () => {
    started.push(n)
    most = Math.max(most, ++running)
    await turn()
    running -= 1
  }
  await Promise.all([1, 2, 3, 4, 5].map(n => slots.run(never, step(n))))
  assert.deepEqual([started, most], [[1, 2, 3, 4, 5], 2])
})

test('a step that fails gives its slot back, one that is cancelled while it waits takes none', async () => {
  const slots = new BuildSlots(1)
  await assert.rejects(
    slots.run(never, async () => Promise.reject(new Error('broken'))),
    /broken/,
  )
  const controller = new AbortController()
  const first = slots.run(never, turn)
  const cancelled = slots.run(controller.signal, async () => assert.fail('has started'))
  const last = slots.run(never, async () => 'last')
  controller.abort(new Error('enough'))
  await assert.rejects(cancelled, /enough/)
  await first
  assert.equal(await last, 'last')
})
