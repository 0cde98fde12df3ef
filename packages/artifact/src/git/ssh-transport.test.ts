import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { GitFixture } from '../testing/git-fixture.ts'
import { freePort, SshServer, withoutSshd } from '../testing/ssh-server.ts'
import { findTarget, readTarget } from './checkout.ts'
import { GitMirrors } from './mirrors.ts'
import type { GitAuth } from './remote.ts'

describe('Git over SSH', { skip: withoutSshd }, () => {
  let git: GitFixture
  let server: SshServer
  let base: string
  let commit: string
  let good: GitAuth
  let locked: GitAuth
  let stranger: GitAuth

  before(async () => {
    git = await GitFixture.start()
    commit = await git.commit('app', { files: { 'a.yaml': 'a\n' }, tag: '1.0.0' })
    server = await SshServer.start({ client: '', stranger: '', locked: 'open sesame' }, ['client', 'locked'])
    base = server.url(git.path('app'))
    const knownHosts = await server.knownHosts()
    good = { identity: await server.read('client'), knownHosts }
    locked = { identity: await server.read('locked'), knownHosts, passphrase: 'open sesame' }
    stranger = { identity: await server.read('stranger'), knownHosts }
  })
  after(async () => {
    await server.close()
    await git.close()
  })

  async function head(auth: GitAuth, url = base, timeout = 20_000): Promise<string> {
    const mirrors = new GitMirrors({ root: await mkdtemp(join(server.directory, 'mirrors-')) })
    const signal = AbortSignal.timeout(timeout)
    try {
      const mirror = mirrors.open({ url, auth })
      const target = await findTarget(mirror, { branch: 'main' }, undefined, signal)
      return await readTarget(mirror, target, signal, async (view, found) => {
        assert.ok((await view.tree(found.tree)).length > 0)
        return found.id
      })
    } finally {
      mirrors.close()
    }
  }

  test('fetches with a key, and with one behind a passphrase', async () => {
    assert.equal(await head(good), commit)
    assert.equal(await head(locked), commit)
  })

  test('brings a later commit too', async () => {
    const mirrors = new GitMirrors({ root: join(server.directory, 'again') })
    const signal = AbortSignal.timeout(20_000)
    const mirror = mirrors.open({ url: base, auth: good })
    const read = async () => {
      const target = await findTarget(mirror, { branch: 'main' }, undefined, signal)
      return readTarget(mirror, target, signal, async (_view, found) => found.id)
    }
    await read()
    commit = await git.commit('app', { files: { 'a.yaml': 'b\n' } })
    assert.equal(await read(), commit)
    mirrors.close()
  })

  test('says what is wrong', async () => {
    await assert.rejects(head(stranger), /unable to clone 'ssh:.*': ssh: handshake failed: ssh: unable to authenticate/)
    await assert.rejects(head({ ...good, knownHosts: 'example.com ssh-ed25519 AAAA' }), /knownhosts: key is unknown/)
    const other = (good.knownHosts ?? '').replace(/ssh-ed25519 .*/, await server.read('stranger.pub'))
    await assert.rejects(head({ ...good, knownHosts: other }), /knownhosts: key mismatch/)
    await assert.rejects(head(good, `${base}-missing`), /repository not found/)
    await assert.rejects(
      head(good, `ssh://git@127.0.0.1:${await freePort()}/app.git`),
      /dial tcp 127\.0\.0\.1:\d+: connect: connection refused/,
    )
    await assert.rejects(head({ ...locked, passphrase: 'wrong' }), /passphrase|unable to authenticate/)
  })

  test('ends when a server says nothing', async () => {
    const silent = createServer()
    await new Promise<void>(done => silent.listen(0, '127.0.0.1', done))
    const address = silent.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    await assert.rejects(head(good, `ssh://git@127.0.0.1:${port}/app.git`, 100), /context deadline exceeded/)
    silent.close()
  })
})
