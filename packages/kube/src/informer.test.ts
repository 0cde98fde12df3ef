import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { KubeObject } from '@sluice/api'
import { Informer, type InformerOptions, isNewer } from './informer.ts'
import { configMap, type ScriptedServer, scriptedServer } from './testing/scripted-server.ts'

const KIND = { apiVersion: 'v1', kind: 'ConfigMap' }

let server: ScriptedServer
const open: Informer<string>[] = []

beforeEach(async () => {
  server = await scriptedServer()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map(informer => informer.close()))
  await server.close()
})

/** Keeps an object's resource version; tells of changes as `added name@version`. */
function informer(options: Partial<InformerOptions<string>> = {}) {
  const made = new Informer<string>(server.client, KIND, { keep: o => o.metadata.resourceVersion ?? '', ...options })
  const heard: string[] = []
  const waiting: { text: string; resolve: () => void }[] = []
  made.onChange(({ type, object, kept }) => {
    heard.push(`${type} ${object.metadata.name}@${kept}`)
    for (const each of waiting) if (heard.includes(each.text)) each.resolve()
  })
  open.push(made)
  const told = (text: string) =>
    heard.includes(text) ? Promise.resolve() : new Promise<void>(resolve => waiting.push({ text, resolve }))
  return { informer: made, heard, told }
}

const names = (each: Informer<string>, ...wanted: string[]) => wanted.filter(name => each.has('default', name))
const lists = () => server.requests.filter(r => !r.includes('watch='))

describe('informer', () => {
  test('lists page by page, then watches from where the list was taken', async () => {
    server.list = query =>
      query.get('continue') === 'second'
        ? { items: [configMap('b', 3)], resourceVersion: '10' }
        : { items: [configMap('a', 2)], resourceVersion: '10', continue: 'second' }
    const { informer: made, heard, told } = informer()
    made.start()
    await made.synced
    assert.deepEqual(heard, ['added a@2', 'added b@3'])
    const watch = await server.watch()
    assert.equal(watch.query.get('resourceVersion'), '10')
    assert.equal(watch.query.get('allowWatchBookmarks'), 'true')
    watch.send('ADDED', configMap('c', 11))
    watch.send('MODIFIED', configMap('a', 12))
    watch.send('DELETED', configMap('b', 13))
    await told('deleted b@3')
    assert.deepEqual(heard.slice(2), ['added c@11', 'modified a@12', 'deleted b@3'])
    assert.deepEqual([...made.values()], ['12', '11'])
  })

  test('goes on from the last event or bookmark when a watch ends or breaks, without a list', async () => {
    const { informer: made, told } = informer()
    made.start()
    const first = await server.watch()
    first.send('ADDED', configMap('a', 5))
    await told('added a@5')
    first.end()
    const second = await server.watch()
    assert.equal(second.query.get('resourceVersion'), '5')
    second.send('BOOKMARK', { ...configMap('', 9), metadata: { resourceVersion: '9' } })
    second.send('ADDED', configMap('b', 8))
    await told('added b@8')
    second.send('BOOKMARK', { ...configMap('', 20), metadata: { resourceVersion: '20' } })
    second.send('ADDED', configMap('c', 21))
    await told('added c@21')
    second.break()
    const third = await server.watch()
    assert.equal(third.query.get('resourceVersion'), '21')
    assert.equal(lists().length, 1)
  })

  test('lists again when the server has forgotten the place, and tells what was deleted meanwhile', async () => {
    server.list = () => ({ items: [configMap('a', 2), configMap('b', 3)], resourceVersion: '10' })
    const { informer: made, heard, told } = informer()
    made.start()
    const watch = await server.watch()
    server.list = () => ({ items: [configMap('a', 2), configMap('c', 15)], resourceVersion: '20' })
    watch.send('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' })
    await told('deleted b@3')
    assert.deepEqual(heard.slice(2), ['added c@15', 'deleted b@3'])
    const next = await server.watch()
    assert.equal(next.query.get('resourceVersion'), '20')
  })

  test('lists again when the place is refused at once, too', async () => {
    let refusals = 1
    server.refuseWatch = () => (refusals-- > 0 ? { code: 410, reason: 'Expired' } : undefined)
    const { informer: made } = informer()
    made.start()
    await server.watch()
    assert.equal(lists().length, 2)
  })

  test('of a client that is closed it ends, so that nobody waits for it', async () => {
    await server.client.discovery.refresh()
    await server.client.transport.close()
    const { informer: made } = informer({ onError: () => {} })
    made.start()
    await made.synced
    assert.equal(made.isSynced, false)
    assert.deepEqual(server.requests, [])
  })

  test('a busy server is asked again for the watch, not for the list', async () => {
    let refusals = 2
    server.refuseWatch = () => (refusals-- > 0 ? { code: 429, reason: 'TooManyRequests' } : undefined)
    const { informer: made } = informer({ onError: () => {} })
    made.start()
    const watch = await server.watch()
    assert.equal(watch.query.get('resourceVersion'), '1')
    assert.equal(lists().length, 1)
  })

  test('takes in the answer to an own write at once, and the watch event for it tells nothing new', async () => {
    const { informer: made, heard, told } = informer()
    made.start()
    const watch = await server.watch()
    made.observe(configMap('a', 5))
    assert.deepEqual(heard, ['added a@5'])
    watch.send('ADDED', configMap('a', 5))
    watch.send('ADDED', configMap('b', 6))
    await told('added b@6')
    assert.deepEqual(heard, ['added a@5', 'added b@6'])
  })

  test('does not go back when the watch brings an older state than the answer to an own write', async () => {
    const { informer: made, heard, told } = informer()
    made.start()
    const watch = await server.watch()
    watch.send('ADDED', configMap('a', 4))
    await told('added a@4')
    made.observe(configMap('a', 7))
    watch.send('MODIFIED', configMap('a', 6))
    watch.send('MODIFIED', configMap('a', 7))
    watch.send('MODIFIED', configMap('a', 8))
    await told('modified a@8')
    assert.deepEqual(heard, ['added a@4', 'modified a@7', 'modified a@8'])
  })

  test('an answer from before a deletion that was already told does not bring the object back', async () => {
    const { informer: made, told } = informer()
    made.start()
    const watch = await server.watch()
    watch.send('ADDED', configMap('a', 4))
    watch.send('DELETED', configMap('a', 6))
    await told('deleted a@4')
    made.observe(configMap('a', 5))
    assert.deepEqual(names(made, 'a'), [])
    made.observe(configMap('a', 9, { uid: 'another' }))
    assert.deepEqual(names(made, 'a'), ['a'])
  })

  test('a late word of a deletion does not take away the object of the same name made since', async () => {
    const { informer: made, heard, told } = informer()
    made.start()
    const watch = await server.watch()
    watch.send('ADDED', configMap('a', 4))
    await told('added a@4')
    made.observe(configMap('a', 9, { uid: 'another' }))
    watch.send('DELETED', configMap('a', 8))
    watch.send('ADDED', configMap('a', 9, { uid: 'another' }))
    watch.send('ADDED', configMap('b', 10))
    await told('added b@10')
    assert.deepEqual(heard, ['added a@4', 'modified a@9', 'added b@10'])
    assert.equal(made.get('default', 'a'), '9')
  })

  test('an object made while a list was on its way is not taken for deleted', async () => {
    let listing: (() => void) | undefined
    const { informer: made, heard } = informer()
    server.list = () => {
      // The answer is made up, and then our own write is answered before it arrives.
      listing?.()
      return { items: [configMap('a', 2)], resourceVersion: '10' }
    }
    listing = () => made.observe(configMap('new', 11))
    made.start()
    await made.synced
    assert.deepEqual(heard, ['added new@11', 'added a@2'])
    assert.deepEqual(names(made, 'new', 'a'), ['new', 'a'])
  })

  test('believes a server that was set back to an earlier state', async () => {
    server.list = () => ({ items: [configMap('a', 900), configMap('b', 901)], resourceVersion: '1000' })
    const { informer: made, told } = informer()
    made.start()
    const watch = await server.watch()
    server.list = () => ({ items: [configMap('a', 400)], resourceVersion: '500' })
    watch.send('ERROR', { kind: 'Status', code: 504, reason: 'Timeout', message: 'Too large resource version' })
    await told('deleted b@901')
    assert.equal(made.get('default', 'a'), '400')
    const next = await server.watch()
    assert.equal(next.query.get('resourceVersion'), '500')
    next.send('MODIFIED', configMap('a', 501))
    await told('modified a@501')
  })

  test('takes in nothing that its selector or namespace leaves out', async () => {
    const { informer: made, told } = informer({ labelSelector: 'app=web', namespace: 'default' })
    made.start()
    const watch = await server.watch()
    assert.equal(watch.query.get('labelSelector'), 'app=web')
    made.observe(configMap('plain', 5))
    made.observe(configMap('far', 5, { namespace: 'other', labels: { app: 'web' } }))
    made.observe(configMap('near', 6, { labels: { app: 'web' } }))
    assert.deepEqual([...made.values()], ['6'])
    // Its label is taken off by somebody, then our own late answer arrives.
    watch.send('DELETED', configMap('near', 7))
    await told('deleted near@6')
    made.observe(configMap('near', 8))
    assert.equal(made.size, 0)
  })

  test('tells the other handlers and goes on when one throws', async () => {
    const errors: unknown[] = []
    const { informer: made, told } = informer({ onError: error => errors.push(error) })
    made.onChange(() => {
      throw new Error('a handler broke')
    })
    const after: string[] = []
    made.onChange(({ object }) => after.push(object.metadata.name))
    made.start()
    const watch = await server.watch()
    watch.send('ADDED', configMap('a', 5))
    watch.send('ADDED', configMap('b', 6))
    await told('added b@6')
    assert.deepEqual(after, ['a', 'b'])
    assert.deepEqual(errors.map(String), ['Error: a handler broke', 'Error: a handler broke'])
    assert.equal(lists().length, 1)
  })

  test('an object that cannot be kept is told of and left out, the others stay', async () => {
    const errors: unknown[] = []
    const keep = (object: KubeObject) => {
      if (object.metadata.name === 'odd') throw new Error('odd')
      return object.metadata.name
    }
    server.list = () => ({ items: [configMap('odd', 2), configMap('a', 3)], resourceVersion: '10' })
    const { informer: made } = informer({ keep, onError: error => errors.push(error) })
    made.start()
    await made.synced
    assert.deepEqual([...made.values()], ['a'])
    assert.equal(errors.length, 1)
  })

  test('says after the first refusal that it was tried, and is synced once it succeeds', async () => {
    let refusals = 1
    const errors: unknown[] = []
    server.list = () =>
      refusals-- > 0 ? { code: 403, reason: 'Forbidden' } : { items: [configMap('a', 2)], resourceVersion: '3' }
    const { informer: made } = informer({ onError: error => errors.push(error) })
    made.start()
    await made.tried
    assert.equal(made.isSynced, false)
    assert.equal(errors.length, 1)
    await made.synced
    assert.equal(made.isSynced, true)
    assert.deepEqual(names(made, 'a'), ['a'])
  })

  test('begins as soon as somebody finds out that its kind is served now', async () => {
    server.serves = false
    const { informer: made } = informer()
    made.start()
    await made.tried
    assert.equal(made.isSynced, false)
    server.serves = true
    await server.client.discovery.refresh()
    await made.synced
    assert.equal(made.isSynced, true)
  })

  test('closed before its first list, it keeps nobody waiting', async () => {
    server.list = () => ({ code: 500, reason: 'InternalError' })
    const { informer: made } = informer({ onError: () => {} })
    made.start()
    await made.tried
    await made.close()
    await made.synced
    assert.equal(made.isSynced, false)
  })
})

test('resource versions are compared as numbers of any length', () => {
  assert.equal(isNewer('10', '9'), true)
  assert.equal(isNewer('9', '10'), false)
  assert.equal(isNewer('10', '10'), false)
  assert.equal(isNewer('18446744073709551616', '18446744073709551615'), true)
})
