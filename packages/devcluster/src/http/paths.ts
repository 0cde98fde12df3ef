/** Everything that is no resource: discovery, OpenAPI, version, health, metrics. */

import { failure } from '../api-error.ts'
import type { Document } from '../discovery/groups.ts'
import { health } from '../discovery/health.ts'
import { versionInfo } from '../discovery/version.ts'
import type { Call } from './handler.ts'
import { negotiated } from './negotiate.ts'
import { head, sendBytes, sendText, sendValue } from './respond.ts'

const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

const wantsAggregated = (accept: string | undefined) =>
  (accept ?? '')
    .split(',')
    .some(
      clause =>
        /\bas=APIGroupDiscoveryList\b/.test(clause) &&
        /\bv=v2(?:;|$|\s)/.test(clause) &&
        /^\s*application\/json/.test(clause),
    )

/** A document with its ETag, or 304 when the client has it. */
function sendDocument(call: Call, document: Document, type: string, extra: Record<string, string> = {}): void {
  const etag = `"${document.hash}"`
  const headers = { ETag: etag, Vary: 'Accept', 'Cache-Control': 'public', ...extra }
  if (call.req.headers['if-none-match'] === etag) {
    head(call.exchange, 304, type, headers)
    call.exchange.res.end()
    return
  }
  sendBytes(call.exchange, 200, type, document.bytes, headers)
}

export const notFoundPage = (call: Call): void => sendText(call.exchange, 404, '404 page not found\n')

const day = 86_400_000

function serveOpenApiV3(call: Call, path: string): void {
  const { openApi } = call.server
  if (!path) {
    sendDocument(call, openApi.index(), 'text/plain; charset=utf-8')
    return
  }
  const document = openApi.document(path)
  if (!document) {
    notFoundPage(call)
    return
  }
  const asked = call.query.get('hash')
  if (asked && asked !== document.hash) {
    head(call.exchange, 301, 'text/html; charset=utf-8', { Location: `/openapi/v3/${path}?hash=${document.hash}` })
    call.exchange.res.end()
    return
  }
  sendDocument(
    call,
    document,
    'application/json',
    asked
      ? { 'Cache-Control': 'public, immutable', Expires: new Date(call.server.api.clock() + 365 * day).toUTCString() }
      : {},
  )
}

const namedPaths = [
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openid/v1/jwks',
  '/readyz',
  '/version',
]

export const unknownResource = () => failure(404, 'NotFound', 'the server could not find the requested resource', {})

/** A version that a built-in group does not have. */
function isUnknownVersion(call: Call, path: string): boolean {
  const parts = path.split('/')
  if (path.startsWith('/api/')) return parts.length === 3
  return parts.length === 4 && call.server.discovery.legacy(`/apis/${parts[2]}`) !== undefined
}

export async function servePath(call: Call): Promise<void> {
  const { server, exchange, info, query } = call
  const path = info.path.length > 1 ? info.path.replace(/\/$/, '') : info.path
  if (path === '/api' || path === '/apis') {
    if (wantsAggregated(call.accept)) sendDocument(call, server.discovery.aggregated(path), aggregatedType)
    else sendDocument(call, server.discovery.legacy(path) ?? server.discovery.aggregated(path), 'application/json')
    return
  }
  if (path.startsWith('/api/') || path.startsWith('/apis/')) {
    const document = server.discovery.legacy(path)
    if (document) {
      negotiated(call.accept)
      sendBytes(exchange, 200, 'application/json', document.bytes)
    } else if (isUnknownVersion(call, path)) throw unknownResource()
    else notFoundPage(call)
    return
  }
  if (path === '/openapi/v2') {
    const accept = call.accept ?? 'application/json'
    if (/application\/com\.github\.proto-openapi\.spec\.v2[@.]v1\.0\+protobuf/.test(accept)) {
      sendDocument(call, server.openApi.v2Protobuf(), 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf')
    } else if (/application\/json|\*\/\*/.test(accept)) sendDocument(call, server.openApi.v2(), 'application/json')
    else {
      head(exchange, 406, 'text/plain; charset=utf-8', {}, 0)
      exchange.res.end()
    }
    return
  }
  if (path === '/openapi/v3' || path.startsWith('/openapi/v3/')) {
    serveOpenApiV3(call, path.slice('/openapi/v3/'.length))
    return
  }
  if (path === '/version') {
    sendValue(exchange, 200, versionInfo, { media: 'json', version: 'v1', pretty: true })
    return
  }
  if (path === '/metrics') {
    sendText(
      exchange,
      200,
      server.metrics.text(server.api.store.collections, server.watches.size),
      'text/plain; version=0.0.4; charset=utf-8',
    )
    return
  }
  if (path === '/openid/v1/jwks') {
    sendBytes(exchange, 200, 'application/jwk-set+json', Buffer.from(JSON.stringify(server.api.tokens.jwks())))
    return
  }
  if (path === '/') {
    const groups = server.discovery.groupVersionPaths().map(p => `/${p}`)
    const paths = [...new Set(['/api', '/apis', ...groups, ...namedPaths])].sort()
    sendValue(exchange, 200, { paths }, { media: 'json', version: 'v1', pretty: true })
    return
  }
  const answer = health(path, query)
  if (answer) sendText(exchange, answer.code, answer.text)
  else notFoundPage(call)
}
