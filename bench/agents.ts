/** One fleet service and its connected agents: how soon a change is with its cluster, and how many status reports a second are taken in. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clusterToken } from '../packages/agent/src/agent/cluster-token.ts'
import { ServiceClient } from '../packages/agent/src/agent/service-client.ts'
import type { DesiredItem, StatusReport } from '../packages/api/src/index.ts'
import { startSluice } from '../scripts/dev-system.mjs'
import type { Benchmark } from './benchmark.ts'
import { processUse } from './process-use.ts'
import { repeated } from './repeated.ts'
import { count, mebibytes, median, quantile, spread } from './statistics.ts'

const GROUP = '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/fleet'
const IN_FLIGHT = 16
/** Posts of each agent in the measurement of reports. */
const POSTS = 20
/** Reports in a post: what a cluster with one configuration sends, and one with ten. */
const BATCHES = [1, 10]

/** What `sluice fleet` prints when it serves. */
interface Ready {
  url: string
  caFile: string
  adminSecretFile: string
}

interface Service {
  pid: number
  url: string
  ca: string
  /** Sends JSON as an owner; fails unless the answer is a success. */
  call(method: string, path: string, body?: unknown): Promise<unknown>
  stop(): Promise<void>
}

interface Agent {
  clusterId: string
  client: ServiceClient
  /** Called with each item that arrives. */
  onItem: (item: DesiredItem) => void
  synced: Promise<void>
  stop(): Promise<void>
}

interface Exchange {
  url: string
  method: string
  ca: string
  headers: Record<string, string>
  body?: string
}

function exchange({ url, body, ...options }: Exchange): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, options, async response => {
      const parts: Buffer[] = []
      response.on('error', reject).on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8')
        if ((response.statusCode ?? 500) < 300) resolve(text === '' ? undefined : JSON.parse(text))
        else reject(new Error(`${options.method} ${url}: ${response.statusCode} ${text}`))
      })
    })
    request.on('error', reject).end(body)
  })
}

async function startService(): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  const log = join(folder, 'fleet.log')
  const args = ['fleet', '--data-dir', join(folder, 'data'), '--port', '0', '--log-level', 'error']
  const process = startSluice(args, log)
  async function stop(): Promise<void> {
    await process.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const ready: Ready = await process.until(async () => {
      const line = readFileSync(log, 'utf8')
        .split('\n')
        .find(text => text.includes('adminSecretFile'))
      return line === undefined ? undefined : JSON.parse(line)
    })
    const ca = readFileSync(ready.caFile, 'utf8')
    const password = readFileSync(ready.adminSecretFile, 'utf8').trim()
    const login = await exchange({
      url: `${ready.url}/oauth2/token`,
      method: 'POST',
      ca,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ grant_type: 'password', username: 'admin', password }),
    })
    const token = typeof login === 'object' && login !== null ? String(Reflect.get(login, 'access_token')) : ''
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const call = (method: string, path: string, body?: unknown) =>
      exchange({
        url: ready.url + path,
        method,
        ca,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
    return { pid: process.pid, url: ready.url, ca, call, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Connects a cluster with a key pair of its own, and follows its stream as the agent does. */
async function connectAgent(service: Service, name: string): Promise<Agent> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const clusterId = `${GROUP}/providers/Microsoft.Kubernetes/connectedClusters/${name}`
  await service.call('PUT', `${clusterId}?api-version=2024-01-01`, {
    location: 'local',
    identity: { type: 'SystemAssigned' },
    properties: { agentPublicKeyCertificate: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
  })
  const token = clusterToken(clusterId, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  const client = new ServiceClient({ serviceUrl: service.url, serviceCa: service.ca, token })
  const stopping = new AbortController()
  const { promise: synced, resolve, reject } = Promise.withResolvers<void>()
  const agent: Agent = { clusterId, client, onItem: () => {}, synced, stop }
  async function follow(): Promise<void> {
    for await (const event of client.desired({ cursor: '', once: false, signal: stopping.signal })) {
      if (event.event === 'item') agent.onItem(event.item)
      if (event.event === 'synced') resolve()
    }
  }
  const followed = follow().catch((error: unknown) => {
    if (!stopping.signal.aborted) reject(error)
  })
  async function stop(): Promise<void> {
    stopping.abort()
    await followed
    await client.close()
  }
  return agent
}

/** Calls `work` for every item, `width` at a time. */
async function each<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items]
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: width }, worker))
}

const configurationPath = ({ clusterId }: Agent, name: string): string =>
  `${clusterId}/providers/Microsoft.KubernetesConfiguration/fluxConfigurations/${name}?api-version=2025-04-01`

const configuration = (branch: string) => ({
  properties: {
    gitRepository: { url: 'https://git.example.com/site.git', repositoryRef: { branch } },
    kustomizations: { infra: { path: './infra' }, apps: { path: './apps', dependsOn: ['infra'] } },
  },
})

/** Writes a configuration for each agent and answers the seconds from sending the write until the agent has it. */
async function deliveries(service: Service, agents: Agent[], inFlight: number, branch: string): Promise<number[]> {
  const times: number[] = []
  await each(agents, inFlight, async agent => {
    const { promise, resolve } = Promise.withResolvers<void>()
    agent.onItem = item => {
      if (item.type === 'fluxConfiguration' && JSON.stringify(item.properties).includes(`"${branch}"`)) resolve()
    }
    const began = performance.now()
    const written = service.call('PUT', configurationPath(agent, 'site-0'), configuration(branch))
    await Promise.all([promise.then(() => times.push((performance.now() - began) / 1000)), written])
  })
  return times
}

/** What an agent says of a configuration with a source and two kustomizations. */
const report = (agent: Agent, name: string, generation: number, serial: number): StatusReport => ({
  id: `${agent.clusterId}/providers/Microsoft.KubernetesConfiguration/fluxConfigurations/${name}`.toLowerCase(),
  generation,
  provisioningState: 'Succeeded',
  fluxConfiguration: {
    complianceState: 'Compliant',
    sourceSyncedCommitId: `main@sha1:${serial.toString(16).padStart(40, '0')}`,
    sourceUpdatedAt: '2026-01-02T03:04:05Z',
    statuses: ['GitRepository', 'Kustomization', 'Kustomization'].map((kind, at) => ({
      name: `${name}-${at}`,
      namespace: 'default',
      kind,
      complianceState: 'Compliant',
      appliedBy: null,
      statusConditions: [
        {
          lastTransitionTime: '2026-01-02T03:04:05Z',
          message: `Applied revision: main@sha1:${serial}`,
          reason: 'ReconciliationSucceeded',
          status: 'True',
          type: 'Ready',
        },
      ],
      helmReleaseProperties: null,
    })),
  },
})

interface Measured {
  connected: number
  single: number[]
  many: number[]
  /** By reports a post. */
  reports: { perSecond: number; cpu: number }[]
  memory: number
}

async function measure(agentCount: number): Promise<Measured> {
  const service = await startService()
  const agents: Agent[] = []
  try {
    await service.call('PUT', `${GROUP}?api-version=2021-04-01`, { location: 'local' })
    const began = performance.now()
    const names = Array.from({ length: agentCount }, (_, at) => `cluster-${at}`)
    await each(names, IN_FLIGHT, async name => {
      const agent = await connectAgent(service, name)
      agents.push(agent)
      await agent.synced
    })
    const connected = (performance.now() - began) / 1000
    const single = await deliveries(service, agents, 1, 'first')
    const many = await deliveries(service, agents, agents.length, 'second')
    const most = Math.max(...BATCHES)
    await each(agents, IN_FLIGHT, async agent => {
      for (let at = 1; at < most; at += 1)
        await service.call('PUT', configurationPath(agent, `site-${at}`), configuration('main'))
    })
    const reports: Measured['reports'] = []
    for (const size of BATCHES) {
      const before = processUse(service.pid).cpu
      const start = performance.now()
      await Promise.all(
        agents.map(async agent => {
          for (let post = 0; post < POSTS; post += 1) {
            const all = Array.from({ length: size }, (_, at) => report(agent, `site-${at}`, at === 0 ? 2 : 1, post))
            await agent.client.status({ reports: all })
          }
        }),
      )
      const total = agents.length * POSTS * size
      reports.push({
        perSecond: total / ((performance.now() - start) / 1000),
        cpu: (processUse(service.pid).cpu - before) / total,
      })
    }
    return { connected, single, many, reports, memory: processUse(service.pid).peak }
  } finally {
    await Promise.all(agents.map(agent => agent.stop()))
    await service.stop()
  }
}

const micro = (value: number): string => `${(value * 1_000_000).toFixed(0)} µs`

export const benchmark: Benchmark = {
  title:
    'N agents on one fleet service (TLS, SQLite, one process): a changed configuration until its agent has it; status reports taken in',
  runs: 5,
  sizes: [200],
  method: [
    'The agents are clients of ours with a key pair and a stream each, in the process of the benchmark, on the same two cores. A change is a PUT of a',
    'fluxConfiguration, from sending it until the stream has brought it: one after the other, then one for every agent at once. Then every agent posts',
    `${POSTS} batches of reports, the next when the last was answered: each is signed, checked, encrypted and written before it is answered.`,
  ],
  async run({ runs, sizes }) {
    const rows: string[][] = []
    for (const n of sizes) {
      const results = await repeated(`${n} agents`, runs, () => measure(n))
      const add = (what: string, value: string): void => void rows.push([count(n), what, value])
      add('all connected and in sync', spread(results.map(r => r.connected)))
      for (const [key, text] of [
        ['single', 'one after the other'] as const,
        ['many', 'one for each agent at once'] as const,
      ]) {
        for (const [name, share] of [['p50', 0.5] as const, ['p95', 0.95] as const]) {
          add(`change until delivered, ${text}, ${name}`, spread(results.map(r => quantile(r[key], share))))
        }
      }
      for (const [at, size] of BATCHES.entries()) {
        const all = results.flatMap(r => r.reports[at] ?? [])
        const text = size === 1 ? '1 report a post' : `${size} reports a post`
        add(
          `status reports a second, ${text}`,
          spread(
            all.map(r => r.perSecond),
            count,
          ),
        )
        add(`service CPU a report, ${text}`, micro(median(all.map(r => r.cpu))))
      }
      add(
        'memory of the service at most',
        spread(
          results.map(r => r.memory),
          mebibytes,
        ),
      )
    }
    return [{ columns: ['agents', 'what', 'median (least to most)'], rows }]
  },
}
