import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { KubeObject } from '@sluice/api'
import { KubeClient } from '../client.ts'

/**
 * An API server whose every answer a test decides: what a list says, when a watch brings which event, when it breaks. For
 * orders of events that a real server produces only once in a while.
 */
export interface Watch {
  query: URLSearchParams
  send(type: string, object: unknown): void
  /** Ends it as a server does when its time is over. */
  end(): void
  /** Breaks the connection. */
  break(): void
}

export interface ScriptedServer {
  client: KubeClient
  /** Requests other than discovery, as `METHOD path?query`. */
  requests: string[]
  /** What lists of ConfigMaps answer; set by the test. */
  list: (query: URLSearchParams) => { items: KubeObject[]; resourceVersion: string; continue?: string } | Refusal
  /** What a watch that is opened is refused with, if at all. */
  refuseWatch: () => Refusal | undefined
  /** Whether ConfigMaps are served at all. */
  serves: boolean
  /** Whether it fails to say what it serves in groups, while it tells of the core. */
  failsGroups: boolean
  /** How often it was asked what it serves, and how often that had changed for who asked. */
  discoveries: number
  discoveriesSent: number
  /** The next watch that is, or was, opened and not asked for yet. */
  watch(): Promise<Watch>
  close(): Promise<void>
}

export interface Refusal {
  code: number
  reason: string
  retryAfter?: number
}

export async function scriptedServer(): Promise<ScriptedServer> {
  const opened: Watch[] = []
  const waiting: ((watch: Watch) => void)[] = []
  const scripted: Omit<ScriptedServer, 'client'> = {
    requests: [],
    list: () => ({ items: [], resourceVersion: '1' }),
    refuseWatch: () => undefined,
    serves: true,
    failsGroups: false,
    discoveries: 0,
    discoveriesSent: 0,
    watch: () => {
      const next = opened.shift()
      return next ? Promise.resolve(next) : new Promise(resolve => waiting.push(resolve))
    },
    close: async () => {},
  }
  const server = createServer((request, response) => answer(request, response, scripted, open))
  const open = (watch: Watch) => {
    const taker = waiting.shift()
    if (taker) taker(watch)
    else opened.push(watch)
  }
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = new KubeClient({ server: `http://127.0.0.1:${port}`, namespace: 'default' })
  return Object.assign(scripted, {
    client,
    close: async () => {
      await client.transport.close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  })
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  scripted: Omit<ScriptedServer, 'client'>,
  open: (watch: Watch) => void,
) {
  const url = new URL(request.url ?? '/', 'http://server')
  const json = (body: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  if (url.pathname === '/apis') {
    if (scripted.failsGroups) return response.writeHead(500).end()
    if (request.headers['if-none-match'] === '"none"') return response.writeHead(304).end()
    response.setHeader('etag', '"none"')
    return json({ items: [] })
  }
  if (url.pathname === '/api') {
    scripted.discoveries++
    const etag = `"${scripted.serves}"`
    if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end()
    scripted.discoveriesSent++
    response.setHeader('etag', etag)
    return json({ items: [coreGroup(scripted.serves)] })
  }
  scripted.requests.push(`${request.method} ${url.pathname}${url.search}`)
  const refuse = ({ code, reason, retryAfter }: Refusal) => {
    if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter))
    response.statusCode = code
    json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, reason, message: reason })
  }
  if (!url.searchParams.has('watch')) {
    const answered = scripted.list(url.searchParams)
    if ('code' in answered) return refuse(answered)
    const { items, ...metadata } = answered
    return json({ kind: 'ConfigMapList', apiVersion: 'v1', metadata, items })
  }
  const refusal = scripted.refuseWatch()
  if (refusal) return refuse(refusal)
  response.setHeader('content-type', 'application/json')
  response.flushHeaders()
  open({
    query: url.searchParams,
    send: (type, object) => response.write(`${JSON.stringify({ type, object })}\n`),
    end: () => response.end(),
    break: () => response.socket?.destroy(),
  })
}

function coreGroup(serves: boolean) {
  const configMaps = {
    resource: 'configmaps',
    responseKind: { group: '', version: 'v1', kind: 'ConfigMap' },
    scope: 'Namespaced',
    verbs: ['list', 'watch', 'get'],
  }
  const secrets = { ...configMaps, resource: 'secrets', responseKind: { group: '', version: 'v1', kind: 'Secret' } }
  return { metadata: {}, versions: [{ version: 'v1', resources: serves ? [configMaps, secrets] : [secrets] }] }
}

/** A ConfigMap as the server would show it. */
export function configMap(name: string, resourceVersion: number | string, more: Partial<KubeObject['metadata']> = {}) {
  const metadata = { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: String(resourceVersion), ...more }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata }
}
