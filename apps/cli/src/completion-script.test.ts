import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const main = fileURLToPath(new URL('./main.ts', import.meta.url))

describe('completion', () => {
  /** What bash offers after these words, by the script we print. */
  async function offered(...words: string[]): Promise<string[]> {
    const script = `
      source <("$0" "$1" completion bash)
      shift; COMP_WORDS=(sluice "$@"); COMP_CWORD=$#; _sluice; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout } = await run('bash', ['-c', script, process.execPath, main, ...words])
    return stdout.trim().split('\n')
  }

  test('of a command', async () => assert.deepEqual(await offered('recon'), ['reconcile']))
  test('of a word below it', async () => assert.ok((await offered('get', '')).includes('kustomization')))
  test('of words two levels down, past an option', async () => {
    assert.deepEqual(await offered('k8s-configuration', 'flux', 'cre'), ['create'])
  })
  test('of options', async () => assert.deepEqual(await offered('up', '--fre'), ['--fresh']))
  test('an unknown shell is wrong usage', async () => {
    await assert.rejects(run(process.execPath, [main, 'completion', 'tcsh']), { code: 2 })
  })
})
