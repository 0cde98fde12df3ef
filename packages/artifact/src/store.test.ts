import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { type DirectoryNode, directoryNode } from './content.ts'
import { MemoryTree } from './file-tree.ts'
import { garbageFiles } from './garbage.ts'
import { serveArtifacts } from './serve.ts'
import { ArtifactIntegrityError, ArtifactStore } from './store.ts'
import { TreeCache } from './tree-cache.ts'

function content(text: string): DirectoryNode {
  const root = directoryNode()
  root.children.set('a.yaml', { kind: 'file', executable: false, read: async () => Buffer.from(text) })
  return root
}

describe('the storage', () => {
  let root: string
  let store: ArtifactStore
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'sluice-store-'))
    store = new ArtifactStore({ root, address: 'storage:9090', trees: new TreeCache() })
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  const named = (file: string) => ({
    kind: 'GitRepository',
    namespace: 'ns',
    name: 'app',
    revision: 'main@sha1:x',
    file,
  })

  test('keeps bytes as they are, equal ones once, and a name that stays', async () => {
    const first = await store.writeBytes(named('a.tgz'), Buffer.from('chart'))
    const second = await store.writeBytes({ ...named('a.tgz'), name: 'other' }, Buffer.from('chart'))
    assert.deepEqual(Buffer.from(await store.bytes(second)), Buffer.from('chart'))
    assert.equal(second.digest, first.digest)
    const [a, b] = await Promise.all([first, second].map(({ path }) => stat(join(root, path))))
    assert.equal(a?.ino, b?.ino)
    assert.equal(await store.link(first, 'latest.tgz'), 'http://storage:9090/gitrepository/ns/app/latest.tgz')
    const third = await store.writeBytes(named('b.tgz'), Buffer.from('newer'))
    await store.link(third, 'latest.tgz')
    await utimes(join(root, first.path), 0, 0)
    assert.deepEqual(await store.collectGarbage(third), ['a.tgz'])
    assert.equal(await readFile(join(root, dirname(third.path), 'latest.tgz'), 'utf8'), 'newer')
    assert.deepEqual(Buffer.from(await store.bytes(second)), Buffer.from('chart'))
  })

  test('links to nothing that was changed behind its back', async () => {
    const first = await store.writeBytes(named('a.tgz'), Buffer.from('chart'))
    await writeFile(join(root, first.path), 'other')
    const second = await store.writeBytes({ ...named('a.tgz'), name: 'other' }, Buffer.from('chart'))
    await store.verify(second)
  })

  test('finds what it wrote, and notices what was changed behind its back', async () => {
    const artifact = await store.write(named('x.tar.gz'), content('a'), undefined)
    assert.equal(artifact.url, 'http://storage:9090/gitrepository/ns/app/x.tar.gz')
    await store.verify(artifact)
    await writeFile(join(root, artifact.path), 'other')
    await assert.rejects(store.verify(artifact), ArtifactIntegrityError)
    const later = new ArtifactStore({ root, address: 'https://storage', trees: new TreeCache() })
    await assert.rejects(later.tree(artifact), ArtifactIntegrityError)
    assert.equal(later.urlOf(artifact.path), 'https://storage/gitrepository/ns/app/x.tar.gz')
  })

  test('leaves nothing behind when writing fails', async () => {
    const broken = content('a')
    broken.children.set('b', { kind: 'file', executable: false, read: () => Promise.reject(new Error('no')) })
    await assert.rejects(store.write(named('x.tar.gz'), broken, undefined))
    assert.deepEqual(await readdir(join(root, 'gitrepository/ns/app')), [])
  })

  test("removes an object's artifacts and nothing else", async () => {
    const artifact = await store.write(named('x.tar.gz'), content('a'), undefined)
    const other = await store.write({ ...named('x.tar.gz'), name: 'app-2' }, content('a'), undefined)
    assert.equal(await store.removeAll('GitRepository', 'ns', 'app'), true)
    assert.equal(await store.removeAll('GitRepository', 'ns', 'app'), false)
    assert.equal(await store.exists(artifact), false)
    assert.equal(await store.exists(other), true)
  })

  test('collects the garbage of its rules', async () => {
    const current = await store.write(named('new.tar.gz'), content('a'), undefined)
    const directory = dirname(join(root, current.path))
    await mkdir(directory, { recursive: true })
    for (const name of ['old.tar.gz', 'young.tar.gz', 'younger.tar.gz']) await writeFile(join(directory, name), name)
    const old = new Date(Date.now() - 120_000)
    await utimes(join(directory, 'old.tar.gz'), old, old)
    const soon = new Date(Date.now() - 10_000)
    await utimes(join(directory, 'young.tar.gz'), soon, soon)
    assert.deepEqual((await store.collectGarbage(current)).sort(), ['old.tar.gz', 'young.tar.gz'])
    assert.deepEqual((await readdir(directory)).sort(), ['new.tar.gz', 'younger.tar.gz'])
  })

  test('serves what it has, and only that', async () => {
    const artifact = await store.write(named('x.tar.gz'), content('a'), undefined)
    await writeFile(join(root, 'gitrepository/ns/app/.half.tmp'), 'half')
    const server = await serveArtifacts({ store, host: '127.0.0.1' })
    const url = (path: string) => `http://127.0.0.1:${server.port}/${path}`
    const got = await fetch(url(artifact.path))
    const etag = got.headers.get('etag') ?? ''
    assert.equal(got.status, 200)
    assert.equal(etag, `"${artifact.digest}"`)
    assert.equal((await got.arrayBuffer()).byteLength, artifact.size)
    assert.equal((await fetch(url(artifact.path), { headers: { 'if-none-match': etag } })).status, 304)
    const head = await fetch(url(artifact.path), { method: 'HEAD' })
    assert.equal(head.headers.get('content-length'), String(artifact.size))
    assert.equal((await fetch(url(''))).status, 200)
    for (const path of [
      'nope',
      'gitrepository/ns/app',
      'gitrepository/ns/app/.half.tmp',
      '%2e%2e/%2e%2e/etc/passwd',
      '%00',
      '%zz',
    ]) {
      const missing = await fetch(url(path))
      assert.equal(missing.status, 404, path)
      assert.equal(await missing.text(), '404 page not found\n')
    }
    assert.equal((await fetch(url(artifact.path), { method: 'DELETE' })).status, 405)
    await server.close()
  })
})

describe('garbage', () => {
  const file = (name: string, age: number) => ({ name, modifiedAt: 1_000_000 - age })
  const rules = { current: 'now', now: 1_000_000, ttlMs: 60_000, records: 2 }
  const table: [what: string, files: [string, number][], garbage: string[]][] = [
    [
      'is nothing while the number fits',
      [
        ['now', 0],
        ['before', 10],
      ],
      [],
    ],
    ['is never the current one, however old', [['now', 900_000]], []],
    [
      'is what is older than the time',
      [
        ['now', 0],
        ['before', 70_000],
      ],
      ['before'],
    ],
    [
      'is the oldest of too many',
      [
        ['now', 0],
        ['b', 10],
        ['a', 20],
        ['c', 5],
      ],
      ['a', 'b'],
    ],
    [
      'counts files of one time each',
      [
        ['now', 0],
        ['a', 10],
        ['b', 10],
        ['c', 10],
      ],
      ['a', 'b'],
    ],
    [
      'counts what the time took only once',
      [
        ['now', 0],
        ['old', 70_000],
        ['a', 20],
        ['b', 10],
      ],
      ['old', 'a'],
    ],
    [
      'is a half-written file only when it is old',
      [
        ['now', 0],
        ['.x.tmp', 10],
        ['.y.tmp', 70_000],
      ],
      ['.y.tmp'],
    ],
  ]
  for (const [what, files, garbage] of table) {
    test(what, () => {
      const found = garbageFiles(
        files.map(([name, age]) => file(name, age)),
        rules,
      )
      assert.deepEqual(found.sort(), garbage.sort())
    })
  }
})

describe('the cache of trees', () => {
  const tree = (bytes: number) => new MemoryTree([{ path: 'a', content: new Uint8Array(bytes), executable: false }])

  test('lets go of what was not used for longest', async () => {
    const cache = new TreeCache(3000)
    cache.put('one', tree(1000))
    cache.put('two', tree(1000))
    assert.ok(cache.peek('one'))
    cache.put('three', tree(1000))
    assert.equal(cache.peek('two'), undefined)
    assert.ok(cache.peek('one') && cache.peek('three'))
    cache.put('huge', tree(5000))
    assert.equal(cache.peek('huge'), undefined)
    assert.ok(cache.peek('three'))
    assert.ok(cache.bytes <= 3000)
  })

  test('loads once for all who ask, and again after a failure', async () => {
    const cache = new TreeCache()
    let loads = 0
    const load = async () => {
      loads++
      if (loads === 1) throw new Error('no')
      return tree(1)
    }
    await assert.rejects(cache.get('x', load))
    const [one, other] = await Promise.all([cache.get('x', load), cache.get('x', load)])
    assert.equal(one, other)
    assert.equal(loads, 2)
  })
})
