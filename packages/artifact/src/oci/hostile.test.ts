/** Registries that answer wrongly, too much, too late, or to whom they should not be told a login. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { after, afterEach, describe, test } from 'node:test'
import { selfSigned } from '../testing/self-signed.ts'
import { digestOf } from '../testing/test-registry.ts'
import { Registries } from './registries.ts'
import type { RegistryAccess } from './registry-access.ts'
import { registryName } from './registry-name.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

interface Served {
  host: string
  url: string
  server: Server
  seen: { method: string; url: string; authorization: string | undefined; body: string }[]
}

const open: Server[] = []
const registries = new Registries()
const login = { kind: 'basic', username: 'user', password: 's3cret-pass' } as const
const basic = `Basic ${Buffer.from('user:s3cret-pass').toString('base64')}`
const plain: RegistryAccess = { timeoutMs: 10_000, plainHttp: 'only' }
const json = (response: ServerResponse, value: unknown, headers: Record<string, string> = {}, status = 200) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))

afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})
after(() => registries.close())

async function serve(handler: Handler, tls?: Parameters<typeof createTlsServer>[0]): Promise<Served> {
  const seen: Served['seen'] = []
  const handle: Handler = (request, response) => {
    const parts: Buffer[] = []
    request.on('data', part => parts.push(part))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      seen.push({ method, url, authorization: headers.authorization, body: Buffer.concat(parts).toString() })
      handler(request, response)
    })
  }
  const server = tls ? createTlsServer(tls, handle) : createServer(handle)
  open.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const host = `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  return { host, url: `${tls ? 'https' : 'http'}://${host}`, server, seen }
}

const repository = ({ host }: Served, access = plain) => registries.open(registryName(`oci://${host}/a/b`), access)

const hello = Buffer.from('hello')
const manifest = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: { mediaType: 'x', digest: digestOf(hello), size: 5 },
  layers: [{ mediaType: 'x', digest: digestOf(hello), size: 5 }],
}

describe('a registry that answers wrongly', () => {
  const zeros = `sha256:${'0'.repeat(64)}`

  test('gives another manifest than the digest asked for', async () => {
    const served = await serve((_request, response) => json(response, manifest))
    await assert.rejects(
      repository(served).manifest(zeros),
      /^RegistryError: manifest digest: "sha256:.*" does not match requested digest: "sha256:0+" for/,
    )
  })

  test('gives another manifest than it says', async () => {
    const headers = { 'docker-content-digest': zeros }
    const served = await serve((_request, response) => json(response, manifest, headers))
    await assert.rejects(repository(served).manifest('v1'), /does not match Docker-Content-Digest/)
  })

  test('gives other content than the digest says', async () => {
    const served = await serve((_request, response) => response.end('hellO'))
    const [layer] = manifest.layers
    await assert.rejects(repository(served).blob(layer!, 10), /error verifying sha256 checksum after reading 5 bytes/)
    await assert.rejects(repository(served).blob({ ...layer!, size: 9 }, 10), /has 5 bytes, its manifest says 9/)
    await assert.rejects(repository(served).blob({ ...layer!, size: 4 }, 10), /larger than 4 bytes/)
    await assert.rejects(repository(served).blob({ ...layer!, size: 11 }, 10), /more than the limit of 10/)
  })

  const bad: [what: string, value: unknown, said: RegExp][] = [
    ['no JSON', undefined, /the manifest is no JSON/],
    ['a list', [], /unsupported MediaType: "application\/json"/],
    ['an old manifest', { schemaVersion: 1, mediaType: 'application/x+prettyjws' }, /unsupported MediaType/],
    ['a digest that leads elsewhere', { ...manifest, config: { digest: '../../x', size: 1 } }, /a digest that is none/],
    ['a size that is none', { ...manifest, layers: [{ digest: digestOf(hello), size: -1 }] }, /a size that is none/],
  ]
  for (const [what, value, said] of bad) {
    test(`gives ${what} for a manifest`, async () => {
      const served = await serve((_request, response) => {
        if (value === undefined) response.end('<html>')
        else json(response, value)
      })
      await assert.rejects(repository(served).manifest('v1'), said)
    })
  }

  test('gives a page of HTML for an error', async () => {
    const served = await serve((_request, response) => response.writeHead(503).end(`<html>${'x'.repeat(100_000)}`))
    await assert.rejects(repository(served).digestOf('v1'), ({ message }: Error) => {
      assert.match(message, /^GET .*: unexpected status code 503 Service Unavailable: <html>x+\.\.\.$/)
      return message.length < 2000
    })
  })

  test('breaks off', async () => {
    const served = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{')
      setImmediate(() => response.destroy())
    })
    await assert.rejects(repository(served).manifest('v1'), /unexpected EOF$/)
  })
})

describe('a registry that gives too much', () => {
  test('of a manifest is cut off', async () => {
    const served = await serve((_request, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(65_536, 'x')));
      }
      response.on('drain', more)
      more()
    })
    await assert.rejects(repository(served).manifest('v1'), { name: 'RegistrySizeError' })
  })

  test('of pages of tags is left', async () => {
    let page = 0
    const served = await serve((_request, response) => {
      page++
      json(response, { tags: [] }, { link: `</v2/a/b/tags/list?last=${page}>; rel="next"` })
    })
    await assert.rejects(repository(served).tags(), /has more tags than the limit of 200000/)
  })

  test('of tags has its pages read in order', async () => {
    const served = await serve(({ url = '' }, response) => {
      const last = new URL(url, 'http://x').searchParams.get('last')
      if (last) json(response, { tags: ['c', 7, null] })
      else json(response, { tags: ['a', 'b'] }, { link: '</v2/a/b/tags/list?last=b&n=1000>; rel="next"' })
    })
    assert.deepEqual(await repository(served).tags(), ['a', 'b', 'c'])
  })

  test('of tags may have none', async () => {
    const served = await serve((_request, response) => json(response, { name: 'a/b', tags: null }))
    assert.deepEqual(await repository(served).tags(), [])
  })

  test('of tags elsewhere is not followed there', async () => {
    const other = await serve((_request, response) => json(response, { tags: ['stolen'] }))
    const link = `<${other.url}/v2/a/b/tags/list>; rel="next"`
    const served = await serve((_request, response) => json(response, { tags: [] }, { link }))
    await assert.rejects(repository(served, { ...plain, login }).tags(), /goes on at another server/)
    assert.deepEqual(other.seen, [])
  })
})

describe('a login', () => {
  const guarded =
    (challenge: string, expected: string, answer: Handler): Handler =>
    (request, response) => {
      if (request.headers.authorization === expected) return answer(request, response)
      response.writeHead(401, { 'www-authenticate': challenge }).end()
    }

  test('is not sent before it is asked for, nor along with a redirect', async () => {
    const store = await serve((_request, response) => response.end(hello))
    const served = await serve(
      guarded('Basic realm="x"', basic, (_request, response) => {
        response.writeHead(307, { location: `http://localhost:${store.host.split(':')[1]}/blob?token=1` }).end()
      }),
    )
    const blob = await repository(served, { ...plain, login }).blob(manifest.layers[0]!, 5)
    assert.deepEqual(Buffer.from(blob), hello)
    assert.deepEqual(
      served.seen.map(({ authorization }) => authorization),
      [undefined, basic],
    )
    assert.deepEqual(
      store.seen.map(({ authorization }) => authorization),
      [undefined],
    )
  })

  test('is not sent to somebody else who asks for it', async () => {
    const thief = await serve((_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    })
    const served = await serve((_request, response) => {
      response.writeHead(302, { location: `http://localhost:${thief.host.split(':')[1]}/` }).end()
    })
    await assert.rejects(repository(served, { ...plain, login }).digestOf('v1'), { status: 401 })
    assert.ok(thief.seen.every(({ authorization }) => authorization === undefined))
  })

  test('is changed for a token of the repository, once', async () => {
    const tokens = await serve((_request, response) => json(response, { token: 'tok3n', expires_in: 300 }))
    const challenge = `Bearer realm="${tokens.url}/token",service="reg.io",scope="repository:a/b:pull"`
    const served = await serve(
      guarded(challenge, 'Bearer tok3n', (_request, response) => json(response, { tags: ['v1'] })),
    )
    const web = repository(served, { ...plain, login })
    assert.deepEqual(await web.tags(), ['v1'])
    assert.deepEqual(await web.tags(), ['v1'])
    const url = '/token?scope=repository%3Aa%2Fb%3Apull&service=reg.io'
    assert.deepEqual(tokens.seen, [{ method: 'GET', url, authorization: basic, body: '' }])
    assert.deepEqual(
      served.seen.map(({ authorization }) => authorization),
      [undefined, 'Bearer tok3n', 'Bearer tok3n'],
    )
  })

  test('by a refresh token is posted', async () => {
    const tokens = await serve((_request, response) => json(response, { access_token: 'tok3n' }))
    const challenge = `Bearer realm="${tokens.url}/token",service="reg.io"`
    const served = await serve(
      guarded(challenge, 'Bearer tok3n', (_request, response) => json(response, { tags: ['v1'] })),
    )
    await repository(served, { ...plain, login: { kind: 'identity', token: 'refr3sh' } }).tags()
    const body =
      'grant_type=refresh_token&client_id=sluice&scope=repository%3Aa%2Fb%3Apull&service=reg.io&refresh_token=refr3sh'
    assert.deepEqual(tokens.seen, [{ method: 'POST', url: '/token', authorization: undefined, body }])
  })

  test('is in no message, also when the server repeats it', async () => {
    const served = await serve(({ headers }, response) => {
      if (!headers.authorization) return response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      const errors = [{ code: 'DENIED', message: `not ${headers.authorization} or s3cret-pass` }]
      return json(response, { errors }, {}, 403)
    })
    await assert.rejects(repository(served, { ...plain, login }).tags(), {
      message: `GET ${served.url}/v2/a/b/tags/list?n=REDACTED: DENIED: not Basic *** or ***`,
    })
    const tokens = await serve((_request, response) => response.writeHead(400).end('no s3cret-pass'))
    const bearer = await serve((_request, response) => {
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${tokens.url}/?a=hidden"` }).end()
    })
    await assert.rejects(repository(bearer, { ...plain, login }).tags(), {
      message: `GET ${tokens.url}/?a=REDACTED&scope=repository%3Aa%2Fb%3Apull: unexpected status code 400 Bad Request: no ***`,
    })
  })

  const bad = ['{}', '<html>', '{"token": 1}', '{"token": "a\\r\\nb: c"}']
  for (const text of bad) {
    test(`gets no token from ${JSON.stringify(text)}`, async () => {
      const tokens = await serve((_request, response) => response.end(text))
      const served = await serve((_request, response) => {
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${tokens.url}/"` }).end()
      })
      await assert.rejects(repository(served, { ...plain, login }).tags(), /no token in bearer response/)
    })
  }
})

describe('a registry over TLS', () => {
  const served = selfSigned('localhost')
  const name = ({ host }: Served) => registryName(`oci://localhost:${host.split(':')[1]}/a/b`)
  const tags: Handler = (_request, response) => json(response, { tags: ['v1'] })

  test('is trusted by its authority, or when nobody asks', async () => {
    const server = await serve(tags, served)
    const access: RegistryAccess = { timeoutMs: 10_000, plainHttp: 'never' }
    await assert.rejects(registries.open(name(server), access).tags(), /certificate signed by unknown authority/)
    assert.deepEqual(await registries.open(name(server), { ...access, ca: served.cert }).tags(), ['v1'])
    assert.deepEqual(await registries.open(name(server), { ...access, insecureSkipVerify: true }).tags(), ['v1'])
  })

  test('may ask for a certificate of ours', async () => {
    const client = selfSigned('client')
    const server = await serve(tags, { ...served, ca: client.cert, requestCert: true, rejectUnauthorized: true })
    const access: RegistryAccess = { timeoutMs: 10_000, ca: served.cert }
    await assert.rejects(registries.open(name(server), access).tags())
    assert.deepEqual(await registries.open(name(server), { ...access, ...client, ca: served.cert }).tags(), ['v1'])
  })

  test('does not have a login sent without encryption', async () => {
    const tokens = await serve((_request, response) => json(response, { token: 'x' }))
    const server = await serve((_request, response) => {
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${tokens.url}/"` }).end()
    }, served)
    const access: RegistryAccess = { timeoutMs: 10_000, ca: served.cert, login }
    await assert.rejects(registries.open(name(server), access).tags(), /without encryption, which is not done/)
    assert.deepEqual(tokens.seen, [])
  })

  test('does not lead to plain HTTP', async () => {
    const other = await serve((_request, response) => response.end(hello))
    const server = await serve((_request, response) => {
      response.writeHead(302, { location: `${other.url}/` }).end()
    }, served)
    const access: RegistryAccess = { timeoutMs: 10_000, ca: served.cert }
    const blob = registries.open(name(server), access).blob(manifest.layers[0]!, 5)
    await assert.rejects(blob, /redirects to 'http:\/\/', which is not followed/)
    assert.deepEqual(other.seen, [])
  })

  test('is asked over HTTPS before plain HTTP, which must be allowed', async () => {
    const server = await serve(tags)
    await assert.rejects(repository(server, { timeoutMs: 10_000 }).tags(), {
      message: `Get "https://${server.host}/v2/a/b/tags/list?n=REDACTED": http: server gave HTTP response to HTTPS client`,
    })
    assert.deepEqual(await repository(server, { timeoutMs: 10_000, plainHttp: 'allowed' }).tags(), ['v1'])
  })
})

describe('a registry that does not answer', () => {
  test('is waited for as long as may be', async () => {
    const served = await serve(() => {})
    await assert.rejects(repository(served, { ...plain, timeoutMs: 30 }).tags(), /: context deadline exceeded$/)
  })

  test('to the end neither', async () => {
    const served = await serve((_request, response) => void response.writeHead(200).write('{'))
    await assert.rejects(repository(served, { ...plain, timeoutMs: 60 }).tags(), /: context deadline exceeded$/)
  })

  test('at all says so', async () => {
    const dead = registries.open(registryName('oci://127.0.0.1:1/a/b'), { timeoutMs: 10_000, plainHttp: 'allowed' })
    const refused = 'dial tcp 127.0.0.1:1: connect: connection refused'
    await assert.rejects(dead.ping(), {
      message: `Get "https://127.0.0.1:1/v2/": ${refused}; Get "http://127.0.0.1:1/v2/": ${refused}`,
    })
  })

  test('goes in circles', async () => {
    const served = await serve(({ url }, response) => response.writeHead(302, { location: `${url}x` }).end())
    await assert.rejects(repository(served).digestOf('v1'), /stopped after 10 redirects$/)
  })
})

test('a proxy is used for all requests, also of this machine', async () => {
  const proxy = await serve((_request, response) => json(response, { tags: ['by proxy'] }))
  const name = registryName('oci://registry.invalid:5000/a/b')
  assert.deepEqual(await registries.open(name, { ...plain, proxy: proxy.url }).tags(), ['by proxy'])
  assert.equal(proxy.seen[0]?.url, 'http://registry.invalid:5000/v2/a/b/tags/list?n=1000')
  const near = registryName('oci://127.0.0.1:1/a/b')
  assert.deepEqual(await registries.open(near, { ...plain, proxy: proxy.url }).tags(), ['by proxy'])
})
