/** Bases over SSH are fetched by the user's git: with the keys and known hosts that `ssh` is set up with, here by GIT_SSH_COMMAND. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { GitFixture, git as runGit, SshServer, withoutSshd } from '@sluice/artifact/testing'
import { build, memoryTree } from '@sluice/kustomize'
import { withRemoteBases } from './remote-bases.ts'

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`

async function metadataOf(resource: string): Promise<object[]> {
  const kustomization = `resources: [${JSON.stringify(resource)}]\nbuildMetadata: [originAnnotations]\n`
  const files = memoryTree(new Map([['kustomization.yaml', kustomization]]))
  const { objects } = await withRemoteBases(remote => build(files, '', { remote }))
  return objects.map(({ metadata }) => metadata ?? {})
}

describe('bases over SSH', { skip: withoutSshd }, () => {
  let git: GitFixture
  let server: SshServer
  const usual = process.env.GIT_SSH_COMMAND

  function as(key: string, knownHosts = 'known'): void {
    const options = {
      IdentityFile: join(server.directory, key),
      UserKnownHostsFile: join(server.directory, knownHosts),
      IdentitiesOnly: 'yes',
      IdentityAgent: 'none',
      StrictHostKeyChecking: 'yes',
      BatchMode: 'yes',
    }
    const words = Object.entries(options).map(([name, value]) => `-o ${name}='${value}'`)
    process.env.GIT_SSH_COMMAND = `ssh -F none ${words.join(' ')}`
  }

  before(async () => {
    git = await GitFixture.start()
    await git.commit('shared', {
      files: { 'kustomization.yaml': 'resources: [c.yaml]\n', 'c.yaml': configMap('shared') },
    })
    await git.commit('app', {
      files: { 'base/kustomization.yaml': 'resources: [c.yaml]\nnamePrefix: app-\n', 'base/c.yaml': configMap('one') },
      tag: 'v1',
    })
    await git.commit('app', { files: { 'base/c.yaml': configMap('two') } })
    server = await SshServer.start({ client: '', stranger: '' }, ['client'])
    writeFileSync(join(server.directory, 'known'), await server.knownHosts())
    writeFileSync(join(server.directory, 'unknown'), '')
  })
  after(async () => {
    if (usual === undefined) delete process.env.GIT_SSH_COMMAND
    else process.env.GIT_SSH_COMMAND = usual
    await server.close()
    await git.close()
  })

  test('a tag, a branch, and what HEAD is', async () => {
    as('client')
    const repository = server.url(git.path('app'))
    const found = (query: string) => metadataOf(`${repository}//base${query}`)
    const origin = (ref: string) => ({
      annotations: { 'config.kubernetes.io/origin': `path: base/c.yaml\nrepo: ${repository}\n${ref}` },
    })
    assert.deepEqual(await found('?ref=v1'), [{ name: 'app-one', ...origin('ref: v1\n') }])
    assert.deepEqual(await found('?ref=main'), [{ name: 'app-two', ...origin('ref: main\n') }])
    assert.deepEqual(await found(''), [{ name: 'app-two', ...origin('') }])
  })

  test('a submodule with a relative URL comes over SSH, too', async () => {
    as('client')
    const folder = mkdtempSync(join(server.directory, 'work-'))
    runGit(folder, ['clone', '-q', git.path('app'), 'work'])
    const work = join(folder, 'work')
    runGit(work, ['-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', '../shared.git', 'lib'])
    runGit(work, ['commit', '-q', '-m', 'lib'])
    runGit(work, ['push', '-q', 'origin', 'HEAD:refs/heads/with-lib'])
    rmSync(folder, { recursive: true })
    const url = `${server.url(git.path('app'))}//lib?ref=with-lib`
    assert.partialDeepStrictEqual(await metadataOf(url), [{ name: 'shared' }])
    await assert.rejects(metadataOf(`${url}&submodules=false`), /unable to find one of 'kustomization/)
  })

  test('a key that is not let in, a server that is not known, a repository that is not there', async () => {
    const url = `${server.url(git.path('app'))}//base?ref=v1`
    as('stranger')
    await assert.rejects(metadataOf(url), /failed to run 'git fetch .*Permission denied \(publickey/s)
    as('client', 'unknown')
    await assert.rejects(metadataOf(url), /failed to run 'git fetch .*Host key verification failed/s)
    as('client')
    await assert.rejects(metadataOf(`${server.url(git.path('gone'))}//base`), /failed to run 'git fetch .*gone/s)
  })
})
