import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { commandTable } from './command-table.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

function sluice(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
}

describe('the command line', () => {
  test('lists every command', () => {
    const { status, stdout } = sluice('--help')
    assert.equal(status, 0)
    for (const { word } of commandTable) assert.match(stdout, new RegExp(`^  ${word}\\b`, 'm'))
  })

  test('a command that does not exist, an option that does not, and a wrong value are usage errors', () => {
    for (const args of [['nope'], ['get', 'all', '--nope'], ['up', '--clusters', '11'], ['up', '--timeout', 'soon']]) {
      const { status, stdout, stderr } = sluice(...args)
      assert.equal(status, 2, args.join(' '))
      assert.equal(stdout, '')
      assert.match(stderr, /^✗ /)
    }
  })

  test('what fails says why on stderr and exits with 1', () => {
    const { status, stdout, stderr } = sluice('get', 'all', '--kubeconfig', '/nonexistent/kubeconfig')
    assert.equal(status, 1)
    assert.equal(stdout, '')
    assert.match(stderr, /^✗ cannot read kubeconfig \/nonexistent\/kubeconfig/)
  })

  test('help says what an option is by default once, in the words it is given in', () => {
    assert.match(sluice('controllers', '--help').stdout, /\(default:\s+source,kustomize,helm,fluxconfig\)/)
    assert.doesNotMatch(sluice('up', '--help').stdout, /default: \[\]/)
    assert.doesNotMatch(sluice('k8s-configuration', 'flux', 'create', '--help').stdout, /preset/)
  })

  test('the definitions of all kinds can be applied to a cluster', () => {
    const { status, stdout } = sluice('crds')
    assert.equal(status, 0)
    assert.match(stdout, /^ {2}name: gitrepositories\.source\.toolkit\.fluxcd\.io$/m)
    assert.match(stdout, /^ {2}name: fluxconfigs\.clusterconfig\.azure\.com$/m)
  })

  test('each command has help of its own', () => {
    for (const { word } of commandTable) {
      const { status, stdout } = sluice(word, '--help')
      assert.equal(status, 0, word)
      assert.match(stdout, new RegExp(`^Usage: sluice ${word}\\b`), word)
    }
  })
})
