/**
 * Serves stored artifacts to the other controllers: GET and HEAD, ETag from the digest, nothing else. `/` answers 200, it
 * is the readiness probe.
 */
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ArtifactStore } from './store.ts'

export interface ArtifactServerOptions {
  store: ArtifactStore
  /** Default all addresses. */
  host?: string
  /** Default 0: a free port. */
  port?: number
}

export interface ArtifactServer {
  port: number
  close(): Promise<void>
}

export async function serveArtifacts({ store, host, port = 0 }: ArtifactServerOptions): Promise<ArtifactServer> {
  const server = createServer((request, response) => {
    answer(store, request, response).catch(() => response.destroy())
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : port,
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>(done => server.close(() => done()))
    },
  }
}

async function answer(store: ArtifactStore, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(response, 405, '405 method not allowed\n')
  const path = pathOf(request.url ?? '/')
  if (path === '') return plain(response, 200, '')
  const local = path === undefined ? undefined : resolve(store.root, path)
  if (
    path === undefined ||
    !local?.startsWith(store.root + sep) ||
    path.split('/').some(part => part.startsWith('.'))
  ) {
    return plain(response, 404, '404 page not found\n')
  }
  const found = await stat(local).catch(() => undefined)
  if (!found?.isFile()) return plain(response, 404, '404 page not found\n')
  const digest = store.knownDigest(path)
  const etag = digest ? `"${digest}"` : `W/"${found.mtimeMs.toString(36)}-${found.size.toString(36)}"`
  const headers = { etag, 'last-modified': found.mtime.toUTCString(), 'cache-control': 'no-cache' }
  if (request.headers['if-none-match']?.split(/\s*,\s*/).includes(etag)) {
    response.writeHead(304, headers)
    response.end()
    return
  }
  const type = path.endsWith('.gz') || path.endsWith('.tgz') ? 'application/gzip' : 'application/octet-stream'
  response.writeHead(200, { ...headers, 'content-type': type, 'content-length': found.size })
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  await pipeline(createReadStream(local), response)
}

function pathOf(url: string): string | undefined {
  try {
    const path = decodeURIComponent(url.replace(/[?#].*$/, '')).replace(/^\/+/, '')
    return path.includes('\0') ? undefined : path
  } catch {
    return undefined
  }
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(text)
}
