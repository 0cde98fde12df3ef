import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { exampleFiles } from './example-files.ts'
import { seedRepository } from './seed-repository.ts'

test('the first start commits the files, later ones leave the repository alone', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-seed-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'git', 'fleet.git')
  const git = (...args: string[]): string => execFileSync('git', [`--git-dir=${path}`, ...args], { encoding: 'utf8' })
  assert.equal(await seedRepository(path, [{ path: 'a/b.yaml', content: 'x: 1\n' }]), true)
  assert.equal(git('show', 'main:a/b.yaml'), 'x: 1\n')
  const head = git('rev-parse', 'main')
  assert.equal(await seedRepository(path, [{ path: 'a/b.yaml', content: 'x: 2\n' }]), false)
  assert.equal(git('rev-parse', 'main'), head)
})

test('the example holds what the configurations deploy', () => {
  const paths = exampleFiles().map(({ path }) => path)
  for (const folder of ['infra', 'apps/overlays/staging', 'apps/overlays/production', 'teams/team-a']) {
    assert.ok(paths.includes(`${folder}/kustomization.yaml`), folder)
  }
})
