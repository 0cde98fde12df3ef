import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { ApiError, ConnectionError } from './api-error.ts'
import { Transport } from './transport.ts'

let handle: (request: IncomingMessage, response: ServerResponse) => void
let seen: string[] = []
let transport: Transport
let stop: () => Promise<void>

beforeEach(async () => {
  seen = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    handle(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const token = async () => 'secret'
  transport = new Transport({ server: `http://127.0.0.1:${port}/prefix`, namespace: 'default', token })
  stop = async () => {
    await transport.close()
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
})
afterEach(() => stop())

async function linesOf(idleTimeout?: number): Promise<string[]> {
  const lines: string[] = []
  for await (const line of transport.lines({ method: 'GET', path: '/watch', idleTimeout })) lines.push(line)
  return lines
}

describe('transport', () => {
  test('sends who we are and whom we act for, below the path of the server', async () => {
    let headers: IncomingMessage['headers'] = {}
    handle = (request, response) => {
      headers = request.headers
      response.end('{"kind":"Pod"}')
    }
    const as = { user: 'system:serviceaccount:apps:flux-applier', groups: ['a', 'b'] }
    assert.deepEqual(await transport.json({ method: 'GET', path: '/api' }, as), { kind: 'Pod' })
    assert.deepEqual(seen, ['GET /prefix/api'])
    assert.equal(headers.authorization, 'Bearer secret')
    assert.equal(headers['impersonate-user'], 'system:serviceaccount:apps:flux-applier')
    assert.equal(headers['impersonate-group'], 'a, b')
  })

  test("gives the server's own reason and words for a refusal", async () => {
    handle = (_, response) => {
      response.statusCode = 409
      response.end(
        '{"kind":"Status","status":"Failure","reason":"AlreadyExists","message":"pods \\"a\\" already exists"}',
      )
    }
    await assert.rejects(transport.json({ method: 'POST', path: '/x', body: '{}' }), (error: unknown) => {
      assert.ok(error instanceof ApiError)
      assert.equal(error.reason, 'AlreadyExists')
      assert.equal(error.message, 'pods "a" already exists')
      return true
    })
  })

  test('names a refusal that is no Status by its code', async () => {
    handle = (_, response) => {
      response.statusCode = 502
      response.end('<html>bad gateway</html>')
    }
    await assert.rejects(transport.json({ method: 'GET', path: '/x' }), { code: 502, reason: 'InternalError' })
  })

  test('asks a busy server again, also for writes', async () => {
    let busy = 3
    handle = (_, response) => {
      if (busy-- > 0) {
        response.statusCode = 429
        response.setHeader('retry-after', '0')
      }
      response.end('{}')
    }
    assert.deepEqual(await transport.json({ method: 'PATCH', path: '/x', body: '{}' }), {})
    assert.equal(seen.length, 4)
  })

  test('gives up on a server that stays busy', async () => {
    handle = (_, response) => {
      response.statusCode = 429
      response.setHeader('retry-after', '0')
      response.end('{}')
    }
    await assert.rejects(transport.json({ method: 'GET', path: '/x' }), { code: 429, reason: 'TooManyRequests' })
    assert.equal(seen.length, 6)
  })

  test('stops waiting for a busy server when its caller does', async () => {
    const stopped = new AbortController()
    handle = (_, response) => {
      response.statusCode = 429
      response.setHeader('retry-after', '3600')
      response.end('{}', () => setImmediate(() => stopped.abort()))
    }
    await assert.rejects(transport.json({ method: 'GET', path: '/x', signal: stopped.signal }), { name: 'AbortError' })
  })

  test('reads again when a kept connection turns out to be closed, but does not write twice', async () => {
    let breaks = 1
    handle = (request, response) => {
      if (breaks-- > 0) request.socket.destroy()
      else response.end('{}')
    }
    assert.deepEqual(await transport.json({ method: 'GET', path: '/x' }), {})
    breaks = 1
    await assert.rejects(transport.json({ method: 'POST', path: '/x', body: '{}' }), ConnectionError)
    assert.deepEqual(seen, ['GET /prefix/x', 'GET /prefix/x', 'POST /prefix/x'])
  })

  test('names the server that cannot be reached', async () => {
    const gone = new Transport({ server: 'http://127.0.0.1:1', namespace: 'default' })
    await assert.rejects(gone.json({ method: 'GET', path: '/x' }), (error: unknown) => {
      assert.ok(error instanceof ConnectionError)
      assert.match(error.message, /cannot reach the API server at http:\/\/127\.0\.0\.1:1: /)
      return true
    })
    await gone.close()
  })

  test('gives whole lines however they arrive, and drops a last one that was cut off', async () => {
    handle = async (_, response) => {
      for (const part of ['{"a":', '1}\n{"b":2}\n\n{"c":"', 'ü"}\n{"cut']) {
        response.write(part)
        await new Promise(resolve => setImmediate(resolve))
      }
      response.end()
    }
    assert.deepEqual(await linesOf(), ['{"a":1}', '{"b":2}', '{"c":"ü"}'])
  })

  test('ends a stream on which nothing comes any more', async () => {
    handle = (_, response) => void response.write('{"a":1}\n')
    assert.deepEqual(await linesOf(50), ['{"a":1}'])
  })

  test('says that a stream broke off', async () => {
    handle = (_, response) => {
      response.write('{"a":1}\n')
      setImmediate(() => response.socket?.destroy())
    }
    await assert.rejects(linesOf(), ConnectionError)
  })
})

test('goes through the proxy of its kubeconfig', async () => {
  handle = (_, response) => response.end('{"kind":"Pod"}')
  const connects: string[] = []
  const proxy = createServer()
  proxy.on('connect', (request, socket, head) => {
    connects.push(request.url ?? '')
    const [host = '', port] = (request.url ?? '').split(':')
    const to = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      to.write(head)
      to.pipe(socket).pipe(to)
    })
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  const { server } = transport
  const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const through = new Transport({ server, namespace: 'default', proxy: proxyUrl })
  assert.deepEqual(await through.json({ method: 'GET', path: '/api' }), { kind: 'Pod' })
  assert.deepEqual(connects, [new URL(server).host])
  await through.close()
  proxy.closeAllConnections()
  await new Promise(resolve => proxy.close(resolve))
})
