/** For tests: the real fleet service with one connected cluster, behind a link that can be cut. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Fleet, localAuthority, startFleet } from '@sluice/fleet'
import { pino } from 'pino'
import { startTestLink, type TestLink } from './test-link.ts'

export interface Answer {
  status: number
  body: Record<string, unknown>
}

export interface TestService {
  link: TestLink
  /** PEM of the service's authority, and of the cluster's private key. */
  ca: string
  privateKeyPem: string
  /** ARM id of the connected cluster. */
  clusterId: string
  /** Below the cluster: `fluxConfigurations/shop`. */
  put(resource: string, properties: Record<string, unknown>): Promise<Answer>
  patch(resource: string, properties: Record<string, unknown>): Promise<Answer>
  remove(resource: string, force?: boolean): Promise<Answer>
  /** `properties`; undefined when there is none. */
  get(resource: string): Promise<Record<string, unknown> | undefined>
  /** `properties` of the cluster itself. */
  cluster(): Promise<Record<string, unknown>>
  stop(): Promise<void>
  /** `fresh`: with an empty store, as after a loss. The cluster is connected again. */
  start(options?: { fresh: boolean }): Promise<void>
  close(): Promise<void>
}

const GROUP = '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/fleet'
const CLUSTER = `${GROUP}/providers/Microsoft.Kubernetes/connectedClusters/one`
const VERSIONS: Record<string, string> = { fluxConfigurations: '2025-04-01', extensions: '2023-05-01' }

export async function startTestService(): Promise<TestService> {
  const root = mkdtempSync(join(tmpdir(), 'sluice-service-'))
  const authority = await localAuthority(join(root, 'authority'))
  const tls = await authority.issue({ dnsNames: ['localhost'], ips: ['127.0.0.1'] })
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const link = await startTestLink()
  let fleet: Fleet | undefined
  let token = ''
  let lives = 0

  async function start(options = { fresh: false }): Promise<void> {
    if (options.fresh || lives === 0) lives++
    const log = pino({ level: process.env.TEST_LOG ?? 'silent' })
    fleet = await startFleet({ dataDir: join(root, `life-${lives}`), host: '127.0.0.1', port: 0, tls, log })
    link.to(Number(new URL(fleet.url).port))
    if (!(await fleet.hasUsers())) {
      await fleet.createUser('olga', 'Owner', 'owner-secret')
      token = await fleet.issueToken('olga')
      await call('PUT', `${GROUP}?api-version=2021-04-01`, { location: 'local' })
      await call('PUT', `${CLUSTER}?api-version=2024-01-01`, {
        location: 'local',
        identity: { type: 'SystemAssigned' },
        properties: { agentPublicKeyCertificate: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
      })
    } else token = await fleet.issueToken('olga')
  }

  async function stop(): Promise<void> {
    link.to(0)
    link.cut()
    await fleet?.close()
    fleet = undefined
  }

  function call(method: string, path: string, body?: unknown): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    }
    const sent = request(`${fleet?.url}${path}`, { method, headers, ca: authority.ca, agent: false }, response => {
      const parts: Buffer[] = []
      response.on('data', part => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(parts).toString()
        resolve({ status: response.statusCode ?? 0, body: text ? JSON.parse(text) : {} })
      })
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
    return promise
  }

  const path = (resource: string) => {
    const version = VERSIONS[resource.split('/')[0] ?? '']
    return `${CLUSTER}/providers/Microsoft.KubernetesConfiguration/${resource}?api-version=${version}`
  }
  async function accepted(answer: Promise<Answer>): Promise<Answer> {
    const { status, body } = await answer
    if (status >= 300) throw new Error(`the service answered ${status}: ${JSON.stringify(body)}`)
    return { status, body }
  }
  const propertiesOf = ({ body }: Answer) => (body.properties ?? {}) as Record<string, unknown>

  await start()
  return {
    link,
    ca: authority.ca,
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    clusterId: CLUSTER,
    put: (resource, properties) => accepted(call('PUT', path(resource), { properties })),
    patch: (resource, properties) => accepted(call('PATCH', path(resource), { properties })),
    remove: (resource, force = false) =>
      accepted(call('DELETE', `${path(resource)}${force ? '&forceDelete=true' : ''}`)),
    async get(resource) {
      const answer = await call('GET', path(resource))
      return answer.status === 404 ? undefined : propertiesOf(await accepted(Promise.resolve(answer)))
    },
    cluster: async () => propertiesOf(await call('GET', `${CLUSTER}?api-version=2024-01-01`)),
    start,
    stop,
    async close() {
      await stop()
      await link.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
}
