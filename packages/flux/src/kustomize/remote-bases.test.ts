import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { GitFixture } from '@sluice/artifact/testing'
import { build, buildFetching, KustomizeError, memoryTree } from '@sluice/kustomize'
import { RemoteBases } from './remote-bases.ts'

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`

describe('bases by URL in a controller that takes them', () => {
  const bases = new RemoteBases()
  let git: GitFixture
  let server: Server
  let address: string
  before(async () => {
    git = await GitFixture.start()
    const files = { 'base/kustomization.yaml': 'resources: [../c]\nnamePrefix: a-\n', 'c/c.yaml': configMap('one') }
    await git.commit('app', { files: { ...files, 'c/kustomization.yaml': 'resources: [c.yaml]\n' }, tag: 'v1' })
    server = createServer((request, response) => {
      if (request.url === '/c.yaml') response.end(configMap('file'))
      else if (!request.url?.startsWith('/slow/')) response.writeHead(404).end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const bound = server.address()
    address = `http://127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : 0}`
  })
  after(async () => {
    await bases.close()
    await git.close()
    server.closeAllConnections()
    server.close()
  })

  const built = (kustomization: string, signal = new AbortController().signal) =>
    buildFetching(bases.fetcher(signal), remote =>
      build(memoryTree(new Map([['kustomization.yaml', kustomization]])), '', { remote, signal }),
    )
  const names = async (kustomization: string) =>
    (await built(kustomization)).result.objects.map(({ metadata }) => metadata.name)

  test('a repository: default branch, branch, tag, commit', async () => {
    const commit = await git.commit('app', { files: { 'c/c.yaml': configMap('two') } })
    const url = `${git.url('app')}/base`
    assert.deepEqual(await names(`resources: ["${url}"]\n`), ['a-two'])
    assert.deepEqual(await names(`resources: ["${url}?ref=main"]\n`), ['a-two'])
    assert.deepEqual(await names(`resources: ["${url}?ref=v1"]\n`), ['a-one'])
    assert.deepEqual(await names(`resources: ["${url}?ref=${commit}"]\n`), ['a-two'])
  })

  test('what changes behind a URL is seen by the next build, which is told to be no function of the files', async () => {
    const kustomization = `resources: ["${git.url('app')}/base"]\n`
    await git.commit('app', { files: { 'c/c.yaml': configMap('three') } })
    const { result, usedUrls } = await built(kustomization)
    assert.equal(result.objects[0]?.metadata.name, 'a-three')
    assert.equal(usedUrls, true)
    assert.equal((await built('configMapGenerator: [{name: x}]\n')).usedUrls, false)
  })

  test('a file', async () => assert.deepEqual(await names(`resources: ["${address}/c.yaml"]\n`), ['file']))

  const refused: [what: string, resource: () => string, message: RegExp][] = [
    ['a revision that is not there', () => `${git.url('app')}/base?ref=gone`, /couldn't find remote ref gone/],
    ['a file that is not there', () => `${address}/d.yaml`, /HTTP Error: status code 404/],
    ['SSH, for which there is no key', () => 'git@example.com:org/repo.git', /takes bases over http and https/],
    ['a server that does not answer', () => `${address}/slow/app.git?timeout=300ms`, /hit 0\.3s timeout fetching/],
  ]
  for (const [what, resource, message] of refused) {
    test(`refused: ${what}`, () =>
      assert.rejects(built(`resources: ["${resource()}"]\n`), error => {
        assert.ok(error instanceof KustomizeError, String(error))
        assert.match(error.message, message)
        return true
      }))
  }

  test('a signal ends what is under way', async () => {
    const controller = new AbortController()
    const running = built(`resources: ["${address}/slow/app.git"]\n`, controller.signal)
    setImmediate(() => controller.abort(new Error('enough')))
    await assert.rejects(running, /enough/)
  })
})
