/**
 * Connections over HTTP with the certificates and the proxy of one access, kept for a while so that a thousand requests
 * cost one handshake. What is sent and what an answer means is the caller's.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { getCACertificates } from 'node:tls'

export interface ConnectionOptions {
  /** PEM bundle trusted beside the system's authorities. */
  ca?: string
  /** PEM client certificate and key. */
  cert?: string
  key?: string
  /** Skips the check of the server's certificate. */
  insecureSkipVerify?: boolean
  /** URL of the proxy for all requests. Default: what the environment says. */
  proxy?: string
}

export interface HttpRequest {
  method?: 'GET' | 'HEAD' | 'POST'
  headers: Record<string, string>
  signal: AbortSignal
  body?: string
}

export class HttpConnections {
  readonly #http: HttpAgent
  readonly #https: HttpsAgent

  constructor({ ca, cert, key, insecureSkipVerify, proxy }: ConnectionOptions) {
    const kept = { keepAlive: true, keepAliveMsecs: 5000, maxFreeSockets: 2, maxSockets: 16, timeout: 30_000 }
    const proxyEnv =
      proxy === undefined ? proxyEnvironment(process.env) : { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: '' }
    const options = { ...kept, proxyEnv }
    this.#http = new HttpAgent(options)
    this.#https = new HttpsAgent({
      ...options,
      ca: ca === undefined ? undefined : [...getCACertificates('default'), ca],
      cert,
      key,
      rejectUnauthorized: !insecureSkipVerify,
    })
  }

  /** The answer's head; rejects as Node does. */
  send(target: URL, { method = 'GET', headers, signal, body }: HttpRequest): Promise<IncomingMessage> {
    const [start, agent] = target.protocol === 'https:' ? [httpsRequest, this.#https] : [httpRequest, this.#http]
    return new Promise((resolve, reject) => {
      const request = start(withoutUser(target), { method, headers, agent, signal }, resolve)
      request.on('error', reject)
      request.end(body)
    })
  }

  /** Closes kept-alive connections. */
  close(): void {
    this.#http.destroy()
    this.#https.destroy()
  }

  /** Lets connections go that nobody uses; those in use go when they have been idle for a while. */
  closeIdle(): void {
    for (const agent of [this.#http, this.#https]) {
      for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy()
    }
  }
}

export function redirectOf({ statusCode = 0, headers }: IncomingMessage): string | undefined {
  return [301, 302, 303, 307, 308].includes(statusCode) ? headers.location : undefined
}

export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

/**
 * Whether a credential goes along with a redirect: to the same name or one below it, as Go has it, and not from an
 * encrypted connection to a plain one.
 */
export function keepsCredential(from: URL, to: URL): boolean {
  const near = to.hostname === from.hostname || to.hostname.endsWith(`.${from.hostname}`)
  return near && !(from.protocol === 'https:' && to.protocol !== 'https:')
}

export function withoutUser(url: URL): string {
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  return bare.href
}

/** The environment's proxies, which this machine itself is never reached by: as for Go programs. */
function proxyEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const direct = [env.NO_PROXY || env.no_proxy, 'localhost', '127.0.0.1', '::1'].filter(Boolean).join(',')
  return { ...env, NO_PROXY: direct, no_proxy: direct }
}
