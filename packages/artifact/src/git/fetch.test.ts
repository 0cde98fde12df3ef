import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { walk } from '../content.ts'
import { GitFixture, git as runGit } from '../testing/git-fixture.ts'
import { CheckoutError, findTarget, readTarget } from './checkout.ts'
import { commitContent } from './commit-content.ts'
import { GitMirrors } from './mirrors.ts'
import type { GitReference } from './ref-selection.ts'
import type { GitRemote } from './remote.ts'
import { addSubmodules } from './submodules.ts'

const forever = new AbortController().signal

describe('fetching', () => {
  let git: GitFixture
  let directory: string
  let mirrors: GitMirrors
  const requests: string[] = []
  let front: Server
  let frontUrl: string

  before(async () => {
    git = await GitFixture.start()
    // Counts what the remote is asked.
    front = createServer((request, response) => {
      requests.push(`${request.method} ${request.url?.replace(/^\/[^/]+\.git/, '')}`)
      const { method, headers } = request
      const onward = httpRequest(`${git.server.url}${request.url}`, { method, headers }, answer => {
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(response)
      })
      request.pipe(onward)
    })
    front.listen(0, '127.0.0.1')
    await once(front, 'listening')
    const address = front.address()
    frontUrl = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`
  })
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-fetch-'))
    mirrors = new GitMirrors({ root: directory })
    requests.length = 0
  })
  after(async () => {
    front.close()
    await git.close()
  })

  async function files(remote: GitRemote, ref: GitReference, from = mirrors): Promise<Record<string, string>> {
    const mirror = from.open(remote)
    const target = await findTarget(mirror, ref, undefined, forever)
    const found = await readTarget(mirror, target, forever, async (view, commit) => {
      const content = await commitContent(view, commit.tree)
      await addSubmodules(content, { mirrors: from, remote, signal: forever })
      const result: Record<string, string> = {}
      for (const { path, node } of walk(content.root)) {
        if (node.kind === 'file') result[path] = Buffer.from(await node.read()).toString()
      }
      return result
    })
    return found
  }

  async function finish(): Promise<void> {
    mirrors.close()
    await rm(directory, { recursive: true, force: true })
  }

  test('follows a branch over many commits, renames, deletions and a rewritten history', async () => {
    const remote = { url: git.url('many') }
    await git.commit('many', { files: { 'a/b/c.yaml': '1\n', 'keep.yaml': 'k\n' } })
    assert.deepEqual(await files(remote, { branch: 'main' }), { 'a/b/c.yaml': '1\n', 'keep.yaml': 'k\n' })
    for (let i = 2; i < 60; i++) {
      await git.commit('many', {
        files: { 'a/b/c.yaml': `${i}\n`, [`n${i}.yaml`]: `${i}\n`, [`n${i - 1}.yaml`]: null },
      })
      const seen = await files(remote, { branch: 'main' })
      assert.deepEqual(seen, { 'a/b/c.yaml': `${i}\n`, 'keep.yaml': 'k\n', [`n${i}.yaml`]: `${i}\n` })
    }
    const work = join(git.directory, 'work', 'many')
    runGit(work, ['checkout', '-q', '--orphan', 'other'])
    runGit(work, ['rm', '-rfq', '.'])
    runGit(work, ['commit', '-q', '--allow-empty', '-m', 'anew'])
    runGit(work, ['push', '-q', '-f', git.path('many'), 'HEAD:main'])
    assert.deepEqual(await files(remote, { branch: 'main' }), {})
    await finish()
  })

  test('asks a remote that has not moved exactly once', async () => {
    await git.commit('once', { files: { 'a.yaml': 'a\n' } })
    const mirror = mirrors.open({ url: `${frontUrl}/once.git` })
    const { revision } = await findTarget(mirror, { branch: 'main' }, undefined, forever)
    requests.length = 0
    const again = await findTarget(mirror, { branch: 'main' }, revision, forever)
    assert.equal(again.unchanged, true)
    assert.deepEqual(requests, ['GET /info/refs?service=git-upload-pack'])
    await finish()
  })

  test('several objects on one URL share one mirror, others with other credentials do not', async () => {
    const url = git.url('shared')
    assert.equal(mirrors.open({ url }), mirrors.open({ url }))
    assert.notEqual(mirrors.open({ url }), mirrors.open({ url, auth: { username: 'a', password: 'b' } }))
    await finish()
  })

  test('many at once fetch a commit once', async () => {
    await git.commit('crowd', { files: { 'a.yaml': 'a\n' } })
    const remote = { url: git.url('crowd') }
    const all = await Promise.all(Array.from({ length: 10 }, () => files(remote, { branch: 'main' })))
    assert.ok(all.every(one => one['a.yaml'] === 'a\n'))
    const packs = await readdir(join(directory, (await readdir(directory))[0]!, '1', 'objects', 'pack'))
    assert.equal(packs.filter(name => name.endsWith('.pack')).length, 1)
    await finish()
  })

  test('takes a commit by its id, also an old one, and one that no branch has', async () => {
    const first = await git.commit('pinned', { files: { 'a.yaml': '1\n' } })
    await git.commit('pinned', { files: { 'a.yaml': '2\n' } })
    assert.deepEqual(await files({ url: git.url('pinned') }, { commit: first }), { 'a.yaml': '1\n' })
    const url = git.url('pinned')
    await assert.rejects(files({ url }, { commit: '0'.repeat(39).concat('1') }), {
      message: "unable to resolve commit object for '0000000000000000000000000000000000000001': object not found",
    })
    await finish()
  })

  test('takes the youngest of two tags of one version', async () => {
    await git.commit('twins', { files: { 'a.yaml': 'old\n' }, tag: '1.0.0+b', at: 100 })
    await git.commit('twins', { files: { 'a.yaml': 'new\n' }, tag: '1.0.0+a', at: 200 })
    assert.deepEqual(await files({ url: git.url('twins') }, { semver: '1.x' }), { 'a.yaml': 'new\n' })
    await finish()
  })

  test('goes on with what an earlier run left, and recovers when that is damaged', async () => {
    await git.commit('damaged', { files: { 'a.yaml': 'a\n' } })
    const remote = { url: git.url('damaged') }
    await files(remote, { branch: 'main' })
    mirrors.close()
    const packs = join(directory, (await readdir(directory))[0]!, '1', 'objects', 'pack')
    for (const name of await readdir(packs)) {
      if (!name.endsWith('.pack')) continue
      await rm(join(packs, name), { force: true })
      await writeFile(join(packs, name), 'PACK')
    }
    const later = new GitMirrors({ root: directory })
    assert.deepEqual(await files(remote, { branch: 'main' }, later), { 'a.yaml': 'a\n' })
    later.close()
    await finish()
  })

  test('brings submodules, relative ones too', async () => {
    const inner = await git.commit('inner', { files: { 'lib.yaml': 'lib\n' } })
    await git.commit('outer', {
      files: {
        'a.yaml': 'a\n',
        '.gitmodules': '[submodule "vendor/inner"]\n\tpath = vendor/inner\n\turl = ../inner.git\n',
      },
    })
    const work = join(git.directory, 'work', 'outer')
    runGit(work, ['update-index', '--add', '--cacheinfo', `160000,${inner},vendor/inner`])
    runGit(work, ['commit', '-q', '-m', 'submodule'])
    runGit(work, ['push', '-q', git.path('outer'), 'main'])
    const seen = await files({ url: git.url('outer') }, { branch: 'main' })
    assert.equal(seen['vendor/inner/lib.yaml'], 'lib\n')
    await finish()
  })
})

describe('a remote that fails', () => {
  let directory: string
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-fail-'))
  })
  after(() => rm(directory, { recursive: true, force: true }))

  async function failure(
    answer: RequestListener | undefined,
    options: { timeout?: number; last?: string } = {},
  ): Promise<string> {
    const server = createServer(answer)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    if (!answer) server.close()
    const mirrors = new GitMirrors({ root: directory })
    const url = `http://127.0.0.1:${port}/app.git`
    const mirror = mirrors.open({ url, auth: { username: 'user', password: 'secret-word' } })
    const signal = options.timeout === undefined ? forever : AbortSignal.timeout(options.timeout)
    try {
      const target = await findTarget(mirror, { branch: 'main' }, options.last, signal)
      await readTarget(mirror, target, signal, async () => {})
      return 'did not fail'
    } catch (error) {
      assert.ok(error instanceof CheckoutError, String(error))
      assert.ok(!error.message.includes('secret-word') && !JSON.stringify(error).includes('secret-word'))
      return error.message.replaceAll(url, '<url>').replaceAll(`127.0.0.1:${port}`, '<host>')
    } finally {
      mirrors.close()
      server.closeAllConnections()
      server.close()
    }
  }

  const says =
    (status: number, body: string, type = 'text/plain'): RequestListener =>
    (_request, response) => {
      response.writeHead(status, { 'content-type': type })
      response.end(body)
    }

  test("with 401 asks for authentication, in the server's words", async () => {
    assert.equal(
      await failure(says(401, 'Unauthorized')),
      "unable to clone '<url>': authentication required: Unauthorized",
    )
    const last = `main@sha1:${'1'.repeat(40)}`
    assert.equal(
      await failure(says(401, 'Unauthorized'), { last }),
      "unable to list remote for '<url>': authentication required: Unauthorized",
    )
  })

  test('with 403, 404 and 500 says so', async () => {
    assert.equal(await failure(says(403, 'no')), "unable to clone '<url>': authorization failed: no")
    assert.equal(await failure(says(404, '')), "unable to clone '<url>': repository not found: ")
    assert.equal(
      await failure(says(500, 'oops')),
      'unable to clone \'<url>\': unexpected client error: unexpected requesting "<url>/info/refs?service=git-upload-pack" status code: 500: oops',
    )
  })

  test('is not there', async () => {
    assert.equal(
      await failure(undefined),
      'unable to clone \'<url>\': Get "<url>/info/refs?service=git-upload-pack": dial tcp <host>: connect: connection refused',
    )
  })

  test('never answers', async () => {
    assert.equal(
      await failure(() => {}, { timeout: 50 }),
      'unable to clone \'<url>\': Get "<url>/info/refs?service=git-upload-pack": context deadline exceeded',
    )
  })

  test('stops in the middle of the list', async () => {
    const said = await failure((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' })
      response.write('001e# service=git-upload-pack\n0000')
      setTimeout(() => response.destroy(), 20)
    })
    assert.match(
      said,
      /^unable to clone '<url>': (Get "<url>\/info\/refs\?service=git-upload-pack": EOF|the server closed)/,
    )
  })

  test('is a web page', async () => {
    assert.match(
      await failure(says(200, '<html>', 'text/html')),
      /does not answer as a Git server \(content type 'text\/html'\)/,
    )
  })

  test('lists nonsense', async () => {
    const type = 'application/x-git-upload-pack-advertisement'
    assert.match(
      await failure(says(200, '001e# service=git-upload-pack\n0000000bgarbage0000', type)),
      /list of references has the line "garbage"/,
    )
  })

  test('redirects for ever', async () => {
    const said = await failure((request, response) => {
      response.writeHead(302, { location: request.url ?? '' })
      response.end()
    })
    assert.match(said, /stopped after 5 redirects/)
  })

  test('says no in the middle of the fetch, sends no pack, or a broken one', async () => {
    const head = `${'1'.repeat(40)} refs/heads/main\0side-band-64k shallow`
    const list = `001e# service=git-upload-pack\n0000${(head.length + 4).toString(16).padStart(4, '0')}${head}0000`
    const serving =
      (pack: string): RequestListener =>
      (request, response) => {
        const posted = request.method === 'POST'
        response.writeHead(200, {
          'content-type': `application/x-git-upload-pack-${posted ? 'result' : 'advertisement'}`,
        })
        response.end(posted ? pack : list)
      }
    assert.match(await failure(serving('0000')), /sent no pack/)
    assert.match(await failure(serving('0011ERR too busy\n')), /the server reports: too busy/)
    assert.match(await failure(serving('000b\x03broken0000')), /the server reports: broken/)
    assert.match(await failure(serving('0008NAK\n000d\x01PACKgarb0000')), /git index-pack ended with 128/)
  })
})

test('a pack above the limit is refused by name of the limit', async () => {
  const git = await GitFixture.start()
  const directory = await mkdtemp(join(tmpdir(), 'sluice-limit-'))
  const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(65_536))).toString('base64')
  await git.commit('large', { files: { 'noise.txt': noise } })
  const mirrors = new GitMirrors({ root: directory, maxPackBytes: 10_000 })
  const mirror = mirrors.open({ url: git.url('large') })
  const target = await findTarget(mirror, { branch: 'main' }, undefined, forever)
  await assert.rejects(
    readTarget(mirror, target, forever, async () => {}),
    /the repository's pack is larger than the limit of 10000 bytes/,
  )
  mirrors.close()
  await git.close()
  await rm(directory, { recursive: true, force: true })
})
