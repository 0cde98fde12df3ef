/** The bundle of `npm run build` as users have it: two files, alone in a folder. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { commandTable } from './command-table.ts'
import { version } from './version.ts'

const buildScript = fileURLToPath(new URL('../../../scripts/build.mjs', import.meta.url))

describe('the bundle', () => {
  let folder: string
  let bundle: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-bundle-'))
    // From wherever the script is started.
    execFileSync(process.execPath, [buildScript, join(folder, 'built')], {
      stdio: ['ignore', 'ignore', 'inherit'],
      cwd: folder,
    })
    bundle = copyTo('alone')
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  function copyTo(name: string): string {
    mkdirSync(join(folder, name))
    for (const file of ['sluice.js', 'sluice.parts'])
      copyFileSync(join(folder, 'built', file), join(folder, name, file))
    return join(folder, name, 'sluice.js')
  }

  function run(file: string, ...args: string[]) {
    return runWith({}, file, ...args)
  }

  function runWith(more: NodeJS.ProcessEnv, file: string, ...args: string[]) {
    const { NODE_COMPILE_CACHE: _, ...inherited } = process.env
    const env = { ...inherited, XDG_CACHE_HOME: join(folder, 'cache'), ...more }
    const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
      encoding: 'utf8',
      cwd: folder,
      env,
    })
    return { status, stdout, stderr }
  }

  test('runs wherever it is copied to: nothing beside it, in an ES module package, behind a link', () => {
    const inPackage = copyTo('package')
    writeFileSync(join(folder, 'package', 'package.json'), '{"type":"module"}')
    symlinkSync(bundle, join(folder, 'sluice'))
    for (const file of [bundle, bundle.slice(0, -'.js'.length), inPackage, join(folder, 'sluice')]) {
      assert.deepEqual(run(file, '--version'), { status: 0, stdout: `${version()}\n`, stderr: '' }, file)
    }
  })

  test('says so when its second file is missing or of another build', () => {
    const other = copyTo('other')
    const parts = join(folder, 'other', 'sluice.parts')
    const withoutKept = (file: string) => runWith({ NODE_DISABLE_COMPILE_CACHE: '1' }, file, '--version')
    writeFileSync(parts, `0123456789abcdef${readFileSync(parts, 'latin1').slice(16)}`, 'latin1')
    assert.match(
      withoutKept(other).stderr,
      /^✗ .*sluice\.parts is of another build than .*sluice\.js: start the program again/,
    )
    rmSync(parts)
    assert.match(withoutKept(other).stderr, /^✗ sluice is in two files, and one is missing: .*sluice\.parts/)
  })

  test('has every command in it', () => {
    for (const { word } of commandTable) {
      const { status, stdout, stderr } = run(bundle, word, '--help')
      assert.equal(status, 0, `${word}: ${stderr}`)
      assert.match(stdout, new RegExp(`^Usage: sluice ${word}`), word)
    }
  })

  test('does work, and says what is wrong in the words and exit codes of the sources', () => {
    mkdirSync(join(folder, 'app'))
    const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n'
    writeFileSync(join(folder, 'app', 'map.yaml'), map)
    writeFileSync(join(folder, 'app', 'kustomization.yaml'), 'resources:\n- map.yaml\n')
    assert.deepEqual(run(bundle, 'build', 'kustomization', 'app'), { status: 0, stdout: map, stderr: '' })
    writeFileSync(join(folder, 'app', 'kustomization.yaml'), 'resources:\n- missing.yaml\n')
    const missing = run(bundle, 'build', 'kustomization', 'app')
    assert.equal(missing.status, 1)
    assert.match(missing.stderr, /^✗ .*missing\.yaml/)
    assert.equal(run(bundle, 'nonsense').status, 2)
  })

  test('keeps what it compiled for the next start, and does without when it is damaged, of others or turned off', () => {
    const cache = join(folder, 'kept')
    const files = () => readdirSync(join(cache, 'sluice')).map(name => join(cache, 'sluice', name))
    const expected = { status: 0, stdout: `${version()}\n`, stderr: '' }
    const start = (more: NodeJS.ProcessEnv = {}) => {
      assert.deepEqual(runWith({ XDG_CACHE_HOME: cache, ...more }, bundle, '--version'), expected)
    }
    start({ NODE_DISABLE_COMPILE_CACHE: '1' })
    assert.ok(!existsSync(cache))
    start()
    const [file = ''] = files()
    assert.deepEqual(files(), [file])
    const { ino, mode, size } = statSync(file)
    assert.equal(mode & 0o077, 0)
    start()
    assert.equal(statSync(file).ino, ino, 'what fits is not written again')
    for (const damaged of [Buffer.alloc(0), Buffer.alloc(size), readFileSync(file).subarray(0, size >> 1)]) {
      writeFileSync(file, damaged)
      start()
      assert.ok(statSync(file).size > size / 2 && !readFileSync(file).equals(damaged))
    }
    chmodSync(file, 0o666)
    start()
    assert.equal(statSync(file).mode & 0o022, 0, 'what others could have written is replaced')
    rmSync(cache, { recursive: true })
    writeFileSync(cache, 'no folder')
    start()
  })

  test('runs the whole system: what a part loads only when it is needed is there, too', () => {
    const args = ['--until', 'ready', '--json', '--clusters', '1', '--data-dir', join(folder, 'data')]
    const { status, stdout, stderr } = run(bundle, 'up', ...args)
    assert.equal(status, 0, stderr)
    const { configurations }: { configurations: { complianceState: string }[] } = JSON.parse(stdout)
    assert.ok(configurations.length > 0 && configurations.every(c => c.complianceState === 'Compliant'), stdout)
  })
})
