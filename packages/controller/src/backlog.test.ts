import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Backlog } from './backlog.ts'

interface Item {
  subject: string
  name: string
}

const item = (name: string): Item => ({ subject: name.slice(0, 1), name })

/** A backlog whose work ends when the test says so. */
function held(options: { lanes?: number; most?: number } = {}) {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const dropped: number[] = []
  const backlog = new Backlog<Item>({
    lanes: options.lanes ?? 1,
    most: options.most ?? 100,
    subjectOf: ({ subject }) => subject,
    onDropped: count => dropped.push(count),
    work: ({ name }, signal) => {
      begun.push(name)
      return new Promise(resolve => {
        ends.set(name, resolve)
        signal.addEventListener('abort', () => resolve())
      })
    },
  })
  const end = async (name: string) => {
    ends.get(name)?.()
    await new Promise(resolve => setImmediate(resolve))
  }
  return { backlog, begun, end, dropped }
}

describe('backlog', () => {
  test('works off the items of a subject one after the other, in order', async () => {
    const { backlog, begun, end } = held()
    for (const name of ['a1', 'a2', 'a3']) backlog.add(item(name))
    assert.deepEqual(begun, ['a1'])
    await end('a1')
    assert.deepEqual(begun, ['a1', 'a2'])
    await end('a2')
    await end('a3')
    assert.deepEqual(begun, ['a1', 'a2', 'a3'])
    assert.equal(backlog.length, 0)
  })

  test('a subject that hangs does not hold up those of other lanes', async () => {
    const { backlog, begun, end } = held({ lanes: 2 })
    for (const name of ['a1', 'a2', 'b1', 'b2']) backlog.add(item(name))
    assert.deepEqual(begun, ['a1', 'b1'])
    await end('b1')
    assert.deepEqual(begun, ['a1', 'b1', 'b2'])
  })

  test('drops the oldest when too many wait, and says how many once it is through', async () => {
    const { backlog, begun, end, dropped } = held({ most: 2 })
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) backlog.add(item(name))
    assert.equal(backlog.length, 2)
    await end('a1')
    await end('a4')
    assert.deepEqual(dropped, [])
    await end('a5')
    assert.deepEqual(begun, ['a1', 'a4', 'a5'])
    assert.deepEqual(dropped, [2])
  })

  test('closing waits for all that was added', async () => {
    const done: string[] = []
    const backlog = new Backlog<string>({
      lanes: 2,
      most: 10,
      subjectOf: name => name,
      onDropped: () => assert.fail('nothing is dropped'),
      work: async name => {
        await new Promise(resolve => setImmediate(resolve))
        done.push(name)
      },
    })
    for (const name of ['a', 'b', 'c', 'd']) backlog.add(name)
    await backlog.close(60_000)
    assert.deepEqual(done.sort(), ['a', 'b', 'c', 'd'])
    backlog.add('late')
    assert.equal(backlog.length, 0)
  })

  test('closing gives up when patience is over', async () => {
    const { backlog, begun, dropped } = held()
    for (const name of ['a1', 'a2', 'a3']) backlog.add(item(name))
    await backlog.close(1)
    assert.deepEqual(begun, ['a1'])
    assert.deepEqual(dropped, [2])
  })
})
