import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { FakeClock } from './testing/fake-clock.ts'
import { WorkQueue } from './work-queue.ts'

function queueWithClock(backoff = { first: 100, most: 1000 }) {
  const clock = new FakeClock()
  return { clock, queue: new WorkQueue({ backoff, clock }) }
}

/** Takes all that is ready and is done with it at once. */
function drained(queue: WorkQueue): string[] {
  const keys: string[] = []
  for (let key = queue.take(); key !== undefined; key = queue.take()) {
    keys.push(key)
    queue.done(key)
  }
  return keys
}

describe('work queue', () => {
  test('gives keys in the order they came, each once however often it was asked for', () => {
    const { queue } = queueWithClock()
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key)
    assert.equal(queue.length, 3)
    assert.deepEqual(drained(queue), ['a', 'b', 'c'])
  })

  test('gives urgent keys first, also those that already wait', () => {
    const { queue } = queueWithClock()
    for (const key of ['a', 'b', 'c']) queue.add(key)
    queue.add('c', true)
    queue.add('c')
    assert.deepEqual(drained(queue), ['c', 'a', 'b'])
  })

  test('never gives a key that is being worked on, but once more afterwards', () => {
    const { queue } = queueWithClock()
    queue.add('a')
    assert.equal(queue.take(), 'a')
    queue.add('a')
    queue.add('a')
    assert.equal(queue.take(), undefined)
    queue.done('a')
    assert.deepEqual(drained(queue), ['a'])
    assert.equal(queue.idle, true)
  })

  test('remembers that a key asked for during its run is urgent', () => {
    const { queue } = queueWithClock()
    queue.add('a')
    queue.take()
    queue.add('a', true)
    queue.add('a')
    queue.add('b')
    queue.done('a')
    assert.deepEqual(drained(queue), ['a', 'b'])
  })

  test('wakes its listener when a delayed key falls due, not before', () => {
    const { queue, clock } = queueWithClock()
    let woken = 0
    queue.onReady(() => woken++)
    queue.addAfter('a', 500)
    clock.advance(499)
    assert.equal(woken, 0)
    clock.advance(1)
    assert.equal(woken, 1)
    assert.deepEqual(drained(queue), ['a'])
  })

  test('keeps the earlier of two delays', () => {
    const { queue, clock } = queueWithClock()
    queue.addAfter('a', 500)
    queue.addAfter('a', 900)
    queue.addAfter('b', 900)
    queue.addAfter('b', 500)
    clock.advance(500)
    assert.deepEqual(drained(queue), ['a', 'b'])
    clock.advance(10_000)
    assert.deepEqual(drained(queue), [])
  })

  test('forgets a delay once the key is asked for at once', () => {
    const { queue, clock } = queueWithClock()
    queue.addAfter('a', 500)
    queue.add('a')
    assert.deepEqual(drained(queue), ['a'])
    clock.advance(1000)
    assert.deepEqual(drained(queue), [])
    assert.equal(clock.armed, 0)
  })

  test('a delay that falls due during the run leads to one more run', () => {
    const { queue, clock } = queueWithClock()
    queue.add('a')
    queue.take()
    queue.addAfter('a', 100)
    clock.advance(100)
    assert.equal(queue.take(), undefined)
    queue.done('a')
    assert.deepEqual(drained(queue), ['a'])
  })

  test('waits longer than a timer can hold', () => {
    const { queue, clock } = queueWithClock()
    const year = 365 * 24 * 3_600_000
    queue.addAfter('a', year)
    clock.advance(year - 1)
    assert.deepEqual(drained(queue), [])
    clock.advance(1)
    assert.deepEqual(drained(queue), ['a'])
  })

  test('backs off by key, doubling up to the most, and anew after success', () => {
    const { queue, clock } = queueWithClock()
    const failed = () => {
      const delay = queue.addRateLimited('a')
      clock.advance(delay)
      drained(queue)
      return delay
    }
    assert.deepEqual([failed(), failed(), failed(), failed(), failed(), failed()], [100, 200, 400, 800, 1000, 1000])
    assert.equal(queue.addRateLimited('b'), 100)
    queue.forget('a')
    assert.equal(failed(), 100)
  })

  test('drops all that waits for a removed key', () => {
    const { queue, clock } = queueWithClock()
    queue.addAfter('delayed', 10)
    queue.add('ready')
    queue.add('running')
    queue.add('urgent', true)
    for (const key of ['delayed', 'ready', 'urgent']) queue.remove(key)
    assert.equal(queue.take(), 'running')
    queue.add('running')
    queue.remove('running')
    queue.done('running')
    clock.advance(1000)
    assert.deepEqual(drained(queue), [])
  })

  test('closed, it takes in nothing and leaves no timer behind', () => {
    const { queue, clock } = queueWithClock()
    queue.add('a')
    queue.addAfter('b', 100)
    queue.take()
    queue.close()
    queue.add('c')
    queue.addAfter('a', 100)
    queue.addRateLimited('a')
    queue.done('a')
    assert.equal(clock.armed, 0)
    assert.equal(queue.take(), undefined)
  })

  test('loses no wake-up and never runs a key twice at once, whatever happens in which order', () => {
    const key = fc.constantFrom('a', 'b', 'c')
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), key, urgent: fc.boolean() }),
      fc.record({ do: fc.constant('after' as const), key, delay: fc.nat(50) }),
      fc.record({ do: fc.constant('take' as const) }),
      fc.record({ do: fc.constant('done' as const), key }),
      fc.record({ do: fc.constant('advance' as const), by: fc.nat(60) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const { queue, clock } = queueWithClock()
        const running = new Set<string>()
        const owed = new Set<string>()
        const start = (taken: string) => {
          assert.ok(!running.has(taken), 'taken twice at once')
          running.add(taken)
          owed.delete(taken)
        }
        for (const s of steps) {
          if (s.do === 'add') {
            queue.add(s.key, s.urgent)
            owed.add(s.key)
          } else if (s.do === 'after') {
            queue.addAfter(s.key, s.delay)
            owed.add(s.key)
          } else if (s.do === 'advance') clock.advance(s.by)
          else if (s.do === 'done') {
            if (running.delete(s.key)) queue.done(s.key)
          } else {
            const taken = queue.take()
            if (taken !== undefined) start(taken)
          }
        }
        // Whatever was asked for and not begun since is given in the end.
        for (const left of [...running]) queue.done(left)
        running.clear()
        clock.advance(1000)
        for (let taken = queue.take(); taken !== undefined; taken = queue.take()) start(taken)
        assert.deepEqual([...owed], [])
      }),
    )
  })
})
