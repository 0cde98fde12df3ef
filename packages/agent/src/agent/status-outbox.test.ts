import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { StatusReport } from '@sluice/api'
import { createLog } from '@sluice/controller'
import { ServiceError, ServiceUnreachable } from './service-client.ts'
import { StatusOutbox } from './status-outbox.ts'

const log = createLog('silent')
const report = (id: string, generation: number, errorMessage = ''): StatusReport => ({
  id,
  generation,
  provisioningState: 'Succeeded',
  errorMessage,
})

/** A service that keeps what it is told, and answers as `behave` says. */
function service(behave: (batch: StatusReport[], call: number) => void = () => {}) {
  const batches: StatusReport[][] = []
  const known = new Map<string, StatusReport>()
  const delayed: string[] = []
  let waiting: { met: () => boolean; resolve: () => void }[] = []
  const look = () => {
    waiting = waiting.filter(({ met, resolve }) => {
      if (!met()) return true
      resolve()
      return false
    })
  }
  const outbox = new StatusOutbox({
    log,
    gather: 1,
    backoff: { first: 1, most: 4 },
    async send(reports) {
      batches.push(reports)
      try {
        behave(reports, batches.length)
        for (const one of reports) known.set(one.id, one)
      } finally {
        setImmediate(look)
      }
    },
    onAccepted: () => {},
    onDelayed: ids => void delayed.push(...ids),
  })
  const until = (met: () => boolean) =>
    new Promise<void>(resolve => {
      waiting.push({ met, resolve })
      look()
    })
  return { outbox, batches, known, delayed, until }
}

describe('statuses on their way to the service', () => {
  test('several travel together, the newest of each resource, and the same again not at all', async () => {
    const { outbox, batches, known, until } = service()
    outbox.put(report('a', 1))
    outbox.put(report('b', 1))
    outbox.put(report('a', 1, 'newer'))
    await until(() => known.size === 2)
    assert.deepEqual(batches, [[report('a', 1, 'newer'), report('b', 1)]])
    outbox.put(report('a', 1, 'newer'))
    await outbox.close()
    assert.equal(batches.length, 1)
  })

  test('a report about an older generation is no news', async () => {
    const { outbox, known, until } = service()
    outbox.put(report('a', 2))
    outbox.put(report('a', 1, 'late'))
    await until(() => known.has('a'))
    assert.equal(known.get('a')?.generation, 2)
    await outbox.close()
  })

  test('a service that counts anew is listened to', async () => {
    const { outbox, known, until } = service()
    outbox.put(report('a', 5))
    await until(() => known.has('a'))
    outbox.expect('a', 1)
    outbox.put(report('a', 1, 'anew'))
    await until(() => known.get('a')?.generation === 1)
    await outbox.close()
  })

  test('an unreachable service is tried until it is there; who waits is told', async () => {
    const { outbox, batches, known, delayed, until } = service((_, call) => {
      if (call < 4) throw new ServiceUnreachable('down', false, undefined)
    })
    outbox.put(report('a', 1))
    await until(() => known.has('a'))
    assert.equal(batches.length, 4)
    assert.deepEqual(delayed, ['a'])
    await outbox.close()
  })

  test('after a new connection everything is told again', async () => {
    const { outbox, batches, known, until } = service()
    outbox.put(report('a', 1))
    await until(() => known.has('a'))
    outbox.resend()
    await until(() => batches.length === 2)
    assert.deepEqual(batches[1], [report('a', 1)])
    await outbox.close()
  })

  test('a report that the service refuses does not hold up the others and is not repeated', async () => {
    const { outbox, batches, known, until } = service(batch => {
      if (batch.some(one => one.id === 'bad')) throw new ServiceError(400, 'InvalidRequestContent', 'wrong')
    })
    for (const id of ['a', 'bad', 'b']) outbox.put(report(id, 1))
    await until(() => known.has('b'))
    const count = batches.length
    outbox.put(report('c', 1))
    await until(() => known.has('c'))
    assert.deepEqual(batches.slice(count), [[report('c', 1)]])
    await outbox.close()
  })

  test('a batch holds no more than the service takes', async () => {
    const { outbox, batches, known, until } = service()
    const large = 'x'.repeat(1_500_000)
    for (const id of ['a', 'b', 'c', 'd', 'e']) outbox.put(report(id, 1, large))
    await until(() => known.size === 5)
    assert.deepEqual(
      batches.map(batch => batch.length),
      [2, 2, 1],
    )
    await outbox.close()
  })

  test('closing sends what waits', async () => {
    const { outbox, known } = service()
    outbox.put(report('a', 1))
    await outbox.close()
    assert.ok(known.has('a'))
  })
})
