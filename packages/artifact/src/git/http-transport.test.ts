import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { GitFixture } from '../testing/git-fixture.ts'
import { HttpTransport } from './http-transport.ts'
import type { GitRemote } from './remote.ts'

const forever = new AbortController().signal

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

describe('smart HTTP', () => {
  let git: GitFixture
  let directory: string
  let ca: string
  let commit: string
  const servers: Server[] = []
  const seen: IncomingHttpHeaders[] = []
  let secure: string
  let elsewhere: string
  let proxy: string

  before(async () => {
    git = await GitFixture.start()
    commit = await git.commit('app', { files: { 'a.yaml': 'a\n' } })
    directory = await mkdtemp(join(tmpdir(), 'sluice-tls-'))
    const openssl = (...args: string[]) => {
      const run = spawnSync('openssl', args, { cwd: directory, encoding: 'utf8' })
      assert.equal(run.status, 0, run.stderr)
    }
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      'key.pem',
      '-out',
      'ca.pem',
      ...subject,
    )
    ca = await readFile(join(directory, 'ca.pem'), 'utf8')
    const key = await readFile(join(directory, 'key.pem'), 'utf8')

    const forward: RequestListener = (request, response) => {
      seen.push(request.headers)
      const path = request.url?.replace(/^http:\/\/[^/]+/, '') ?? ''
      const { authorization: _, ...headers } = request.headers
      const { method } = request
      const onward = httpRequest(git.server.url + path, { method, headers }, answer => {
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(response)
      })
      request.pipe(onward)
    }
    const tls = createSecureServer({ cert: ca, key }, (request, response) => {
      if (!request.url?.startsWith('/moved')) return forward(request, response)
      response.writeHead(301, { location: elsewhere + request.url.slice('/moved'.length) })
      response.end()
    })
    const other = createSecureServer({ cert: ca, key }, forward)
    const proxying = createServer(forward)
    secure = `https://127.0.0.1:${await listen(tls)}`
    elsewhere = `https://127.0.0.1:${await listen(other)}`
    proxy = `http://127.0.0.1:${await listen(proxying)}`
    servers.push(tls, other, proxying)
  })
  after(async () => {
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
    await git.close()
    await rm(directory, { recursive: true, force: true })
  })

  async function head(remote: GitRemote): Promise<string | undefined> {
    seen.length = 0
    const transport = new HttpTransport(remote)
    try {
      return (await transport.listRefs(forever)).refs.get('refs/heads/main')
    } finally {
      transport.close()
    }
  }

  test('trusts the authority of the secret and no other', async () => {
    assert.equal(await head({ url: `${secure}/app.git`, auth: { ca } }), commit)
    await assert.rejects(head({ url: `${secure}/app.git` }), {
      message: `Get "${secure}/app.git/info/refs?service=git-upload-pack": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    })
  })

  test('says who it is by password, by token, or by what the URL holds', async () => {
    await head({ url: `${secure}/app.git`, auth: { ca, username: 'user', password: 'pass' } })
    assert.equal(seen[0]?.authorization, `Basic ${btoa('user:pass')}`)
    await head({ url: `${secure}/app.git`, auth: { ca, bearerToken: 'abc', username: 'user', password: 'pass' } })
    assert.equal(seen[0]?.authorization, 'Bearer abc')
    await head({ url: `${secure.replace('://', '://who:p%40ss@')}/app.git`, auth: { ca } })
    assert.equal(seen[0]?.authorization, `Basic ${btoa('who:p@ss')}`)
    await head({ url: `${secure}/app.git`, auth: { ca } })
    assert.equal(seen[0]?.authorization, undefined)
  })

  test('follows a redirect, without the credentials when it leads to another host', async () => {
    assert.equal(
      await head({ url: `${secure}/moved/app.git`, auth: { ca, username: 'user', password: 'pass' } }),
      commit,
    )
    assert.equal(seen.length, 1)
    assert.equal(seen[0]?.authorization, undefined)
  })

  test("goes through a proxy, which gets the proxy's password", async () => {
    const remote = {
      url: git.url('app').replace('127.0.0.1', 'git.example'),
      proxy: proxy.replace('://', '://gate:keeper@'),
    }
    assert.equal(await head(remote), commit)
    assert.equal(seen[0]?.['proxy-authorization'], `Basic ${btoa('gate:keeper')}`)
  })

  test('shows no password of a URL in a message', async () => {
    const url = 'http://user:hidden@127.0.0.1:1/app.git'
    await assert.rejects(head({ url }), (error: unknown) => error instanceof Error && !error.message.includes('hidden'))
  })
})
