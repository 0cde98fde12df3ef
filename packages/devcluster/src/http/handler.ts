/**
 * One request from its first byte to its answer, in apiserver's order: who is it, whom does it act as, what does it want, may it,
 * then the verb. Every failure ends in one place and is answered as a Status.
 */
import { randomUUID } from 'node:crypto'
import { TLSSocket } from 'node:tls'
import { type Attributes, denied } from '../access/attributes.ts'
import { authenticate } from '../access/authenticate.ts'
import { impersonated } from '../access/impersonation.ts'
import { ApiError, failure, internal } from '../api-error.ts'
import type { Discovery } from '../discovery/groups.ts'
import type { Metrics } from '../discovery/metrics.ts'
import type { OpenApi } from '../discovery/openapi.ts'
import type { User } from '../local-client.ts'
import { MergeError } from '../merge/index.ts'
import type { Api } from '../requests/api.ts'
import { collect, type Request } from './body.ts'
import { negotiated } from './negotiate.ts'
import { servePath } from './paths.ts'
import { type RequestInfo, requestInfo } from './request-info.ts'
import { serveResource } from './resources.ts'
import { type Exchange, type Response, sendValue } from './respond.ts'
import type { WatchStream } from './watch-stream.ts'

export interface Server {
  api: Api
  discovery: Discovery
  openApi: OpenApi
  metrics: Metrics
  watches: Set<WatchStream>
  /** Where pods that are really run leave their logs. */
  logFolder: string
}

/** Everything a verb needs of its request. */
export interface Call {
  server: Server
  req: Request
  exchange: Exchange
  info: RequestInfo
  query: URLSearchParams
  user: User
  body: Buffer
  /** Fields that the body has twice. */
  duplicates: string[]
  accept: string | undefined
}

const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)

const bodyMethods = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])
const empty = Buffer.alloc(0)
const noQuery = new URLSearchParams()

/** The TLS socket below a request of either protocol. HTTP/2 hands out a stand-in for it, the same one for a session. */
function socketOf(req: Request): TLSSocket | undefined {
  const socket = 'stream' in req ? req.stream.session?.socket : req.socket
  return socket instanceof TLSSocket ? socket : undefined
}

export async function handle(server: Server, req: Request, res: Response): Promise<void> {
  const auditId = one(req.headers['audit-id']) ?? randomUUID()
  const exchange: Exchange = { res, auditId, warnings: [], code: 0 }
  const method = req.method ?? 'GET'
  const url = req.url ?? '/'
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const query = mark < 0 ? noQuery : new URLSearchParams(url.slice(mark + 1))
  const info = requestInfo(method, path, query)
  const accept = one(req.headers.accept)
  try {
    const body = bodyMethods.has(method) ? await collect(req) : empty
    const real = authenticate(server.api, socketOf(req), one(req.headers.authorization))
    const user = impersonated(req.headers, real, server.api.rbac) ?? real
    authorize(server, user, info)
    const call: Call = { server, req, exchange, info, query, user, body, duplicates: [], accept }
    if (info.isResource) await serveResource(call)
    else await servePath(call)
  } catch (error) {
    answerFailure(exchange, error, accept)
  }
  server.metrics.count({ ...info, code: exchange.code, scope: scopeOf(info) })
}

const scopeOf = (info: RequestInfo) =>
  info.name ? 'resource' : info.namespace ? 'namespace' : info.isResource ? 'cluster' : ''

function authorize(server: Server, user: User, info: RequestInfo): void {
  const attributes: Attributes = info.isResource
    ? {
        verb: info.verb,
        group: info.group,
        resource: info.resource,
        ...(info.subresource ? { subresource: info.subresource } : {}),
        ...(info.namespace ? { namespace: info.namespace } : {}),
        ...(info.name ? { name: info.name } : {}),
      }
    : { verb: info.verb, path: info.path }
  const { allowed, reason } = server.api.rbac.authorize(user, attributes)
  if (!allowed) throw denied(user, attributes, reason)
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof MergeError)
    return failure(error.code, error.reason ?? '', error.message, error.code === 422 ? {} : undefined)
  return internal(error instanceof Error ? error.message : String(error))
}

function answerFailure(exchange: Exchange, error: unknown, accept: string | undefined): void {
  const { status } = asApiError(error)
  const { res } = exchange
  if (res.headersSent) {
    res.end()
    return
  }
  const code = status.code ?? 500
  const extra: Record<string, string> = {}
  if (status.details?.retryAfterSeconds) extra['Retry-After'] = String(status.details.retryAfterSeconds)
  let form: ReturnType<typeof negotiated>
  try {
    form = { ...negotiated(accept), version: 'v1' }
  } catch {
    form = { media: 'json', version: 'v1', pretty: true }
  }
  sendValue(exchange, code, status, form, extra)
}
