import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { GitFixture, git as runGit } from '@sluice/artifact/testing'
import { SourceBench } from '../testing/source-bench.ts'

const missing = (tool: string, argument: string, install: string) =>
  spawnSync(tool, [argument]).error ? `no ${tool} here: apt-get install ${install}` : false

describe('a signature', () => {
  let git: GitFixture
  let bench: SourceBench
  let directory: string

  before(async () => {
    git = await GitFixture.start()
    bench = await SourceBench.start()
    directory = await mkdtemp(join(tmpdir(), 'sluice-sign-'))
  })
  after(async () => {
    await bench.close()
    await git.close()
    await rm(directory, { recursive: true, force: true })
  })

  /** Commits, signed by what `options` configure, and tags it with a signed tag. */
  async function signed(repository: string, options: string[]): Promise<string> {
    await git.commit(repository, { files: { 'a.yaml': 'a\n' } })
    const work = join(git.directory, 'work', repository)
    runGit(work, [...options, 'commit', '-q', '-S', '--allow-empty', '-m', 'signed'])
    runGit(work, [...options, 'tag', '-s', '-m', 'signed', 'v1.0.0'])
    runGit(work, ['tag', 'plain'])
    runGit(work, ['push', '-q', '-f', '--tags', git.path(repository), 'main'])
    return runGit(work, ['rev-parse', 'HEAD'])
  }

  async function verified(
    repository: string,
    ref: { branch?: string; tag?: string },
    mode: 'HEAD' | 'Tag' | 'TagAndHEAD',
    secret: string,
  ): Promise<string> {
    bench.apply(repository, { url: git.url(repository), ref, verify: { mode, secretRef: { name: secret } } })
    const status = await bench.run(repository)
    const condition = status.conditions?.find(({ type }) => type === 'SourceVerified')
    assert.equal(status.conditions?.find(({ type }) => type === 'Ready')?.status, condition?.status)
    return `${condition?.status} ${condition?.reason}: ${condition?.message}`
  }

  test('by SSH is verified for the commit, the tag, or both', {
    skip: missing('ssh-keygen', '-?', 'openssh-client'),
  }, async () => {
    const key = join(directory, 'key')
    for (const name of [key, join(directory, 'other')])
      spawnSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-f', name])
    const commit = await signed('ssh', ['-c', 'gpg.format=ssh', '-c', `user.signingkey=${key}.pub`])
    const fingerprint = spawnSync('ssh-keygen', ['-l', '-f', `${key}.pub`], { encoding: 'utf8' }).stdout.split(' ')[1]
    bench.secret('keys', { 'dev.sshpub': `# ours\n${await readFile(`${key}.pub`, 'utf8')}` })
    bench.secret('others', { 'dev.sshpub': await readFile(join(directory, 'other.pub'), 'utf8') })
    bench.secret('pgp', { 'dev.asc': 'nothing' })
    const tag = runGit(join(git.directory, 'work', 'ssh'), ['rev-parse', 'v1.0.0'])
    assert.equal(
      await verified('ssh', { branch: 'main' }, 'HEAD', 'keys'),
      `True Succeeded: verified signature of\n\t- commit '${commit}' with key '${fingerprint}'`,
    )
    assert.equal(bench.object('ssh').status?.sourceVerificationMode, 'HEAD')
    assert.equal(
      await verified('ssh', { tag: 'v1.0.0' }, 'TagAndHEAD', 'keys'),
      `True Succeeded: verified signature of\n\t- tag 'v1.0.0@${tag}' with key '${fingerprint}'\n\t- commit '${commit}' with key '${fingerprint}'`,
    )
    bench.objects.delete('ssh')
    assert.match(
      await verified('ssh', { branch: 'main' }, 'HEAD', 'others'),
      /^False InvalidCommitSignature: signature verification of commit '.*' failed: unable to verify Git commit SSH signature: .*no matching key/,
    )
    assert.equal(bench.object('ssh').status?.artifact, undefined)
    assert.match(
      await verified('ssh', { branch: 'main' }, 'HEAD', 'pgp'),
      /SSH signature detected but no SSH public keys found in secret \(keys with \.sshpub suffix\)/,
    )
    assert.equal(
      await verified('ssh', { tag: 'plain' }, 'Tag', 'keys'),
      "False InvalidGitObject: cannot verify signature of tag 'plain' since it is not signed",
    )
    assert.equal(
      await verified('ssh', { branch: 'main' }, 'Tag', 'keys'),
      "False InvalidVerificationMode: cannot verify tag object's signature if a tag reference is not specified",
    )
    assert.deepEqual(bench.last?.next, { kind: 'stalled' })
  })

  test('by PGP is verified too', { skip: missing('gpg', '--version', 'gnupg') }, async () => {
    const home = join(directory, 'gnupg')
    const gpg = (...args: string[]) => {
      const run = spawnSync('gpg', ['--homedir', home, '--batch', '--quiet', ...args], { encoding: 'utf8' })
      assert.equal(run.status, 0, run.stderr)
      return run.stdout
    }
    spawnSync('mkdir', ['-m', '700', home])
    gpg('--passphrase', '', '--quick-generate-key', 'Dev <dev@example.com>', 'ed25519', 'sign', 'never')
    const listed = gpg('--list-keys', '--with-colons')
    const id = /^pub:[^:]*:[^:]*:[^:]*:([0-9A-F]{16}):/m.exec(listed)?.[1] ?? ''
    const program = join(directory, 'gpg.sh')
    await import('node:fs/promises').then(fs =>
      fs.writeFile(program, `#!/bin/sh\nexec gpg --homedir '${home}' --batch "$@"\n`, { mode: 0o755 }),
    )
    const commit = await signed('pgp', ['-c', `gpg.program=${program}`, '-c', `user.signingkey=${id}`])
    bench.secret('ring', { 'dev.asc': gpg('--armor', '--export', id) })
    assert.equal(
      await verified('pgp', { branch: 'main' }, 'HEAD', 'ring'),
      `True Succeeded: verified signature of\n\t- commit '${commit}' with key '${id}'`,
    )
    assert.match(
      await verified('pgp', { tag: 'v1.0.0' }, 'TagAndHEAD', 'ring'),
      /^True Succeeded: verified signature of\n\t- tag/,
    )
    spawnSync('gpgconf', ['--homedir', home, '--kill', 'all'])
  })

  test('that is not there is said', async () => {
    const commit = await git.commit('unsigned', { files: { 'a.yaml': 'a\n' } })
    bench.secret('some', { 'dev.sshpub': 'x' })
    assert.equal(
      await verified('unsigned', { branch: 'main' }, 'HEAD', 'some'),
      `False InvalidCommitSignature: signature verification of commit '${commit}' failed: unsupported signature type: empty`,
    )
  })
})
