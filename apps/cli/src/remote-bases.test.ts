import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { GitFixture, git as runGit } from '@sluice/artifact/testing'
import { build, KustomizeError, memoryTree } from '@sluice/kustomize'
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

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`

const buildOf = (kustomization: string) =>
  withRemoteBases(remote => build(memoryTree(new Map([['kustomization.yaml', kustomization]])), '', { remote }))

const namesOf = async (kustomization: string) =>
  (await buildOf(kustomization)).objects.map(({ metadata }) => metadata.name)

const failure = async (kustomization: string): Promise<string> => {
  try {
    await buildOf(kustomization)
  } catch (error) {
    assert.ok(error instanceof KustomizeError, String(error))
    return error.explained()
  }
  throw new Error('it was built')
}

describe('bases of git servers', () => {
  let git: GitFixture
  let folder: string
  before(async () => {
    git = await GitFixture.start()
    const shared = { 'kustomization.yaml': 'resources: [c.yaml]\n', 'c.yaml': configMap('shared') }
    await git.commit('shared', { files: shared })
    const files = { 'base/kustomization.yaml': 'resources: [../lib]\nnamePrefix: app-\n', 'README.md': 'hi' }
    await git.commit('app', { files })
    // A submodule with a relative URL, as a person adds it.
    folder = mkdtempSync(join(tmpdir(), 'remote-bases-work-'))
    runGit(folder, ['clone', '-q', git.path('app'), 'work'])
    const work = join(folder, 'work')
    runGit(work, ['-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', '../shared.git', 'lib'])
    runGit(work, ['commit', '-q', '-m', 'lib'])
    runGit(work, ['push', '-q', 'origin', 'HEAD:main', 'HEAD:refs/tags/v1'])
  })
  after(async () => {
    await git.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('submodules come along, unless the URL says otherwise', async () => {
    const url = `${git.url('app')}/base`
    assert.deepEqual(await namesOf(`resources: ["${url}?ref=v1"]\n`), ['app-shared'])
    assert.match(
      await failure(`resources: ["${url}?ref=v1&submodules=false"]\n`),
      /unable to find one of 'kustomization/,
    )
  })

  test('a repository is the root of a build', async () => {
    const result = await withRemoteBases(remote =>
      build(memoryTree(new Map()), `${git.url('app')}/base?ref=main`, { remote }),
    )
    assert.deepEqual(
      result.objects.map(({ metadata }) => metadata.name),
      ['app-shared'],
    )
  })

  test('a directory that is a file, one outside, a cycle', async () => {
    assert.match(await failure(`resources: ["${git.url('app')}//README.md"]\n`), /'README.md' in .* is not a directory/)
    assert.match(await failure(`resources: ["${git.url('app')}//../x"]\n`), /HTTP Error|no such file/)
    const url = `${git.url('loop')}?ref=main`
    await git.commit('loop', { files: { 'kustomization.yaml': `resources: ["${url}"]\n` } })
    assert.match(await failure(`resources: ["${url}"]\n`), /cycle detected: URI '.*' referenced by previous URI/)
  })
})

describe('what is named by http', () => {
  let server: Server
  let base: string
  before(async () => {
    server = createServer((request, response) => {
      const path = (request.url ?? '').split('?')[0]
      if (path === '/o/r/raw/c.yaml' || path === '/no-ending') response.end(configMap('plain'))
      else if (path === '/private.yaml') {
        const isKnown = request.headers.authorization === `Basic ${Buffer.from('me:p@ss').toString('base64')}`
        response.writeHead(isKnown ? 200 : 401).end(configMap('private'))
      } else if (path === '/moved.yaml') response.writeHead(302, { location: '/no-ending' }).end()
      else if (path === '/large.yaml') {
        response.write('# ')
        const more = () => {
          while (response.write(Buffer.alloc(1 << 20, 'x')));
          response.once('drain', more)
        }
        more()
      } else if (path !== '/slow/repo.git/info/refs') response.writeHead(404).end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    base = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  test('files, whatever they are called', async () => {
    assert.deepEqual(await namesOf(`resources: ["${base}/o/r/raw/c.yaml"]\n`), ['plain'])
    assert.deepEqual(await namesOf(`resources: ["${base}/no-ending"]\n`), ['plain'])
    assert.deepEqual(await namesOf(`resources: ["${base}/moved.yaml"]\n`), ['plain'])
    const url = base.replace('http://', 'http://me:p%40ss@')
    assert.deepEqual(await namesOf(`resources: ["${url}/private.yaml"]\n`), ['private'])
  })

  test('a patch by URL', async () => {
    const { objects } = await buildOf(`resources: ["${base}/no-ending"]\npatches: [{path: "${base}/o/r/raw/c.yaml"}]\n`)
    assert.equal(objects.length, 1)
  })

  test('a file that is not there, one without an end', async () => {
    assert.match(await failure(`resources: ["${base}/gone.yaml"]\n`), /HTTP Error: status code 404 \(Not Found\)/)
    assert.match(
      await failure(`resources: ["${base}/large.yaml"]\n`),
      /the file has more than 33554432 bytes\n.*copy it/s,
    )
  })

  test('no secret in what is told of a failure', async () => {
    const url = base.replace('http://', 'http://me:s3cret@')
    const messages = [
      await failure(`resources: ["${url}/gone.yaml"]\n`),
      await failure(`resources: ["${url}/o/r.git//base?ref=x"]\n`),
    ]
    for (const message of messages) assert.doesNotMatch(message, /s3cret/)
  })

  test('a server that does not answer', async () => {
    const message = await failure(`resources: ["${base}/slow/repo.git?timeout=300ms"]\n`)
    assert.match(message, /hit 0\.3s timeout running 'git fetch .*give the URL a longer one/s)
  })
})
