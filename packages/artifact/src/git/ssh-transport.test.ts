import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { GitFixture } from '../testing/git-fixture.ts'
import { findTarget, readTarget } from './checkout.ts'
import { GitMirrors } from './mirrors.ts'
import type { GitAuth } from './remote.ts'

const sshd = '/usr/sbin/sshd'
const skip = !existsSync(sshd) && 'no sshd here: apt-get install openssh-server'

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise(done => server.close(done))
  return address !== null && typeof address === 'object' ? address.port : 0
}

describe('Git over SSH', { skip }, () => {
  let git: GitFixture
  let directory: string
  let daemon: ChildProcess
  let base: string
  let commit: string
  let good: GitAuth
  let locked: GitAuth
  let stranger: GitAuth

  before(async () => {
    git = await GitFixture.start()
    commit = await git.commit('app', { files: { 'a.yaml': 'a\n' }, tag: '1.0.0' })
    directory = await mkdtemp(join(tmpdir(), 'sluice-sshd-'))
    await chmod(directory, 0o700)
    const keygen = (name: string, passphrase: string) => {
      const run = spawnSync('ssh-keygen', [
        '-q',
        '-t',
        'ed25519',
        '-N',
        passphrase,
        '-C',
        name,
        '-f',
        join(directory, name),
      ])
      assert.equal(run.status, 0, String(run.stderr))
    }
    for (const name of ['host', 'client', 'stranger']) keygen(name, '')
    keygen('locked', 'open sesame')
    const read = (name: string) => readFile(join(directory, name), 'utf8')
    await writeFile(join(directory, 'authorized'), (await read('client.pub')) + (await read('locked.pub')), {
      mode: 0o600,
    })
    const port = await freePort()
    const lines = [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(directory, 'host')}`,
      `AuthorizedKeysFile ${join(directory, 'authorized')}`,
      `PidFile ${join(directory, 'pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'PermitRootLogin prohibit-password',
    ]
    await writeFile(join(directory, 'sshd_config'), `${lines.join('\n')}\n`)
    if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true })
    daemon = spawn(sshd, ['-D', '-e', '-f', join(directory, 'sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] })
    await new Promise<void>((done, failed) => {
      let said = ''
      daemon.stderr?.on('data', (chunk: Buffer) => {
        said += chunk
        if (said.includes('Server listening')) done()
      })
      daemon.on('exit', () => failed(new Error(said)))
    })
    base = `ssh://${userInfo().username}@127.0.0.1:${port}${git.path('app')}`
    const knownHosts = `[127.0.0.1]:${port} ${await read('host.pub')}`
    good = { identity: await read('client'), knownHosts }
    locked = { identity: await read('locked'), knownHosts, passphrase: 'open sesame' }
    stranger = { identity: await read('stranger'), knownHosts }
  })
  after(async () => {
    daemon.kill()
    await git.close()
    await rm(directory, { recursive: true, force: true })
  })

  async function head(auth: GitAuth, url = base, timeout = 20_000): Promise<string> {
    const mirrors = new GitMirrors({ root: await mkdtemp(join(directory, 'mirrors-')) })
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
    const mirrors = new GitMirrors({ root: join(directory, 'again') })
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
    const other = (good.knownHosts ?? '').replace(
      /ssh-ed25519 .*/,
      await readFile(join(directory, 'stranger.pub'), 'utf8'),
    )
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
