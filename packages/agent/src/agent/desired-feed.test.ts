import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DesiredEvent } from '@sluice/api'
import { createLog } from '@sluice/controller'
import { DesiredFeed, type FeedTiming } from './desired-feed.ts'
import { ServiceUnreachable } from './service-client.ts'

const timing: FeedTiming = { backoffFirst: 1, backoffMost: 2, pollEvery: 1, pollFor: 60_000, streamLives: 60_000 }
const synced = (cursor: string): DesiredEvent => ({ event: 'synced', ids: [], cursor, incarnation: 'a' })

interface Call {
  cursor: string
  once: boolean
}

/** Runs a feed against `answer`, which stands for the service's end of connection number `n`, until `done`. */
async function follow(
  answer: (call: Call, n: number) => AsyncGenerator<DesiredEvent>,
  done: (calls: Call[], events: DesiredEvent[]) => boolean,
  react: (feed: DesiredFeed, event: DesiredEvent) => void = () => {},
) {
  const calls: Call[] = []
  const events: DesiredEvent[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = () => done(calls, events) && resolve()
  const feed: DesiredFeed = new DesiredFeed(
    {
      log: createLog('silent'),
      timing,
      client: {
        async *desired({ cursor, once, signal }) {
          calls.push({ cursor, once })
          look()
          yield* answer({ cursor, once }, calls.length)
          if (!once && !signal.aborted) await new Promise(end => signal.addEventListener('abort', end))
        },
      },
      onEvent: event => {
        events.push(event)
        react(feed, event)
        look()
      },
      onConnected: () => {},
    },
    'start',
  )
  feed.start()
  await promise
  return { calls, events, feed }
}

describe('the connection that brings desired state', () => {
  test('goes on where it was cut off', async () => {
    const { calls, feed } = await follow(
      async function* (_, n) {
        yield synced(String(n))
        if (n < 3) throw new ServiceUnreachable('cut', true, undefined)
      },
      calls => calls.length === 3,
    )
    assert.deepEqual(
      calls.map(call => call.cursor),
      ['start', '1', '2'],
    )
    await feed.close()
  })

  test('polls when streams keep breaking', async () => {
    const { calls, events, feed } = await follow(
      async function* ({ once }, n) {
        if (!once) throw new ServiceUnreachable('a proxy gave up', true, undefined)
        yield synced(String(n))
      },
      (_, events) => events.length === 2,
    )
    assert.deepEqual(
      calls.map(call => call.once),
      [false, false, false, true, true],
    )
    assert.deepEqual(events, [synced('4'), synced('5')])
    await feed.close()
  })

  test('a service that is down is no reason to poll', async () => {
    const { calls, feed } = await follow(
      async function* (_, n) {
        if (n < 8) throw new ServiceUnreachable('refused', false, undefined)
        yield synced('x')
      },
      (_, events) => events.length === 1,
    )
    assert.ok(calls.every(call => !call.once))
    await feed.close()
  })

  test('asks for everything again when told to', async () => {
    const { calls, feed } = await follow(
      async function* (_, n) {
        yield synced(String(n))
      },
      calls => calls.length === 2,
      (feed, event) => {
        if (event.event === 'synced' && event.cursor === '1') feed.restart()
      },
    )
    assert.deepEqual(
      calls.map(call => call.cursor),
      ['start', ''],
    )
    await feed.close()
  })
})
