import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { configMap, newDataDir } from '../testing/test-server.ts'
import { ObjectStore } from './object-store.ts'
import type { StoreEvent } from './stored.ts'

const folder = newDataDir()
after(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newFile = () => join(folder, `${files++}.db`)

const object = (name: string, value: string) => ({
  ...configMap(name, { value }),
  metadata: { name, namespace: 'ns' },
})

describe('a store', () => {
  test('has what was committed when it is opened again, and goes on counting', async () => {
    const file = newFile()
    const store = new ObjectStore(file)
    const maps = store.collection('/configmaps')
    await store.put(maps, object('a', '1')).committed
    await store.put(maps, object('b', '1')).committed
    const b = maps.get('ns', 'b')
    assert.ok(b)
    await store.remove(maps, b).committed
    const { revision } = store
    store.close()
    const again = new ObjectStore(file)
    assert.equal(again.revision, revision)
    assert.deepEqual(
      again
        .collection('/configmaps')
        .items()
        .map(s => s.object.metadata.name),
      ['a'],
    )
    const { stored } = again.put(again.collection('/configmaps'), object('c', '1'))
    assert.ok(stored.revision > revision)
    again.close()
  })

  test('is refused to a second opener', () => {
    const file = newFile()
    const store = new ObjectStore(file)
    assert.throws(() => new ObjectStore(file), /locked/)
    store.close()
  })

  test('shows a write to watchers only once it is committed, all of a turn in order', async () => {
    const store = new ObjectStore(newFile())
    const maps = store.collection('/configmaps')
    const seen: string[] = []
    maps.watchers.add(event => seen.push(`${event.type} ${event.stored.object.metadata.name}`))
    const first = store.put(maps, object('a', '1')).committed
    const second = store.put(maps, object('a', '2')).committed
    assert.deepEqual(seen, [])
    assert.equal(store.settled(), first)
    await Promise.all([first, second])
    assert.deepEqual(seen, ['ADDED a', 'MODIFIED a'])
    assert.equal(store.settled(), undefined)
    store.close()
  })

  test('lists by key: the slash after a namespace counts', async () => {
    const store = new ObjectStore(newFile())
    const maps = store.collection('/configmaps')
    for (const namespace of ['a-b', 'a', 'b']) {
      store.put(maps, { ...object('x', '1'), metadata: { name: 'x', namespace } })
    }
    await store.settled()
    assert.deepEqual(
      maps.items().map(s => s.object.metadata.namespace),
      ['a-b', 'a', 'b'],
    )
    store.close()
  })

  test('knows every earlier state, and equals a model after any writes', async () => {
    const operation = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      value: fc.string({ maxLength: 3 }),
      remove: fc.boolean(),
      settle: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 30 }), async operations => {
        const file = newFile()
        const store = new ObjectStore(file)
        const maps = store.collection('/configmaps')
        const model = new Map<string, string>()
        const states = new Map<number, string>()
        const text = (items: readonly { object: { metadata: { name: string }; [f: string]: unknown } }[]) =>
          JSON.stringify(items.map(s => [s.object.metadata.name, Object(s.object.data).value]))
        const events: StoreEvent[] = []
        maps.watchers.add(event => events.push(event))
        for (const { name, value, remove, settle } of operations) {
          const present = maps.get('ns', name)
          const change = remove ? present && store.remove(maps, present) : store.put(maps, object(name, value))
          if (remove) model.delete(name)
          else model.set(name, value)
          if (change) {
            states.set(change.stored.revision, JSON.stringify([...model].sort(([a], [b]) => (a < b ? -1 : 1))))
          }
          if (settle) await store.settled()
        }
        await store.settled()
        for (const [revision, expected] of states) assert.equal(text(maps.itemsAt(revision) ?? []), expected)
        assert.deepEqual(
          events.map(e => e.revision),
          [...states.keys()],
        )
        const now = text(maps.items())
        store.close()
        const again = new ObjectStore(file)
        assert.equal(text(again.collection('/configmaps').items()), now)
        again.close()
      }),
      { numRuns: 30 },
    )
  })
})
