/**
 * A Git server over smart HTTP: `git http-backend` run as CGI below a directory of bare repositories, for clone and push.
 * Serves `sluice up` (where a person clones, commits, pushes and watches) and the tests of fetching.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve, sep } from 'node:path'
import { gitEnvironment, runGit } from './git-process.ts'

export interface GitHttpServerOptions {
  /** Directory with the bare repositories; a request for `/a/b.git/...` is served from `<root>/a/b.git`. */
  root: string
  /** Default `127.0.0.1`. */
  host?: string
  /** Default 0: a free port. */
  port?: number
  /** Basic auth every request must carry; without it everybody may read and push. */
  auth?: { username: string; password: string }
  /**
   * Called after a successful push and before its client hears of it, once for each branch or tag that moved; `sha` is
   * undefined when it was deleted.
   */
  onPush?(repository: string, ref: string, sha: string | undefined): void
}

export interface GitHttpServer {
  /** `http://host:port`, without a slash at the end. */
  url: string
  port: number
  close(): Promise<void>
}

export async function gitHttpServer(options: GitHttpServerOptions): Promise<GitHttpServer> {
  const { host = '127.0.0.1', port = 0 } = options
  const children = new Set<ChildProcess>()
  const server = createServer((request, response) => {
    serve(request, response, options, children).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
      response.end(error instanceof Error ? error.message : 'failed')
    })
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  const bound =
    address !== null && typeof address === 'object' ? address : ({ port } satisfies Pick<AddressInfo, 'port'>)
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound.port}`,
    port: bound.port,
    close: () => closed(server, children),
  }
}

/** Makes a bare repository that can be pushed to, unless it is there. */
export async function createBareRepository(directory: string, branch = 'main'): Promise<void> {
  const { mkdir } = await import('node:fs/promises')
  await mkdir(directory, { recursive: true })
  await runGit(['init', '-q', '--bare', '-b', branch, '.'], directory)
}

async function closed(server: Server, children: Set<ChildProcess>): Promise<void> {
  for (const child of children) child.kill('SIGKILL')
  server.closeAllConnections()
  await new Promise<void>(done => server.close(() => done()))
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: GitHttpServerOptions,
  children: Set<ChildProcess>,
): Promise<void> {
  if (!allowed(request, options.auth)) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"', 'content-type': 'text/plain' })
    response.end('Unauthorized')
    return
  }
  const url = new URL(request.url ?? '/', 'http://localhost')
  const path = decodeURIComponent(url.pathname)
  const match = /^\/(.+?)\/(info\/refs|git-upload-pack|git-receive-pack|HEAD|objects\/.*)$/.exec(path)
  if (!match || !within(options.root, match[1]!)) {
    response.writeHead(404, { 'content-type': 'text/plain' })
    response.end('not found')
    return
  }
  const repository = match[1]!
  const { onPush } = options
  const pushed = match[2] === 'git-receive-pack' ? onPush : undefined
  const before = pushed ? await refsOf(join(options.root, repository)) : new Map<string, string>()
  await runBackend(request, response, { ...options, path, query: url.search.slice(1) }, children)
  if (pushed) {
    const after = await refsOf(join(options.root, repository))
    for (const [ref, sha] of after) if (before.get(ref) !== sha) pushed(repository, ref, sha)
    for (const ref of before.keys()) if (!after.has(ref)) pushed(repository, ref, undefined)
  }
  response.end()
}

function allowed(request: IncomingMessage, auth: GitHttpServerOptions['auth']): boolean {
  if (!auth) return true
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

function within(root: string, repository: string): boolean {
  return !repository.includes('\0') && resolve(root, repository).startsWith(resolve(root) + sep)
}

async function refsOf(directory: string): Promise<Map<string, string>> {
  const listed = await runGit(['for-each-ref', '--format=%(refname) %(objectname)'], directory).catch(() =>
    Buffer.alloc(0),
  )
  const lines = listed
    .toString('utf8')
    .split('\n')
    .filter(line => line !== '')
  return new Map(lines.map(line => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]))
}

async function runBackend(
  request: IncomingMessage,
  response: ServerResponse,
  { root, path, query }: { root: string; path: string; query: string },
  children: Set<ChildProcess>,
): Promise<void> {
  const { headers } = request
  const env: Record<string, string> = {
    ...gitEnvironment(root),
    GIT_PROJECT_ROOT: resolve(root),
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: path,
    QUERY_STRING: query,
    REQUEST_METHOD: request.method ?? 'GET',
    CONTENT_TYPE: headers['content-type'] ?? '',
    REMOTE_ADDR: request.socket.remoteAddress ?? '',
    REMOTE_USER: 'git',
    GIT_CONFIG_COUNT: '5',
    GIT_CONFIG_KEY_2: 'http.receivepack',
    GIT_CONFIG_VALUE_2: 'true',
    GIT_CONFIG_KEY_3: 'uploadpack.allowReachableSHA1InWant',
    GIT_CONFIG_VALUE_3: 'true',
    GIT_CONFIG_KEY_4: 'gc.auto',
    GIT_CONFIG_VALUE_4: '0',
  }
  const encoding = headers['content-encoding']
  const protocol = headers['git-protocol']
  if (headers['content-length'] !== undefined) env.CONTENT_LENGTH = headers['content-length']
  if (typeof encoding === 'string') env.HTTP_CONTENT_ENCODING = encoding
  if (typeof protocol === 'string') env.GIT_PROTOCOL = protocol

  const child = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] })
  children.add(child)
  request.pipe(child.stdin)
  child.stdin.on('error', () => {})
  response.on('close', () => child.kill())
  await new Promise<void>((done, failed) => {
    child.on('error', error => failed(new Error(`cannot start git http-backend: ${error.message}`)))
    let head = Buffer.alloc(0)
    child.stdout.on('data', (chunk: Buffer) => {
      if (response.headersSent) {
        if (!response.write(chunk)) {
          child.stdout.pause()
          response.once('drain', () => child.stdout.resume())
        }
        return
      }
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      writeHead(response, head.toString('latin1', 0, end))
      response.write(head.subarray(end + 4))
    })
    child.on('close', () => {
      children.delete(child)
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
      done()
    })
  })
}

function writeHead(response: ServerResponse, head: string): void {
  let status = 200
  const headers: Record<string, string> = {}
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (name === 'status') status = Number.parseInt(value, 10)
    else headers[name] = value
  }
  response.writeHead(status, headers)
}
