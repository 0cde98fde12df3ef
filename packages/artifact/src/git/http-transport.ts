/**
 * Git's smart HTTP (gitprotocol-http): one GET lists the references, one POST brings a pack. Spoken here rather than by a
 * `git` process because an unchanged remote then costs a single request on a kept-alive connection and no process, because
 * credentials never leave this process, and because the server's own words reach the user.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { getCACertificates } from 'node:tls'
import { bodyStart } from '../body-start.ts'
import { redirectOf } from '../http-connections.ts'
import { connectionFailure } from './connection-failure.ts'
import {
  AuthenticationRequiredError,
  AuthorizationFailedError,
  GitConnectionError,
  GitError,
  GitProtocolError,
  RepositoryNotFoundError,
} from './git-error.ts'
import { PacketReader } from './pkt-line.ts'
import { type RefAdvertisement, readAdvertisement } from './ref-advertisement.ts'
import { displayUrl, type GitRemote } from './remote.ts'
import type { GitTransport } from './transport.ts'

/** How much of a failing server's answer goes into a message. */
const MAX_DETAIL = 1024
const MAX_REDIRECTS = 5
/** Servers look at the start of it to tell Git from browsers. */
const USER_AGENT = 'git/2.0 (sluice)'

export class HttpTransport implements GitTransport {
  readonly #http: HttpAgent
  readonly #https: HttpsAgent
  readonly #authorization: Record<string, string>
  readonly #host: string
  readonly #url: string
  /** Where a redirect of the last listing led; the pack is asked for there. */
  #base: string

  constructor(remote: GitRemote) {
    const url = new URL(remote.url)
    this.#authorization = authorization(remote, url)
    this.#host = url.host
    url.username = ''
    url.password = ''
    this.#url = url.href.replace(/\/+$/, '')
    this.#base = this.#url
    const proxyEnv = remote.proxy ? { HTTP_PROXY: remote.proxy, HTTPS_PROXY: remote.proxy } : undefined
    // Kept alive long enough for list-then-fetch and quick intervals, short enough to not hold servers' sockets.
    const options = { keepAlive: true, keepAliveMsecs: 5000, maxFreeSockets: 2, timeout: 30_000, proxyEnv }
    const { ca, cert, key } = remote.auth ?? {}
    this.#http = new HttpAgent(options)
    // As Flux: beside the system's authorities, not instead of them.
    this.#https = new HttpsAgent({ ...options, ca: ca && [...getCACertificates('default'), ca], cert, key })
  }

  /** Closes kept-alive connections. */
  close(): void {
    this.#http.destroy()
    this.#https.destroy()
  }

  /** The remote's references: exactly one request, unless the server redirects. */
  async listRefs(signal: AbortSignal): Promise<RefAdvertisement> {
    let target = `${this.#url}/info/refs?service=git-upload-pack`
    for (let redirects = 0; ; redirects++) {
      const response = await this.#request('GET', target, signal)
      const location = redirectOf(response)
      if (location !== undefined) {
        response.resume()
        if (redirects >= MAX_REDIRECTS) throw new GitProtocolError(`stopped after ${MAX_REDIRECTS} redirects`)
        target = this.#follow(target, location)
        continue
      }
      await this.#refuseFailure(response, target)
      const type = response.headers['content-type'] ?? ''
      if (!type.startsWith('application/x-git-upload-pack-advertisement')) {
        response.destroy()
        throw new GitProtocolError(
          `the server does not answer as a Git server (content type '${type}'); check that the URL names a Git repository`,
        )
      }
      this.#base = target.slice(0, target.indexOf('/info/refs?'))
      const refs = await this.#guard(target, signal, () => readAdvertisement(new PacketReader(response)))
      response.resume()
      return refs
    }
  }

  /** Sends the request of a fetch and gives the answer's bytes. Read them to the end, or destroy the stream. */
  async uploadPack(body: string, signal: AbortSignal): Promise<IncomingMessage> {
    const target = `${this.#base}/git-upload-pack`
    const response = await this.#request('POST', target, signal, body)
    await this.#refuseFailure(response, target)
    return response
  }

  /** Runs `read`, naming a broken connection or a passed deadline as what it is. */
  async #guard<T>(target: string, signal: AbortSignal, read: () => Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (error) {
      if (error instanceof GitError) throw error
      throw connectionFailure(error, 'Get', target, signal)
    }
  }

  #request(method: 'GET' | 'POST', target: string, signal: AbortSignal, body?: string): Promise<IncomingMessage> {
    const secure = target.startsWith('https:')
    const send = secure ? httpsRequest : httpRequest
    const agent = secure ? this.#https : this.#http
    const headers: Record<string, string> = { 'user-agent': USER_AGENT, accept: '*/*' }
    // Credentials are for the host they were given for, not for where it redirects to.
    if (new URL(target).host === this.#host) Object.assign(headers, this.#authorization)
    if (body !== undefined) {
      headers['content-type'] = 'application/x-git-upload-pack-request'
      headers.accept = 'application/x-git-upload-pack-result'
      headers['content-length'] = String(Buffer.byteLength(body))
    }
    return new Promise((resolve, reject) => {
      const request = send(target, { method, headers, agent, signal }, resolve)
      request.on('error', error => reject(connectionFailure(error, method === 'GET' ? 'Get' : 'Post', target, signal)))
      request.end(body)
    })
  }

  #follow(from: string, location: string): string {
    const next = new URL(location, from)
    if (next.protocol !== 'http:' && next.protocol !== 'https:') {
      throw new GitProtocolError(`the server redirects to '${next.protocol}', which is not followed`)
    }
    if (next.protocol === 'http:' && from.startsWith('https:')) {
      throw new GitProtocolError('the server redirects from https to http, which is not followed')
    }
    next.username = ''
    next.password = ''
    if (!next.pathname.endsWith('/info/refs')) {
      throw new GitProtocolError(`the server redirects to '${displayUrl(next.href)}', which is no Git repository`)
    }
    if (!next.search) next.search = '?service=git-upload-pack'
    return next.href
  }

  async #refuseFailure(response: IncomingMessage, target: string): Promise<void> {
    const status = response.statusCode ?? 0
    if (status >= 200 && status < 300) return
    const detail = await detailOf(response)
    if (status === 401) throw new AuthenticationRequiredError(detail)
    if (status === 403) throw new AuthorizationFailedError(detail)
    if (status === 404) throw new RepositoryNotFoundError(detail)
    const more = detail === '' ? '' : `: ${detail}`
    throw new GitConnectionError(
      `unexpected client error: unexpected requesting ${JSON.stringify(displayUrl(target))} status code: ${status}${more}`,
    )
  }
}

async function detailOf(response: IncomingMessage): Promise<string> {
  const text = await bodyStart(response, MAX_DETAIL)
  return text.length > MAX_DETAIL ? `${text.slice(0, MAX_DETAIL)}...` : text
}

function authorization(remote: GitRemote, url: URL): Record<string, string> {
  const auth = remote.auth ?? {}
  if (auth.bearerToken !== undefined) return { authorization: `Bearer ${auth.bearerToken}` }
  const username = auth.username || decodeURIComponent(url.username)
  const password = auth.password || decodeURIComponent(url.password)
  if (username === '' && password === '') return {}
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}
