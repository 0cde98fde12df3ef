import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { build, memoryTree } from '@sluice/kustomize'
import { withRemoteBases } from './remote-bases.ts'

describe('bases named by URL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'remote-bases-test-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: 'pipe' })
  git('init', '--quiet', '--initial-branch=main')
  for (const directory of ['base', 'shared']) mkdirSync(join(folder, directory))
  writeFileSync(join(folder, 'base/kustomization.yaml'), 'resources: [../shared]\nnamePrefix: a-\n')
  writeFileSync(join(folder, 'shared/kustomization.yaml'), 'resources: [c.yaml]\n')
  writeFileSync(join(folder, 'shared/c.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n')
  git('add', '.')
  git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '--quiet', '--message=first')

  const buildOf = (kustomization: string) =>
    withRemoteBases(async remote =>
      build(memoryTree(new Map([['kustomization.yaml', kustomization]])), '', { remote, version: '5.7' }),
    )

  test('a repository is fetched, and its files know where they are from', async () => {
    const { objects } = await buildOf(
      `resources: ["file://${folder}//base?ref=main"]\nnamePrefix: b-\nbuildMetadata: [originAnnotations]\n`,
    )
    assert.deepEqual(
      objects.map(object => object.metadata),
      [
        {
          name: 'b-a-c',
          annotations: {
            'config.kubernetes.io/origin': `path: shared/c.yaml\nrepo: file://${folder}\nref: main\n`,
          },
        },
      ],
    )
  })

  test('a branch that is not there is told in the words of git', async () => {
    await assert.rejects(buildOf(`resources: ["file://${folder}//base?ref=gone"]\n`), /couldn't find remote ref gone/)
  })

  test('a directory that is not there', async () => {
    await assert.rejects(buildOf(`resources: ["file://${folder}//gone?ref=main"]\n`), /'gone' in .* is not a directory/)
  })
})
