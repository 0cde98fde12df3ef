import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { build } from './build.ts'
import { diskTree } from './disk-tree.ts'
import { KustomizeError } from './kustomize-error.ts'

describe('kustomizations of the disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'disk-tree-test-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const kustomization = (directory: string, text: string) => {
    mkdirSync(join(folder, directory))
    writeFileSync(join(folder, directory, 'kustomization.yaml'), text)
  }
  const failure = async (directory: string): Promise<string> => {
    try {
      await build(diskTree(), join(folder, directory))
    } catch (error) {
      assert.ok(error instanceof KustomizeError, String(error))
      return error.explained().replaceAll(folder, '')
    }
    throw new Error('it was built')
  }

  test('a symbolic link to itself', async () => {
    kustomization('loop', 'resources: [a.yaml]\n')
    symlinkSync('b.yaml', join(folder, 'loop/a.yaml'))
    symlinkSync('b.yaml', join(folder, 'loop/b.yaml'))
    assert.match(
      await failure('loop'),
      /cannot read '\/loop\/a.yaml': too many links\n.*\n? {2}a symbolic link must lead/,
    )
  })

  test('one that leads out of the directory', async () => {
    kustomization('out', 'resources: [a.yaml]\n')
    writeFileSync(join(folder, 'a.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n')
    symlinkSync('../a.yaml', join(folder, 'out/a.yaml'))
    assert.match(await failure('out'), /security; file '\/out\/a.yaml' is not in or below '\/out'/)
  })

  test('a cycle is told where it is closed, an absolute base where it is named', async () => {
    kustomization('one', 'resources: [../two]\n')
    kustomization('two', 'resources: [../one]\n')
    assert.match(
      await failure('one'),
      /cycle detected: .*\n {2}in \/two\/kustomization.yaml\n {2}no kustomization may name/,
    )
    kustomization('absolute', `resources: [${folder}/out]\n`)
    assert.match(
      await failure('absolute'),
      /cannot be absolute\n {2}in \/absolute\/kustomization.yaml\n {2}name it relative/,
    )
  })

  test('no directory', async () => {
    assert.match(await failure('gone'), /lstat \/gone: no such file or directory\n {2}name a directory that is there/)
  })
})
