import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Artifact } from '@sluice/api'
import {
  ArtifactDigestError,
  ArtifactNotFoundError,
  type ArtifactServer,
  ArtifactStore,
  commitContent,
  fetchArtifact,
  findTarget,
  GitMirrors,
  type GitReference,
  ignoreFilter,
  readTarget,
  serveArtifacts,
  TreeCache,
} from './index.ts'
import { GitFixture } from './testing/git-fixture.ts'

describe('a commit becomes an artifact', () => {
  let git: GitFixture
  let directory: string
  let store: ArtifactStore
  let server: ArtifactServer
  let mirrors: GitMirrors
  const signal = new AbortController().signal

  before(async () => {
    git = await GitFixture.start()
    directory = await mkdtemp(join(tmpdir(), 'sluice-artifact-'))
    store = new ArtifactStore({ root: join(directory, 'store'), address: '', trees: new TreeCache() })
    server = await serveArtifacts({ store, host: '127.0.0.1' })
    store.address = `127.0.0.1:${server.port}`
    mirrors = new GitMirrors({ root: join(directory, 'mirrors') })
  })
  after(async () => {
    mirrors.close()
    await server.close()
    await git.close()
    await rm(directory, { recursive: true, force: true })
  })

  async function build(
    repository: string,
    ref: GitReference = { branch: 'main' },
    name = repository,
  ): Promise<Artifact> {
    const mirror = mirrors.open({ url: git.url(repository) })
    const target = await findTarget(mirror, ref, undefined, signal)
    return readTarget(mirror, target, signal, async (view, commit) => {
      const { root } = await commitContent(view, commit.tree)
      const file = `${commit.id}.tar.gz`
      const artifact = { kind: 'GitRepository', namespace: 'apps', name, revision: target.revision, file }
      return store.write(artifact, root, ignoreFilter([], undefined))
    })
  }

  test('its revision, path, URL and files are those of the commit', async () => {
    const commit = await git.commit('first', {
      files: { 'deploy/cm.yaml': 'a: 1\n', 'run.sh': '#!/bin/sh\n' },
      executables: ['run.sh'],
    })
    const artifact = await build('first')
    assert.equal(artifact.revision, `main@sha1:${commit}`)
    assert.equal(artifact.path, `gitrepository/apps/first/${commit}.tar.gz`)
    assert.equal(artifact.url, `http://127.0.0.1:${server.port}/${artifact.path}`)
    const tree = await fetchArtifact({ url: artifact.url, digest: artifact.digest, trees: new TreeCache() })
    assert.deepEqual(tree.readDirectory(''), [
      { name: 'deploy', kind: 'directory' },
      { name: 'run.sh', kind: 'file' },
    ])
    assert.equal(Buffer.from(tree.readFile('./deploy/cm.yaml') ?? '').toString(), 'a: 1\n')
    assert.equal(tree.isExecutable('run.sh'), true)
    assert.equal(tree.isExecutable('deploy/cm.yaml'), false)
    assert.equal(tree.readFile('../first/run.sh'), undefined)
  })

  test('the same commit gives the same bytes in another place', async () => {
    await git.commit('same', { files: { 'b.yaml': 'b\n', 'a/x.yaml': 'x\n', 'a.yaml': 'a\n' } })
    const one = await build('same')
    const other = await build('same', { branch: 'main' }, 'same-again')
    assert.equal(one.digest, other.digest)
    assert.equal(one.size, other.size)
  })

  test('a later commit brings only what changed, and the files that stayed keep their digests', async () => {
    await git.commit('grows', { files: { 'kept.yaml': 'kept\n', 'changed.yaml': '1\n' } })
    const before = await store.tree(await build('grows'))
    await git.commit('grows', { files: { 'changed.yaml': '2\n' } })
    const later = await store.tree(await build('grows'))
    assert.equal(before.fileDigest('kept.yaml'), later.fileDigest('kept.yaml'))
    assert.notEqual(before.fileDigest('changed.yaml'), later.fileDigest('changed.yaml'))
  })

  test('symbolic links are left out', async () => {
    await git.commit('links', {
      files: { 'a.yaml': 'a\n' },
      links: { 'b.yaml': 'a.yaml', 'etc/passwd': '/etc/passwd' },
    })
    const artifact = await build('links')
    const tree = await fetchArtifact({ url: artifact.url, digest: artifact.digest, trees: new TreeCache() })
    assert.deepEqual(
      [...tree.files()].map(file => file.path),
      ['a.yaml'],
    )
  })

  test('a consumer refuses bytes that are not what the digest promises, and a missing file is named as such', async () => {
    await git.commit('digest', { files: { 'a.yaml': 'a\n' } })
    const artifact = await build('digest')
    const digest = `sha256:${'0'.repeat(64)}`
    await assert.rejects(fetchArtifact({ url: artifact.url, digest, trees: new TreeCache() }), ArtifactDigestError)
    const url = artifact.url.replace('.tar.gz', '.tgz')
    await assert.rejects(fetchArtifact({ url, digest, trees: new TreeCache() }), ArtifactNotFoundError)
  })

  test('two consumers of one digest share one download and one tree', async () => {
    await git.commit('shared', { files: { 'a.yaml': 'a\n' } })
    const artifact = await build('shared')
    const trees = new TreeCache()
    const wanted = { url: artifact.url, digest: artifact.digest, trees }
    const [one, other] = await Promise.all([fetchArtifact(wanted), fetchArtifact(wanted)])
    assert.equal(one, other)
    assert.equal(await fetchArtifact(wanted), one)
  })
})
