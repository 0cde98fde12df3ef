/** Puts the parts together: store, verbs, controllers, certificates, server. */
import { createPrivateKey } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Rbac } from './access/rbac.ts'
import { ServiceAccountTokens } from './access/service-account-tokens.ts'
import { certificatesIn, kubeconfigOf } from './certificates/authority.ts'
import { startAdmissionPolicies } from './controllers/admission-policies.ts'
import { bootstrap } from './controllers/bootstrap.ts'
import { startClusterRoleAggregation } from './controllers/cluster-role-aggregation.ts'
import { startCustomDefinitions } from './controllers/custom-definitions.ts'
import { startEventExpiry } from './controllers/event-expiry.ts'
import { startGarbageCollector } from './controllers/garbage-collector.ts'
import { startNamespaceLifecycle } from './controllers/namespace-lifecycle.ts'
import { startResourceQuotas } from './controllers/resource-quotas.ts'
import { startServiceAccountSecrets } from './controllers/service-account-secrets.ts'
import { Discovery } from './discovery/groups.ts'
import { Metrics } from './discovery/metrics.ts'
import { OpenApi } from './discovery/openapi.ts'
import type { Server } from './http/handler.ts'
import { type Listener, listen } from './http/listen.ts'
import { LocalApiClient } from './local-api-client.ts'
import type { LocalClient } from './local-client.ts'
import { isReallyRun, startNode } from './node/index.ts'
import { Api } from './requests/api.ts'
import { builtinTypes } from './resources/builtin-types.ts'
import { ResourceRegistry } from './resources/resource-registry.ts'
import { ObjectStore } from './store/object-store.ts'
import { startWorkloads } from './workloads/index.ts'

export interface DevClusterOptions {
  /** Holds everything: objects, certificates, the port. Made when missing. */
  dataDir: string
  /** Default: the port used last time, else a free one. */
  port?: number
  /** Default 127.0.0.1. */
  host?: string
  /** How to run this program, for pods that are really run. */
  programArgs?: string[]
  /** Simulated workload controllers; default true. */
  workloads?: boolean
  /** Really run pods of the image `sluice`, given `programArgs`; default true. */
  node?: boolean
  /** Told of what went wrong in the background and is tried again. */
  onError?: (what: string, error: unknown) => void
}

export interface DevCluster {
  url: string
  caPem: string
  /** YAML text for the cluster's administrator. */
  kubeconfig: string
  client: LocalClient
  close(): Promise<void>
}

/** Opens the store; a second process on the same directory is told whose it is. */
function openStore(dataDir: string): ObjectStore {
  const pidFile = join(dataDir, 'pid')
  try {
    const store = new ObjectStore(join(dataDir, 'cluster.db'))
    writeFileSync(pidFile, String(process.pid))
    return store
  } catch (error) {
    if (!(error instanceof Error) || !/locked|busy/i.test(error.message)) throw error
    const holder = readText(pidFile)
    throw new Error(
      `the data directory ${dataDir} is in use by another dev cluster${holder ? ` (process ${holder})` : ''}: stop it, or choose another directory`,
      { cause: error },
    )
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}

/** The port to try: the given one, else the remembered one; 0 for a free one. */
async function listenSomewhere(
  open: (port: number) => Promise<Listener>,
  asked: number | undefined,
  remembered: number,
) {
  if (asked !== undefined) return open(asked)
  if (!remembered) return open(0)
  try {
    return await open(remembered)
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') throw error
    return open(0)
  }
}

const bookmarkInterval = 60_000

/** Resolves when the server answers. Rejects when the directory is in use or the given port is taken. */
export async function startDevCluster(options: DevClusterOptions): Promise<DevCluster> {
  const { dataDir, host = '127.0.0.1' } = options
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const store = openStore(dataDir)
  const stops: (() => void)[] = []
  try {
    const certificates = await certificatesIn(join(dataDir, 'certificates'), host, Date.now())
    const registry = new ResourceRegistry()
    for (const type of builtinTypes()) registry.add(type)
    const tokens = new ServiceAccountTokens(createPrivateKey(certificates.tokenKeyPem))
    const api = new Api({ store, registry, rbac: new Rbac(store), tokens, caPem: certificates.caPem })
    const client = new LocalApiClient(api)
    stops.push(startCustomDefinitions(api))
    await bootstrap(client)
    stops.push(
      startNamespaceLifecycle(api, client),
      startGarbageCollector(api),
      startClusterRoleAggregation(api, client),
      startResourceQuotas(api, client),
      startAdmissionPolicies(api, client),
      startServiceAccountSecrets(api, client),
      startEventExpiry(api, client),
    )

    let server: Server | undefined
    const portFile = join(dataDir, 'port')
    const current = () => {
      if (!server) throw new Error('a request came before the server was complete')
      return server
    }
    const listener = await listenSomewhere(
      port => listen(current, certificates, host, port),
      options.port,
      Number(readText(portFile) ?? 0),
    )
    writeFileSync(portFile, String(listener.port))
    const shown = host.includes(':') ? `[${host}]` : host
    const discovery = new Discovery(registry, `${shown}:${listener.port}`)
    const watches: Server['watches'] = new Set()
    const logFolder = join(dataDir, 'logs')
    server = { api, discovery, openApi: new OpenApi(registry, discovery), metrics: new Metrics(), watches, logFolder }
    registry.listeners.add(type => {
      for (const stream of watches) {
        if (stream.served.type.custom && stream.served.type.collection === type.collection) stream.end()
      }
    })
    const bookmarks = setInterval(() => {
      for (const stream of watches) stream.bookmark(store.revision)
    }, bookmarkInterval)
    bookmarks.unref()
    stops.push(() => clearInterval(bookmarks))
    const url = `https://${shown}:${listener.port}`
    const onError = options.onError ?? (() => {})
    const { programArgs } = options
    // Without a way to run this program, pods of its image are simulated like any other.
    const runsPods = options.node !== false && programArgs !== undefined
    const isSimulated = (pod: Parameters<typeof isReallyRun>[0]) => !runsPods || !isReallyRun(pod)
    const workloads = options.workloads === false ? undefined : await startWorkloads(client, { isSimulated, onError })
    const { caPem } = certificates
    const node = runsPods ? startNode(client, { dataDir, url, caPem, programArgs, onError }) : undefined
    return {
      url,
      caPem: certificates.caPem,
      kubeconfig: kubeconfigOf(url, certificates),
      client,
      close: async () => {
        await node?.close()
        await workloads?.close()
        for (const stop of stops.reverse()) stop()
        for (const stream of watches) stream.end()
        await listener.close()
        store.close()
        rmSync(join(dataDir, 'pid'), { force: true })
      },
    }
  } catch (error) {
    for (const stop of stops.reverse()) stop()
    store.close()
    throw error
  }
}
