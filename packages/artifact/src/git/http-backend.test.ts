import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { GitFixture } from '../testing/git-fixture.ts'
import { findTarget } from './checkout.ts'
import { GitMirrors } from './mirrors.ts'

function client(directory: string, ...args: string[]): Promise<{ code: number | null; stderr: string }> {
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'dev',
    GIT_AUTHOR_EMAIL: 'dev@example.com',
    GIT_COMMITTER_NAME: 'dev',
    GIT_COMMITTER_EMAIL: 'dev@example.com',
  }
  const child = spawn('git', args, { cwd: directory, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk
  })
  return new Promise(done => child.on('close', code => done({ code, stderr })))
}

describe('the Git server', () => {
  let git: GitFixture
  let directory: string
  const pushes: [string, string, string | undefined][] = []
  before(async () => {
    git = await GitFixture.start({
      auth: { username: 'user', password: 'pass' },
      onPush: (...push) => void pushes.push(push),
    })
    directory = await mkdtemp(join(tmpdir(), 'sluice-client-'))
  })
  after(async () => {
    await git.close()
    await rm(directory, { recursive: true, force: true })
  })

  test('serves clone and push to the real git, and tells of what moved', async () => {
    await git.create('app')
    const url = git.url('app').replace('://', '://user:pass@')
    assert.equal((await client(directory, 'clone', '-q', url, 'app')).code, 0)
    const work = join(directory, 'app')
    await writeFile(join(work, 'a.yaml'), 'a\n')
    await client(work, 'checkout', '-q', '-b', 'main')
    await client(work, 'add', '.')
    await client(work, 'commit', '-q', '-m', 'first')
    const pushed = await client(work, 'push', '-q', 'origin', 'main')
    assert.equal(pushed.code, 0, pushed.stderr)
    const mirrors = new GitMirrors({ root: join(directory, 'mirrors') })
    const remote = { url: git.url('app'), auth: { username: 'user', password: 'pass' } }
    const target = await findTarget(mirrors.open(remote), { branch: 'main' }, undefined, new AbortController().signal)
    assert.deepEqual(pushes, [['app.git', 'refs/heads/main', target.candidate.commit]])
    mirrors.close()

    // Above 1 MiB git sends a push in chunks, of unknown length.
    pushes.length = 0
    const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(65_536))).toString('hex')
    for (let i = 0; i < 30; i++)
      await writeFile(
        join(work, `n${i}.txt`),
        noise.slice(i * 1000) + noise.slice(0, i * 1000).toUpperCase() + crypto.randomUUID(),
      )
    await writeFile(
      join(work, 'large.bin'),
      Buffer.concat(Array.from({ length: 40 }, () => crypto.getRandomValues(new Uint8Array(65_536)))),
    )
    await client(work, 'add', '.')
    await client(work, 'commit', '-q', '-m', 'large')
    const large = await client(work, 'push', '-q', 'origin', 'main', 'main:refs/heads/other')
    assert.equal(large.code, 0, large.stderr)
    assert.deepEqual(pushes.map(([, ref]) => ref).sort(), ['refs/heads/main', 'refs/heads/other'])
    await client(work, 'push', '-q', 'origin', ':refs/heads/other')
    assert.deepEqual(pushes.at(-1), ['app.git', 'refs/heads/other', undefined])
  })

  test('lets nobody in without the password, nor out of its directory', async () => {
    assert.equal((await fetch(`${git.url('app')}/info/refs?service=git-upload-pack`)).status, 401)
    const headers = { authorization: `Basic ${btoa('user:pass')}` }
    for (const path of [
      '/%2e%2e/%2e%2e/etc/info/refs',
      '/app.git/config',
      '/missing.git/info/refs?service=git-upload-pack',
    ]) {
      assert.equal((await fetch(git.server.url + path, { headers })).status, 404, path)
    }
  })
})
