/** `sluice up` as a person uses it: started, looked at, pushed to, interrupted, started again. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

/** A running `up`, with what it printed so far. */
class Up {
  readonly child: ChildProcess
  output = ''
  #heard: () => void = () => {}

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, [main, 'up', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    const hear = (text: string): void => {
      this.output += text
      this.#heard()
    }
    this.child.stdout?.setEncoding('utf8').on('data', hear)
    this.child.stderr?.setEncoding('utf8').on('data', hear)
    this.child.on('exit', () => this.#heard())
  }

  /** Resolves when the output matches; rejects, with the output, when the process ends before. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output)
      if (match) return match
      if (this.child.exitCode !== null) throw new Error(`ended before it printed ${pattern}:\n${this.output}`)
      await new Promise<void>(resolve => {
        this.#heard = resolve
      })
    }
  }
}

/** Processes of this machine that were started with `text` in their arguments. */
function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        return command.includes(text) ? [`${pid} ${command}`] : []
      } catch {
        return []
      }
    })
}

describe('sluice up', { skip: process.platform !== 'linux' && 'reads /proc' }, () => {
  let folder: string
  let data: string
  let up: Up | undefined

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-up-'))
    data = join(folder, 'data')
  })
  after(async () => {
    if (up && up.child.exitCode === null) {
      up.child.kill('SIGTERM')
      await once(up.child, 'exit')
    }
    rmSync(folder, { recursive: true, force: true })
  })

  test('starts everything and says how to go on', async () => {
    up = new Up('--data-dir', data, '--clusters', '1')
    await up.until(/Try next:/)
    assert.match(up.output, /^cluster-1 +cluster-config +cluster +Compliant +main@sha1:[0-9a-f]{8} +\d+ +\d/m)
    assert.match(up.output, /^cluster-1 +team-a +namespace +Compliant/m)
    assert.match(up.output, /kubectl --kubeconfig \S+ get all -A/)
  })

  test('refuses a second instance on the same data with the process id of the first', () => {
    const second = spawnSync(process.execPath, [main, 'up', '--data-dir', data], { encoding: 'utf8' })
    assert.equal(second.status, 1)
    assert.match(second.stderr, new RegExp(`process ${up?.child.pid}\\b`))
  })

  test('deploys what is pushed to its git server', async () => {
    const [, url = ''] = (await up?.until(/git clone (\S+)/)) ?? []
    const work = join(folder, 'work')
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...args], {
        cwd: work,
        encoding: 'utf8',
      })
    execFileSync('git', ['clone', '-q', url, work])
    writeFileSync(join(work, 'apps/overlays/staging/greeting.properties'), 'title=Changed\n')
    git('commit', '-qam', 'another greeting')
    git('push', '-q')
    const head = git('rev-parse', 'HEAD').trim().slice(0, 8)
    await up?.until(new RegExp(`cluster-1/cluster-config +Compliant at main@sha1:${head}`))
  })

  test('stops everything on Ctrl-C', async () => {
    assert.ok(up)
    up.child.kill('SIGINT')
    const [code] = await once(up.child, 'exit')
    assert.equal(code, 0)
    assert.deepEqual(processesWith(data), [])
  })

  test('goes on from its data, as one JSON document when asked', async () => {
    const again = spawnSync(
      process.execPath,
      [main, 'up', '--data-dir', data, '--clusters', '1', '--until', 'ready', '--json'],
      { encoding: 'utf8' },
    )
    assert.equal(again.status, 0, again.stderr)
    const document: {
      clusters: { name: string }[]
      configurations: { name: string; complianceState: string; revision: string; objects: number }[]
    } = JSON.parse(again.stdout)
    assert.deepEqual(
      document.clusters.map(({ name }) => name),
      ['cluster-1'],
    )
    const head = execFileSync('git', [`--git-dir=${join(data, 'git', 'fleet.git')}`, 'rev-parse', 'main'], {
      encoding: 'utf8',
    })
    assert.deepEqual(
      document.configurations.map(({ name, complianceState, revision }) => [name, complianceState, revision]),
      ['cluster-config', 'team-a'].map(name => [name, 'Compliant', `main@sha1:${head.trim()}`]),
    )
    for (const { objects } of document.configurations) assert.ok(objects > 0)
    assert.deepEqual(processesWith(data), [])
  })
})
