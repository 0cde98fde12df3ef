/**
 * Writes answers. HTTP/1.1 and HTTP/2 look the same here. Objects go out as the bytes the store keeps whenever nothing has to
 * be transformed.
 */
import { randomUUID } from 'node:crypto'
import { stringify } from '@sluice/yaml'
import type { Form } from './negotiate.ts'

/** What is used of `ServerResponse` and `Http2ServerResponse` alike. */
export interface Response {
  readonly headersSent: boolean
  readonly writableLength: number
  writeHead(code: number, headers: Record<string, string | string[]>): unknown
  /** Absent in HTTP/2, where the head goes out at once. */
  flushHeaders?: (() => void) | undefined
  write(chunk: Buffer): boolean
  end(): unknown
  end(chunk: Buffer): unknown
  destroy(): unknown
  on(event: 'close', listener: () => void): unknown
}

/** What the headers of one answer depend on besides its content. */
export interface Exchange {
  res: Response
  auditId: string
  warnings: string[]
  /** Set once the head is out, for metrics. */
  code: number
}

const flowSchema = randomUUID()
const priorityLevel = randomUUID()

/** RFC 7234 quoted text; what is too long or has control characters is cut or left out as upstream does. */
function warningHeaders(texts: readonly string[]): string[] {
  const unique = [...new Set(texts)].filter(t => !hasControl(t))
  const long = unique.reduce((sum, t) => sum + t.length, 0) > 4096
  const out: string[] = []
  let sum = 0
  for (const text of unique) {
    const cut = long ? text.slice(0, 256) : text
    sum += cut.length
    if (sum > 4096) break
    out.push(`299 - "${cut.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)
  }
  return out
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 32) return true
  return false
}

export function head(
  exchange: Exchange,
  code: number,
  contentType: string,
  extra: Record<string, string> = {},
  length?: number,
): void {
  const headers: Record<string, string | string[]> = {
    'Audit-Id': exchange.auditId,
    'Cache-Control': 'no-cache, private',
    'Content-Type': contentType,
    'X-Kubernetes-Pf-Flowschema-Uid': flowSchema,
    'X-Kubernetes-Pf-Prioritylevel-Uid': priorityLevel,
    ...extra,
  }
  if (length !== undefined) headers['Content-Length'] = String(length)
  if (exchange.warnings.length) {
    const texts = warningHeaders(exchange.warnings)
    if (texts.length) headers.Warning = texts
  }
  exchange.code = code
  exchange.res.writeHead(code, headers)
}

const newline = Buffer.from('\n')

export function sendBytes(
  exchange: Exchange,
  code: number,
  contentType: string,
  bytes: Buffer,
  extra?: Record<string, string>,
): void {
  head(exchange, code, contentType, extra, bytes.length)
  exchange.res.end(bytes)
}

export function sendText(
  exchange: Exchange,
  code: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  sendBytes(exchange, code, contentType, Buffer.from(text), { 'X-Content-Type-Options': 'nosniff' })
}

/** Any value, in the form asked for. */
export function sendValue(
  exchange: Exchange,
  code: number,
  value: object,
  form: Form,
  extra?: Record<string, string>,
): void {
  if (form.media === 'yaml') {
    sendBytes(exchange, code, 'application/yaml', Buffer.from(stringify(value)), extra)
    return
  }
  const text = form.pretty ? JSON.stringify(value, null, 2) : JSON.stringify(value)
  sendBytes(exchange, code, 'application/json', Buffer.from(`${text}\n`), extra)
}

/** JSON that is already serialised. */
export function sendJson(exchange: Exchange, code: number, json: Buffer): void {
  sendBytes(exchange, code, 'application/json', Buffer.concat([json, newline], json.length + 1))
}
