import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { editKustomization, requireFiles } from './edit-kustomization.ts'

describe('edits of a kustomization on the disk', () => {
  const dir = mkdtempSync(join(tmpdir(), 'edit-kustomization-test-'))
  after(() => rmSync(dir, { recursive: true, force: true }))
  const path = join(dir, 'kustomization.yml')
  writeFileSync(path, 'resources: # all\n- a.yaml\n')

  test('the file of any of the names is changed', () => {
    editKustomization(dir, (edits, file) => edits.addItems(file, 'resources', ['b.yaml']))
    assert.equal(readFileSync(path, 'utf8'), 'resources: # all\n- a.yaml\n- b.yaml\n')
  })

  test('a refusal names the file', () => {
    assert.throws(
      () => editKustomization(dir, (edits, file) => edits.removeItems(file, 'resources', ['c.yaml'])),
      new RegExp(`c.yaml is not in the list\n.*${path}`),
    )
  })

  test('what is added must be there, or be a URL', () => {
    requireFiles(dir, [
      'kustomization.yml',
      'https://host.example/org/repo//base?ref=v1',
      'https://host.example/a.yaml',
    ])
    assert.throws(() => requireFiles(dir, ['gone.yaml']), /not found in .*: gone.yaml/)
  })

  test('a directory without one', () => {
    assert.throws(() => editKustomization(join(dir, 'none'), () => ''), /there is no kustomization.yaml/)
  })
})
