/** Charts of a registry in the commands that fetch some, beside the real helm where it does the same. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { LOGIN, NO_REGISTRY, TestRegistry } from '@sluice/artifact/testing'
import { helm as helmBinary } from '../../../../scripts/test-tools.mjs'

const main = join(import.meta.dirname, '..', 'main.ts')

interface Ended {
  code: number
  stdout: string
  stderr: string
}

describe('charts of a registry', { skip: NO_REGISTRY }, () => {
  let root: string
  let registry: TestRegistry
  let helm: string
  let address: string
  const run = (command: string, ...args: string[]): Promise<Ended> => {
    const env = { ...process.env, HOME: root, XDG_CONFIG_HOME: join(root, '.config') }
    return new Promise(resolve => {
      const child = execFile(command, args, { env, cwd: root }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(child.exitCode) : 0, stdout, stderr }),
      )
    })
  }
  const sluice = (...args: string[]) => run(process.execPath, main, ...args)
  const real = async (...args: string[]) => {
    const ended = await run(helm, ...args)
    assert.equal(ended.code, 0, ended.stderr)
    return ended
  }
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'sluice-oci-'))
    helm = await helmBinary()
    registry = await TestRegistry.start({ login: true })
    address = `oci://${registry.host}/charts`
    const { username, password } = LOGIN
    await real('registry', 'login', registry.host, '--plain-http', '-u', username, '-p', password)
    await write('web/templates/a.yaml', 'kind: A\nmetadata: {name: "{{ .Chart.Version }}-{{ .Release.Name }}"}\n')
    await write('web/values.yaml', 'a: 1\n')
    for (const version of ['1.0.0', '1.2.0+b.1', '2.0.0-rc.1']) {
      await write('web/Chart.yaml', `apiVersion: v2\nname: web\nversion: ${version}\n`)
      await real('package', 'web')
      await real('push', `web-${version}.tgz`, address, '--plain-http')
    }
  })
  after(async () => {
    await registry.close()
    await rm(root, { recursive: true })
  })

  test('are dependencies, locked and fetched as by helm', async () => {
    const dependencies = [
      `{name: web, version: 1.x, repository: "${address}"}`,
      `{name: web, version: 1.0.0, repository: "${address}", alias: old}`,
    ]
    await write(
      'ours/Chart.yaml',
      `apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- ${dependencies.join('\n- ')}\n`,
    )
    await cp(join(root, 'ours'), join(root, 'theirs'), { recursive: true })
    await real('dependency', 'update', 'theirs', '--plain-http')
    const updated = await sluice('dependency', 'update', 'ours', '--plain-http')
    assert.equal(updated.code, 0, updated.stderr)
    assert.match(updated.stdout, new RegExp(`Downloading web from repo ${address}`))
    const lock = async (folder: string) =>
      (await readFile(join(root, folder, 'Chart.lock'), 'utf8')).replace(/generated.*/, '')
    assert.equal(await lock('ours'), await lock('theirs'))
    const charts = await readdir(join(root, 'theirs/charts'))
    assert.deepEqual(await readdir(join(root, 'ours/charts')), charts)
    for (const file of charts) {
      assert.deepEqual(
        await readFile(join(root, 'ours/charts', file)),
        await readFile(join(root, 'theirs/charts', file)),
      )
    }
    await rm(join(root, 'ours/charts'), { recursive: true })
    const built = await sluice('dependency', 'build', 'ours', '--plain-http')
    assert.equal(built.code, 0, built.stderr)
    assert.deepEqual(await readdir(join(root, 'ours/charts')), charts)
  })

  test('that are missing are told with the nearest', async () => {
    await write(
      'missing/Chart.yaml',
      `apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- {name: web, version: 1.0.1, repository: "${address}"}\n`,
    )
    const { code, stderr } = await sluice('dependency', 'update', 'missing')
    assert.equal(code, 1)
    assert.match(stderr, /web:1\.0\.1: not found \(nearest versions: 1\.0\.0, 1\.2\.0\+b\.1\)/)
  })

  test('are rendered by their address', async () => {
    for (const args of [['--version', '1.x'], ['--version', '1.0.0'], ['--devel'], []]) {
      const wanted = await real('template', 'rel', `${address}/web`, '--plain-http', ...args)
      const ended = await sluice('template', 'rel', `${address}/web`, '--plain-http', ...args)
      assert.deepEqual([ended.stdout, ended.code], [wanted.stdout, 0], ended.stderr)
    }
    const tagged = await sluice('template', `${address}/web:1.2.0_b.1`)
    assert.match(tagged.stdout, /name: "1\.2\.0\+b\.1-release-name"/)
    const bad = await sluice('template', `${address}/web:1.0.0`, '--version', '2.0.0')
    assert.deepEqual([bad.code, bad.stdout], [2, ''])
    assert.match(bad.stderr, /leave one out/)
  })

  test('need the login, by options as well', async () => {
    const env = ['--username', LOGIN.username, '--password']
    const right = await sluice('template', `${address}/web`, ...env, LOGIN.password)
    assert.equal(right.code, 0, right.stderr)
    const wrong = await sluice('template', `${address}/web`, ...env, 'wr0ng-pass')
    assert.equal(wrong.code, 1)
    assert.match(wrong.stderr, /UNAUTHORIZED: authentication required/)
    assert.doesNotMatch(wrong.stderr, /wr0ng/)
  })

  test('are inflated by a kustomization', async () => {
    await write(
      'k/kustomization.yaml',
      `helmCharts:\n- {name: web, repo: "${address}", version: 1.0.0, releaseName: rel}\n`,
    )
    const ended = await sluice('build', 'kustomization', 'k', '--enable-helm')
    assert.deepEqual([ended.stdout, ended.code], ['kind: A\nmetadata:\n  name: 1.0.0-rel\n', 0], ended.stderr)
    await write('bad/kustomization.yaml', `helmCharts:\n- {name: web, repo: "${address}", version: 1.0.7}\n`)
    const bad = await sluice('build', 'kustomization', 'bad', '--enable-helm')
    assert.equal(bad.code, 1)
    assert.match(bad.stderr, /chart 'web' of oci:.*web:1\.0\.7: not found \(nearest versions: 1\.0\.0/)
  })
})
