/** `sluice dependency` beside the real helm, on copies of the same chart with the same repository. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { readChartArchive } from '@sluice/helm'
import { parseFirst } from '@sluice/yaml'
import { helm as helmBinary } from '../../../../scripts/test-tools.mjs'
import { runProgram, writeFiles } from '../testing/run-program.ts'

const main = join(import.meta.dirname, '..', 'main.ts')

describe('dependencies of a chart', () => {
  let root: string
  let helm: string
  let server: Server
  let url: string
  let asked: (string | undefined)[] = []
  const env = () => ({ ...process.env, HOME: root, HELM_REPOSITORY_CONFIG: join(root, 'repositories.yaml') })
  const run = (command: string, ...args: string[]) => runProgram({ env: env(), cwd: root }, command, args)
  const sluice = (...args: string[]) => run(process.execPath, main, 'dependency', ...args)
  const real = (...args: string[]) => run(helm, 'dependency', ...args)
  const write = (files: Record<string, string>) => writeFiles(root, files)
  const chart = (name: string, version: string, more = '') => ({
    [`${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name.split('/').at(-1)}\nversion: ${version}\n${more}`,
    [`${name}/values.yaml`]: 'a: 1\n',
    [`${name}/templates/a.yaml`]: 'kind: A\n',
  })

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'sluice-dependency-'))
    helm = await helmBinary()
    server = createServer((request, response) => {
      asked.push(request.headers.authorization)
      readFile(join(root, 'repo', request.url ?? '')).then(
        bytes => response.end(bytes),
        () => response.writeHead(404).end(),
      )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    for (const version of ['1.2.0', '1.3.0', '2.0.0-rc.1']) {
      await write(chart('src/web', version, 'description: A <web> & more\n'))
      await run(helm, 'package', 'src/web', '-d', 'repo')
    }
    await run(helm, 'repo', 'index', 'repo')
    await write({
      ...chart('lib', '0.1.0', 'keywords: [b, a]\nmaintainers:\n- name: x\nannotations:\n  b: "1"\n  a: x\n'),
      'lib/.helmignore': 'notes.txt\n',
      'lib/notes.txt': 'no',
      'lib/charts/inner/Chart.yaml': 'apiVersion: v2\nname: inner\nversion: 0.0.1\n',
    })
  })
  after(async () => {
    server.close()
    await rm(root, { recursive: true })
  })

  /** The same chart twice, for helm and for us. */
  async function twice(name: string, dependencies: string): Promise<[string, string]> {
    await write(chart(name, '1.0.0', dependencies))
    await cp(join(root, name), join(root, `${name}-real`), { recursive: true })
    return [name, `${name}-real`]
  }

  /** Names and contents of the archives in charts/. */
  async function charts(folder: string): Promise<Record<string, Record<string, string>>> {
    const found: Record<string, Record<string, string>> = {}
    for (const name of (await readdir(join(root, folder, 'charts'))).sort()) {
      const files = await readChartArchive(await readFile(join(root, folder, 'charts', name)))
      found[name] = Object.fromEntries(
        files.map(({ path, content }): [string, string] => [path, Buffer.from(content).toString('utf8')]).sort(),
      )
    }
    return found
  }

  const lockOf = async (folder: string) => {
    const lock = parseFirst(await readFile(join(root, folder, 'Chart.lock'), 'utf8'))
    assert.ok(typeof lock === 'object' && lock)
    return { ...lock, generated: undefined }
  }

  const all = () => `dependencies:
- name: web
  version: ^1.0.0
  repository: ${url}
  condition: web.enabled
  tags: [front, "<b>"]
  import-values:
  - child: a
    parent: b
  - data
- name: web
  version: 1.2.x
  repository: ${url}
  alias: old
- name: lib
  version: ">=0.1.0"
  repository: file://../lib
`

  test('are resolved, locked and fetched as helm does', async () => {
    const [ours, theirs] = await twice('app', all())
    assert.equal((await real('update', theirs)).code, 0)
    const ended = await sluice('update', ours)
    assert.equal(ended.code, 0, ended.stderr)
    assert.match(ended.stdout, /^\.\.\.Successfully got an update .*\nSaving 3 charts\nDownloading web from repo /)
    assert.deepEqual(await lockOf(ours), await lockOf(theirs))
    assert.deepEqual(await charts(ours), await charts(theirs))
    const [list, wanted] = await Promise.all([sluice('list', ours), real('list', ours)])
    assert.equal(list.stdout, wanted.stdout)
  })

  test('are built from a lock of either, and a lock that does not fit is refused', async () => {
    const [ours] = await twice('locked', all())
    await real('update', ours)
    await rm(join(root, ours, 'charts'), { recursive: true })
    await write({ [`${ours}/charts/_notes.txt`]: 'stays' })
    const built = await sluice('build', ours)
    assert.equal(built.code, 0, built.stderr)
    assert.deepEqual((await readdir(join(root, ours, 'charts'))).sort(), [
      '_notes.txt',
      'lib-0.1.0.tgz',

      'web-1.2.0.tgz',
      'web-1.3.0.tgz',
    ])
    await write(chart(ours, '1.0.0', all().replace('^1.0.0', '^1.1.0')))
    const refused = await sluice('build', ours)
    assert.equal(refused.code, 1)
    assert.match(
      refused.stderr,
      /the lock file \(Chart\.lock\) is out of sync with the dependencies file \(Chart\.yaml\)/,
    )
  })

  test('of another version replace those that are there', async () => {
    const [ours] = await twice('moving', `dependencies:\n- {name: web, version: 1.2.0, repository: "${url}"}\n`)
    await sluice('update', ours)
    await write(chart(ours, '1.0.0', `dependencies:\n- {name: web, version: 1.3.0, repository: "${url}"}\n`))
    await sluice('update', ours)
    assert.deepEqual(await readdir(join(root, ours, 'charts')), ['web-1.3.0.tgz'])
  })

  test('may name a repository that helm knows, whose login is used', async () => {
    await run(helm, 'repo', 'add', 'mine', url, '--username', 'user', '--password', 'pass')
    const [ours, theirs] = await twice('aliased', 'dependencies:\n- {name: web, version: 1.x, repository: "@mine"}\n')
    await real('update', theirs)
    asked = []
    const ended = await sluice('update', ours)
    assert.equal(ended.code, 0, ended.stderr)
    assert.deepEqual(await lockOf(ours), await lockOf(theirs))
    assert.deepEqual([...new Set(asked)], [`Basic ${Buffer.from('user:pass').toString('base64')}`])
    asked = []
    await rm(join(root, ours, 'Chart.lock'))
    const cached = await sluice('update', ours, '--skip-refresh')
    assert.equal(cached.code, 0, cached.stderr)
    assert.equal(asked.length, 1)
  })

  const refused: [what: string, dependency: string, said: RegExp][] = [
    [
      'an unknown alias',
      '{name: web, version: 1.x, repository: "@nobody"}',
      /no repository definition for @nobody\. Please add them via 'helm repo add'/,
    ],
    ['a word', '{name: web, version: 1.x, repository: stable}', /repositories must be URLs or aliases/],
    ['no such chart', '{name: nope, version: 1.x, repository: "URL"}', /nope chart not found in repo/],
    [
      'no such version',
      '{name: web, version: 9.x, repository: "URL"}',
      /can't get a valid version for 1 subchart\(s\): "web" \(repository "http:.*", version "9\.x"\)/,
    ],
    ['no such folder', '{name: x, version: 1.x, repository: "file://../nope"}', /directory .*nope not found/],
    [
      'a folder of another version',
      '{name: lib, version: 2.x, repository: "file://../lib"}',
      /can't get a valid version for 1 subchart/,
    ],
    [
      'a dead repository',
      '{name: web, version: 1.x, repository: "http://127.0.0.1:1"}',
      /dial tcp 127\.0\.0\.1:1: connect: connection refused/,
    ],
    [
      'a dead registry',
      '{name: web, version: 1.x, repository: "oci://127.0.0.1:1/x"}',
      /could not fetch tags for "oci:\/\/127\.0\.0\.1:1\/x\/web": .*connection refused/,
    ],
  ]
  for (const [index, [what, dependency, said]] of refused.entries()) {
    test(`on ${what} are refused, and nothing is left behind`, async () => {
      const name = `refused-${index}`
      await write(chart(name, '1.0.0', `dependencies:\n- ${dependency.replace('URL', url)}\n`))
      const ended = await sluice('update', name)
      assert.equal(ended.code, 1)
      assert.match(ended.stderr, said)
      assert.deepEqual((await readdir(join(root, name))).sort(), ['Chart.yaml', 'templates', 'values.yaml'])
    })
  }

  test('whose archive is none leave the folder as it was, also what is there already', async () => {
    await mkdir(join(root, 'repo/broken'), { recursive: true })
    const entry = { name: 'web', version: '1.0.0', urls: ['web-1.0.0.tgz'] }
    await write({
      'repo/broken/index.yaml': JSON.stringify({ apiVersion: 'v1', entries: { web: [entry] } }),
      'repo/broken/web-1.0.0.tgz': '<html>',
    })
    const dependency = `dependencies:\n- {name: web, version: 1.0.0, repository: "${url}/broken"}\n`
    const [ours] = await twice('half', dependency)
    assert.equal((await sluice('update', ours)).code, 1)
    assert.deepEqual((await readdir(join(root, ours))).sort(), ['Chart.yaml', 'templates', 'values.yaml'])
    await mkdir(join(root, ours, 'charts'))
    await cp(join(root, 'repo/web-1.2.0.tgz'), join(root, ours, 'charts/web-1.2.0.tgz'))
    assert.equal((await sluice('update', ours)).code, 1)
    assert.deepEqual(await readdir(join(root, ours, 'charts')), ['web-1.2.0.tgz'])
  })

  test('are listed with what is wrong with them', async () => {
    const [ours] = await twice(
      'listed',
      `dependencies:
- {name: web, version: 2.x, repository: "${url}"}
- {name: lib, version: 0.1.x, repository: "file://../lib"}
- {name: gone, version: 1.x, repository: "${url}"}
- {name: broken, version: 1.x, repository: "${url}"}
`,
    )
    await mkdir(join(root, ours, 'charts'))
    await cp(join(root, 'repo/web-1.3.0.tgz'), join(root, ours, 'charts/web-1.3.0.tgz'))
    await cp(join(root, 'lib'), join(root, ours, 'charts/lib'), { recursive: true })
    const [list, wanted] = await Promise.all([sluice('list', ours), real('list', ours)])
    assert.equal(list.stdout, wanted.stdout)
    await write(chart('bare', '1.0.0'))
    assert.equal((await sluice('list', 'bare')).stdout, 'WARNING: no dependencies at bare/charts\n')
  })
})
