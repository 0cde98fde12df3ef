import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { GitFixture } from '@sluice/artifact/testing'
import { SourceBench } from '../testing/source-bench.ts'

describe('a GitRepository', () => {
  let git: GitFixture
  let bench: SourceBench

  before(async () => {
    git = await GitFixture.start()
    bench = await SourceBench.start()
  })
  after(async () => {
    await bench.close()
    await git.close()
  })

  test('has its artifact, two conditions and one event', async () => {
    const commit = await git.commit('plain', { files: { 'a.yaml': 'a\n' }, message: 'Add the first map' })
    bench.apply('plain', { url: git.url('plain'), ref: { branch: 'main' } })
    const status = await bench.run('plain')
    assert.deepEqual(bench.conditions('plain'), [
      `Ready=True Succeeded: stored artifact for revision 'main@sha1:${commit}' (1)`,
      `ArtifactInStorage=True Succeeded: stored artifact for revision 'main@sha1:${commit}' (1)`,
    ])
    assert.equal(status.artifact?.path, `gitrepository/apps/plain/${commit}.tar.gz`)
    assert.equal(status.artifact?.url, `http://storage/gitrepository/apps/plain/${commit}.tar.gz`)
    assert.deepEqual(
      Object.keys(status)
        .filter(key => status[key as keyof typeof status] !== undefined)
        .sort(),
      ['artifact', 'conditions', 'observedGeneration'],
    )
    assert.equal(status.observedGeneration, 1)
    assert.deepEqual(bench.last?.next, { kind: 'done', after: 600_000 })
    assert.deepEqual(bench.takeEvents(), ["info NewArtifact: stored artifact for commit 'Add the first map'"])
  })

  test('changes nothing while the remote is unchanged, and says so only to who asked', async () => {
    await git.commit('still', { files: { 'a.yaml': 'a\n' } })
    bench.apply('still', { url: git.url('still'), ref: { branch: 'main' } })
    const first = structuredClone(await bench.run('still'))
    bench.takeEvents()
    assert.deepEqual(await bench.run('still'), first)
    assert.deepEqual(bench.takeEvents(), [])
    bench.request('still', 'now')
    assert.deepEqual(await bench.run('still'), { ...first, lastHandledReconcileAt: 'now' })
    assert.deepEqual(bench.takeEvents(), [
      `info GitOperationSucceeded: no changes since last reconciliation: observed revision '${first.artifact?.revision}'`,
    ])
  })

  test('keeps its artifact through a wrong reference, and the way back is an event of recovery', async () => {
    const commit = await git.commit('wrong', { files: { 'a.yaml': 'a\n' } })
    const url = git.url('wrong')
    bench.apply('wrong', { url, ref: { branch: 'main' } })
    await bench.run('wrong')
    bench.takeEvents()
    bench.apply('wrong', { url, ref: { branch: 'nope' } })
    const failed = await bench.run('wrong')
    const said = `failed to checkout and determine revision: unable to clone '${url}': couldn't find remote ref "refs/heads/nope"`
    assert.deepEqual(bench.conditions('wrong'), [
      'Reconciling=True ProgressingWithRetry: processing object: new generation 1 -> 2 (2)',
      `Ready=False GitOperationFailed: ${said} (2)`,
      `FetchFailed=True GitOperationFailed: ${said} (2)`,
      `ArtifactInStorage=True Succeeded: stored artifact for revision 'main@sha1:${commit}' (1)`,
    ])
    assert.equal(failed.observedGeneration, 1)
    assert.equal(failed.artifact?.revision, `main@sha1:${commit}`)
    assert.deepEqual(bench.last?.next, { kind: 'retry' })
    bench.apply('wrong', { url, ref: { branch: 'main' } })
    await bench.run('wrong')
    assert.deepEqual(bench.takeEvents(), [
      `error GitOperationFailed: ${said}`,
      `info GitOperationSucceeded: no changes since last reconciliation: observed revision 'main@sha1:${commit}'`,
      `info Succeeded: stored artifact for commit 'main@sha1:${commit}'`,
    ])
    assert.equal(bench.object('wrong').status?.observedGeneration, 3)
  })

  test('without a reference is the branch master', async () => {
    await git.commit('master', { files: { 'a.yaml': 'a\n' } })
    const url = git.url('master')
    bench.apply('master', { url })
    await bench.run('master')
    const said = `failed to checkout and determine revision: unable to clone '${url}': couldn't find remote ref "refs/heads/master"`
    assert.deepEqual(bench.conditions('master'), [
      'Reconciling=True ProgressingWithRetry: building artifact (1)',
      `Ready=False GitOperationFailed: ${said} (1)`,
      `FetchFailed=True GitOperationFailed: ${said} (1)`,
    ])
    assert.equal(bench.object('master').status?.observedGeneration, -1)
  })

  test('waits for the first commit of an empty repository', async () => {
    await git.create('empty')
    bench.apply('empty', { url: git.url('empty'), ref: { branch: 'main' } })
    await bench.run('empty')
    assert.match(bench.conditions('empty')[1] ?? '', /^Ready=False EmptyGitRepository: git repository is empty/)
  })

  test('whose artifact disappeared or was damaged makes it again', async () => {
    await git.commit('lost', { files: { 'a.yaml': 'a\n' } })
    bench.apply('lost', { url: git.url('lost'), ref: { branch: 'main' } })
    const { artifact } = await bench.run('lost')
    await rm(join(bench.store.root, artifact?.path ?? ''))
    const again = await bench.run('lost')
    assert.equal(again.artifact?.digest, artifact?.digest)
    assert.equal(await bench.store.exists(again.artifact!), true)
  })

  test('that is suspended takes no commit, and is ready for its new generation', async () => {
    const commit = await git.commit('paused', { files: { 'a.yaml': 'a\n' } })
    const url = git.url('paused')
    bench.apply('paused', { url, ref: { branch: 'main' } })
    await bench.run('paused')
    bench.apply('paused', { url, ref: { branch: 'main' }, suspend: true })
    await git.commit('paused', { files: { 'b.yaml': 'b\n' } })
    const status = await bench.run('paused')
    assert.equal(status.observedGeneration, 2)
    assert.deepEqual(bench.conditions('paused'), [
      `Ready=True Succeeded: stored artifact for revision 'main@sha1:${commit}' (2)`,
      `ArtifactInStorage=True Succeeded: stored artifact for revision 'main@sha1:${commit}' (1)`,
    ])
  })

  test('that is suspended from the start has no conditions', async () => {
    bench.apply('asleep', { url: git.url('asleep'), suspend: true })
    const status = await bench.run('asleep')
    assert.equal(status.conditions, undefined)
    assert.equal(status.observedGeneration, -1)
  })

  test('with another ignore rule packs again', async () => {
    await git.commit('ignored', { files: { 'a.yaml': 'a\n', 'b.md': 'b\n' } })
    const url = git.url('ignored')
    bench.apply('ignored', { url, ref: { branch: 'main' } })
    const first = await bench.run('ignored')
    bench.apply('ignored', { url, ref: { branch: 'main' }, ignore: '*.md' })
    const second = await bench.run('ignored')
    assert.equal(second.artifact?.revision, first.artifact?.revision)
    assert.notEqual(second.artifact?.digest, first.artifact?.digest)
    assert.equal(second.observedIgnore, '*.md')
  })

  test('includes another, waits while that has no artifact, and refuses a target that is there', async () => {
    await git.commit('lib', { files: { 'shared/base.yaml': 'base\n', 'top.txt': 'top\n' } })
    await git.commit('app', { files: { 'deploy/cm.yaml': 'cm\n' } })
    bench.apply('lib', { url: git.url('lib'), ref: { branch: 'main' } })
    const spec = { url: git.url('app'), ref: { branch: 'main' } }
    bench.apply('app', {
      ...spec,
      include: [{ repository: { name: 'lib' }, fromPath: 'shared', toPath: 'vendor/shared' }],
    })
    await bench.run('app')
    assert.equal(
      bench.conditions('app')[2],
      "IncludeUnavailable=True NoArtifact: no artifact available for include 'lib' (1)",
    )
    assert.deepEqual(bench.last?.next, { kind: 'wait', after: 30_000 })
    await bench.run('lib')
    const status = await bench.run('app')
    const tree = await bench.store.tree(status.artifact!)
    assert.deepEqual([...tree.files()].map(file => file.path).sort(), ['deploy/cm.yaml', 'vendor/shared/base.yaml'])
    assert.equal(status.includedArtifacts?.length, 1)
    bench.apply('app', { ...spec, include: [{ repository: { name: 'lib' }, toPath: 'deploy' }] })
    await bench.run('app')
    assert.match(
      bench.conditions('app')[2] ?? '',
      /^StorageOperationFailed=True CopyFailure: failed to copy 'lib' include from {2}to deploy: /,
    )
  })

  test('deleted takes its artifacts along', async () => {
    await git.commit('deleted', { files: { 'a.yaml': 'a\n' } })
    bench.apply('deleted', { url: git.url('deleted'), ref: { branch: 'main' } })
    const { artifact } = await bench.run('deleted')
    assert.equal((await bench.reconciler.finalize(bench.object('deleted'))).released, true)
    assert.equal(await bench.store.exists(artifact!), false)
  })
})
