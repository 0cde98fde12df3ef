/**
 * For tests: a service of one's own on a free port with TLS from a fresh authority, a user of each role, and a plain
 * HTTPS client.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { localAuthority } from '../authority.ts'
import { type Fleet, startFleet } from '../start-fleet.ts'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: unknown
}

export interface TestFleet {
  fleet: Fleet
  ca: string
  dataDir: string
  ownerToken: string
  readerToken: string
  /** Sends JSON as the owner unless another token is given; `token: ''` sends none. */
  call(
    method: string,
    path: string,
    body?: unknown,
    more?: { token?: string; headers?: Record<string, string> },
  ): Promise<Answer>
  /** Stops the service and starts it again on the same data. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** What stands at a dotted path of an answer: `error.details.0.target`. */
export function at(value: unknown, path: string): unknown {
  let found = value
  for (const key of path.split('.')) {
    if (typeof found !== 'object' || found === null) return undefined
    found = Reflect.get(found, key)
  }
  return found
}

export const GROUP = '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/fleet'

export function send(
  url: string,
  options: { method: string; ca: string; headers: Record<string, string>; body?: string },
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const { method, ca, headers } = options
  const request = httpsRequest(url, { method, ca, headers, agent: false }, response => {
    const parts: Buffer[] = []
    response.on('data', (part: Buffer) => parts.push(part))
    response.on('error', reject)
    response.on('end', () => {
      const text = Buffer.concat(parts).toString('utf8')
      const body: unknown = text === '' ? undefined : JSON.parse(text)
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
    })
  })
  request.on('error', reject)
  request.end(options.body)
  return promise
}

export async function startTestFleet(options: { now?: () => Date } = {}): Promise<TestFleet> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-fleet-'))
  const authority = await localAuthority(join(dataDir, 'authority'))
  const tls = await authority.issue({ dnsNames: ['localhost'], ips: ['127.0.0.1'] })
  const start = () =>
    startFleet({
      dataDir,
      host: '127.0.0.1',
      port: 0,
      tls,
      log: pino({ level: process.env.TEST_LOG ?? 'silent' }),
      ...options,
    })
  let fleet = await start()
  await fleet.createUser('olga', 'Owner', 'owner-secret')
  await fleet.createUser('rita', 'Reader', 'reader-secret')
  const tested: TestFleet = {
    get fleet() {
      return fleet
    },
    ca: authority.ca,
    dataDir,
    ownerToken: await fleet.issueToken('olga'),
    readerToken: await fleet.issueToken('rita'),
    call(method, path, body, more = {}) {
      const token = more.token ?? tested.ownerToken
      const headers = {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...more.headers,
      }
      const text = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
      return send(`${fleet.url}${path}`, { method, ca: authority.ca, headers, ...text })
    },
    async restart() {
      await fleet.close()
      fleet = await start()
    },
    async stop() {
      await fleet.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  await tested.call('PUT', `${GROUP}?api-version=2021-04-01`, { location: 'local' })
  return tested
}
