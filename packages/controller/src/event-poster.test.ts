import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { EventPoster, type PostedEvent } from './event-poster.ts'
import { FakeClock } from './testing/fake-clock.ts'
import { recordingLog } from './testing/recording-log.ts'

interface Received {
  type: string | undefined
  body: Record<string, unknown>
}

let received: Received[] = []
let answers: number[] = []
let address = ''
let stop: () => Promise<void>

beforeEach(async () => {
  received = []
  answers = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    received.push({ type: request.headers['content-type'], body: JSON.parse(text) })
    response.statusCode = answers.shift() ?? 202
    response.end('some words')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  stop = async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
})
afterEach(() => stop())

const KUSTOMIZATION = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: { name: 'apps', namespace: 'flux-system', uid: 'u1', resourceVersion: '7' },
}

const event = (message: string, more: Partial<PostedEvent> = {}): PostedEvent => ({
  object: KUSTOMIZATION,
  severity: 'info',
  reason: 'ReconciliationSucceeded',
  message,
  at: '2026-08-08T06:00:00Z',
  component: 'kustomize-controller',
  ...more,
})

function poster(to = address) {
  const clock = new FakeClock()
  const { log, lines } = recordingLog()
  return { poster: new EventPoster({ address: to, log, clock }), clock, lines }
}

describe('event poster', () => {
  test('posts the body that notification-controller reads', async () => {
    const { poster: made } = poster()
    made.post(event('Applied revision: main@sha1:1', { metadata: { 'kustomize.toolkit.fluxcd.io/revision': 'r' } }))
    await made.close(60_000)
    const [{ type, body } = { type: '', body: {} }] = received
    assert.equal(type, 'application/json')
    assert.equal(typeof body.reportingInstance, 'string')
    assert.deepEqual(
      { ...body, reportingInstance: 'host' },
      {
        involvedObject: {
          apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
          kind: 'Kustomization',
          name: 'apps',
          namespace: 'flux-system',
          uid: 'u1',
          resourceVersion: '7',
        },
        severity: 'info',
        timestamp: '2026-08-08T06:00:00Z',
        message: 'Applied revision: main@sha1:1',
        reason: 'ReconciliationSucceeded',
        metadata: { 'kustomize.toolkit.fluxcd.io/revision': 'r' },
        reportingController: 'kustomize-controller',
        reportingInstance: 'host',
      },
    )
  })

  test('tries again while the receiver fails, and keeps the order of an object', async () => {
    answers = [500, 503, 202]
    const { poster: made, clock, lines } = poster()
    made.post(event('first'))
    made.post(event('second'))
    for (const wait of [1000, 2000]) {
      await clock.untilArmed()
      clock.advance(wait)
    }
    await made.close(60_000)
    assert.deepEqual(
      received.map(r => r.body.message),
      ['first', 'first', 'first', 'second'],
    )
    assert.deepEqual(lines, [])
  })

  test('gives up after four more tries, with a word in the log, and goes on with the next', async () => {
    answers = [500, 500, 500, 500, 500]
    const { poster: made, clock, lines } = poster()
    made.post(event('lost'))
    made.post(event('next'))
    for (const wait of [1000, 2000, 4000, 8000]) {
      await clock.untilArmed()
      clock.advance(wait)
    }
    await made.close(60_000)
    assert.equal(received.length, 6)
    assert.equal(received[5]?.body.message, 'next')
    assert.deepEqual(lines, ['warn cannot post an event'])
  })

  for (const [status, logged] of [
    [429, []],
    [400, ['warn cannot post an event']],
  ] as const) {
    test(`does not repeat what was answered ${status}`, async () => {
      answers = [status]
      const { poster: made, lines } = poster()
      made.post(event('once'))
      await made.close(60_000)
      assert.equal(received.length, 1)
      assert.deepEqual(lines, logged)
    })
  }

  test('stops trying when it is closed and patience is over', async () => {
    const { poster: made, clock } = poster('http://127.0.0.1:1/')
    made.post(event('never'))
    await clock.untilArmed()
    await made.close(1)
    assert.equal(clock.armed, 0)
  })

  test('does not post what is in no namespace', async () => {
    const { poster: made } = poster()
    made.post(event('x', { object: { ...KUSTOMIZATION, metadata: { name: 'apps' } } }))
    await made.close(60_000)
    assert.deepEqual(received, [])
  })

  for (const wrong of ['notification-controller', 'ftp://x/', 'http://user:secret@host/', '']) {
    test(`refuses '${wrong}' as an address without repeating it`, () => {
      assert.throws(() => poster(wrong), /^Error: events address: give an http or https URL without a user/)
    })
  }
})
