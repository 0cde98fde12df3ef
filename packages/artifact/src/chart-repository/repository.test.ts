import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { after, afterEach, before, describe, test } from 'node:test'
import { selfSigned } from '../testing/self-signed.ts'
import { ChartFetchError } from './fetch-failure.ts'
import type { HttpAccess } from './http-access.ts'
import { readIndex } from './read-index.ts'
import { ChartRepositories } from './repositories.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

interface Seen {
  url: string
  authorization: string | undefined
}

/** A server on a free port that says what it was asked. */
class TestServer {
  readonly seen: Seen[] = []
  handle: Handler = (_request, response) => response.end()
  readonly #server: Server
  #port = 0
  readonly #scheme: string

  constructor(tls?: { cert: string; key: string; ca?: string; requestCert?: boolean }) {
    const handler: Handler = (request, response) => {
      this.seen.push({ url: request.url ?? '', authorization: request.headers.authorization })
      this.handle(request, response)
    }
    this.#scheme = tls ? 'https' : 'http'
    this.#server = tls
      ? createTlsServer({ ...tls, rejectUnauthorized: tls.requestCert ?? false }, handler)
      : createServer(handler)
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    this.#port = typeof address === 'object' && address ? address.port : 0
    return this
  }

  /** @param host another name of this machine makes another host */
  url(path = '', host = '127.0.0.1'): string {
    return `${this.#scheme}://${host}:${this.#port}${path}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

const index = (url: string): string =>
  JSON.stringify({ apiVersion: 'v1', entries: { web: [{ name: 'web', version: '1.0.0', urls: [url] }] } })

const basic = `Basic ${Buffer.from('user:pass').toString('base64')}`

describe('a chart repository', () => {
  let server: TestServer
  let other: TestServer
  let repositories: ChartRepositories
  before(async () => {
    server = await new TestServer().start()
    other = await new TestServer().start()
  })
  after(async () => {
    await server.close()
    await other.close()
  })
  const open = (url: string, access: Partial<HttpAccess> = {}) => {
    repositories ??= new ChartRepositories()
    return repositories.open(url, { timeoutMs: 5000, ...access })
  }
  afterEach(() => {
    server.seen.length = 0
    other.seen.length = 0
  })
  after(() => repositories.close())

  /** Downloads `web` by the index that names it at `address`. */
  async function download(url: string, address: string, access: Partial<HttpAccess> = {}): Promise<string> {
    const source = open(url, access).source(async () => readIndex(Buffer.from(index(address))).index)
    return Buffer.from(await source.download(await source.find('web', '*'))).toString('utf8')
  }

  test('gives its index, and says when it is unchanged', async () => {
    server.handle = (request, response) => {
      if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end()
      else response.writeHead(200, { etag: '"1"' }).end('hello')
    }
    const repository = open(server.url('/charts/'))
    const fetched = await repository.fetchIndex()
    assert.equal(fetched?.bytes.toString('utf8'), 'hello')
    assert.equal(fetched?.etag, '"1"')
    assert.equal(await repository.fetchIndex('"1"'), undefined)
    assert.equal(server.seen[0]?.url, '/charts/index.yaml')
  })

  test('keeps the query of its address for the index and what is relative to it', async () => {
    server.handle = (_request, response) => response.end('x')
    await open(server.url('/a?token=t')).fetchIndex()
    await download(server.url('/a?token=t'), 'web.tgz')
    assert.deepEqual(
      server.seen.map(one => one.url),
      ['/a/index.yaml?token=t', '/a/web.tgz?token=t'],
    )
  })

  const failures: [what: string, status: number, said: RegExp][] = [
    ['is missing', 404, /^failed to fetch http:\/\/127\.0\.0\.1:\d+\/index\.yaml : 404 Not Found$/],
    ['wants a login', 401, /^failed to fetch http:\/\/127\.0\.0\.1:\d+\/index\.yaml : 401 Unauthorized$/],
    ['is broken', 500, /^failed to fetch http:\/\/127\.0\.0\.1:\d+\/index\.yaml : 500 Internal Server Error$/],
  ]
  for (const [what, status, said] of failures) {
    test(`that ${what} says so`, async () => {
      server.handle = (_request, response) => response.writeHead(status).end('no')
      await assert.rejects(open(server.url()).fetchIndex(), error => {
        return error instanceof ChartFetchError && said.test(error.message)
      })
    })
  }

  test('shows no password of its address', async () => {
    server.handle = (_request, response) => response.writeHead(404).end()
    const url = server.url().replace('http://', 'http://user:secret@')
    await assert.rejects(open(url).fetchIndex(), error => {
      return error instanceof Error && !error.message.includes('secret') && /user:\*\*\*@/.test(error.message)
    })
    assert.equal(server.seen[0]?.authorization, `Basic ${Buffer.from('user:secret').toString('base64')}`)
  })

  test('that nobody serves is told in the words of Go', async () => {
    const gone = await new TestServer().start()
    const url = gone.url()
    await gone.close()
    await assert.rejects(open(url).fetchIndex(), {
      message: `Get "${url}/index.yaml": dial tcp ${url.slice('http://'.length)}: connect: connection refused`,
    })
  })

  test('that never answers ends with its timeout', async () => {
    server.handle = () => {}
    await assert.rejects(open(server.url(), { timeoutMs: 50 }).fetchIndex(), {
      message: `Get "${server.url('/index.yaml')}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    })
    server.handle = (_request, response) => {
      response.writeHead(200).write('a')
    }
    await assert.rejects(open(server.url(), { timeoutMs: 51 }).fetchIndex(), {
      message: 'context deadline exceeded (Client.Timeout or context cancellation while reading body)',
    })
  })

  test('that breaks off is an error', async () => {
    server.handle = (_request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('a')
      setImmediate(() => response.destroy())
    }
    await assert.rejects(open(server.url()).fetchIndex(), ChartFetchError)
  })

  test('gets its credentials, another host does not', async () => {
    server.handle = (_request, response) => response.end('x')
    other.handle = (_request, response) => response.end('y')
    const login = { username: 'user', password: 'pass' }
    assert.equal(await download(server.url('/'), 'web.tgz', login), 'x')
    assert.equal(await download(server.url('/'), other.url('/web.tgz'), login), 'y')
    assert.equal(server.seen[0]?.authorization, basic)
    assert.equal(other.seen[0]?.authorization, undefined)
    await download(server.url('/'), other.url('/web.tgz'), { ...login, passCredentials: true })
    assert.equal(other.seen[1]?.authorization, basic)
  })

  test('may redirect: within its host with the credentials, to another name without', async () => {
    const login = { username: 'user', password: 'pass' }
    server.handle = (request, response) => {
      if (request.url === '/web.tgz') response.writeHead(302, { location: '/real.tgz' }).end()
      else if (request.url === '/away.tgz') {
        response.writeHead(307, { location: server.url('/real.tgz', 'localhost') }).end()
      } else response.end('x')
    }
    assert.equal(await download(server.url('/'), 'web.tgz', login), 'x')
    assert.deepEqual(
      server.seen.map(one => one.authorization),
      [basic, basic],
    )
    await download(server.url('/'), 'away.tgz', login)
    assert.deepEqual(
      server.seen.slice(2).map(one => one.authorization),
      [basic, undefined],
    )
  })

  test('that redirects in a circle, or to a file, is refused', async () => {
    server.handle = (_request, response) => response.writeHead(302, { location: '/again' }).end()
    await assert.rejects(open(server.url()).fetchIndex(), /stopped after 10 redirects$/)
    server.handle = (_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end()
    await assert.rejects(open(server.url()).fetchIndex(), /unsupported protocol scheme "file"$/)
  })

  test('is asked once for a chart that many want at once', async () => {
    server.handle = (_request, response) => response.end('chart')
    const repository = open(server.url('/many/'))
    const source = repository.source(async () => readIndex(Buffer.from(index('web.tgz'))).index, 'sha256:1')
    const offer = await source.find('web', '*')
    await Promise.all(Array.from({ length: 50 }, () => source.download(offer)))
    await source.download(offer)
    assert.equal(server.seen.length, 1)
    // Another login must not be given what this one fetched.
    const login = open(server.url('/many/'), { username: 'a', password: 'b' })
    await login.source(async () => readIndex(Buffer.from(index('web.tgz'))).index, 'sha256:1').download(offer)
    assert.equal(server.seen.length, 2)
  })

  test('that sends more than a chart may be is cut off', async () => {
    server.handle = (_request, response) => {
      const part = Buffer.alloc(1024 * 1024)
      const more = () => {
        while (response.writable && !response.destroyed) if (!response.write(part)) return response.once('drain', more)
        return undefined
      }
      more()
    }
    await assert.rejects(download(server.url('/'), 'web.tgz'), {
      message: "size of chart 'web' exceeds '10485760' bytes limit",
    })
  })

  test('names no files of this machine', async () => {
    await assert.rejects(download(server.url('/'), 'file:///etc/passwd'), {
      message: 'Get "file:///etc/passwd": unsupported protocol scheme "file"',
    })
    await assert.rejects(download(server.url('/'), 'http://['), ChartFetchError)
  })

  test('takes a stray percent sign in its address as it is', async () => {
    server.handle = (_request, response) => response.end('x')
    await open(server.url('/').replace('http://', 'http://a%zz:b@')).fetchIndex()
    assert.equal(server.seen[0]?.authorization, `Basic ${Buffer.from('a%zz:b').toString('base64')}`)
  })

  test('is reached by the proxy of the environment, this machine directly', async () => {
    const before = process.env.HTTP_PROXY
    process.env.HTTP_PROXY = other.url()
    other.handle = (request, response) => response.end(`for ${request.url}`)
    server.handle = (_request, response) => response.end('direct')
    const behind = new ChartRepositories()
    try {
      const far = await behind.open('http://charts.example.test', { timeoutMs: 5000 }).fetchIndex()
      assert.equal(far?.bytes.toString('utf8'), 'for http://charts.example.test/index.yaml')
      const near = await behind.open(server.url(), { timeoutMs: 5000 }).fetchIndex()
      assert.equal(near?.bytes.toString('utf8'), 'direct')
    } finally {
      behind.close()
      if (before === undefined) delete process.env.HTTP_PROXY
      else process.env.HTTP_PROXY = before
    }
  })

  test('without an address for a chart says so', async () => {
    const source = open(server.url()).source(async () => readIndex(Buffer.from('{"apiVersion":"v1"}')).index)
    await assert.rejects(source.download({ name: 'web', version: '1', urls: [], digest: '' }), {
      message: "chart 'web' has no downloadable URLs",
    })
  })
})

describe('a chart repository over TLS', () => {
  const authority = selfSigned('localhost')

  test('is trusted by its authority only', async () => {
    const server = await new TestServer({ cert: authority.cert, key: authority.key }).start()
    server.handle = (_request, response) => response.end('x')
    const repositories = new ChartRepositories()
    try {
      const url = server.url('', 'localhost')
      const trusted = await repositories.open(url, { timeoutMs: 5000, ca: authority.cert }).fetchIndex()
      assert.equal(trusted?.bytes.toString('utf8'), 'x')
      await assert.rejects(repositories.open(url, { timeoutMs: 5000 }).fetchIndex(), {
        message: `Get "${url}/index.yaml": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
      })
    } finally {
      repositories.close()
      await server.close()
    }
  })

  test('may ask for a certificate of ours', async () => {
    const client = selfSigned('client')
    const server = await new TestServer({ ...authority, ca: client.cert, requestCert: true }).start()
    server.handle = (_request, response) => response.end('x')
    const repositories = new ChartRepositories()
    try {
      const url = server.url('', 'localhost')
      const ca = authority.cert
      await assert.rejects(repositories.open(url, { timeoutMs: 5000, ca }).fetchIndex(), ChartFetchError)
      const { cert, key } = client
      const fetched = await repositories.open(url, { timeoutMs: 5000, ca, cert, key }).fetchIndex()
      assert.equal(fetched?.bytes.toString('utf8'), 'x')
    } finally {
      repositories.close()
      await server.close()
    }
  })
})
