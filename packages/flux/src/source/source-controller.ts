/**
 * The source controller of a process: storage, its server, the mirrors and the reconcilers, added to a runtime in one call.
 */
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import {
  ArtifactStore,
  ChartRepositories,
  GitMirrors,
  Registries,
  serveArtifacts,
  type TreeCache,
} from '@sluice/artifact'
import type { Runtime } from '@sluice/controller'
import { GitRepositoryReconciler } from './git/repository-reconciler.ts'
import { HelmChartReconciler } from './helm/chart-reconciler.ts'
import { HelmRepositoryReconciler } from './helm/repository-reconciler.ts'
import { OCIRepositoryReconciler } from './oci/oci-reconciler.ts'

export interface SourceControllerOptions {
  runtime: Runtime
  /** Unpacked artifacts, shared with the consumers in this process. */
  trees: TreeCache
  /** Directory of artifacts and mirrors (`--storage-path`). */
  storagePath: string
  /** `host:port` to listen on (`--storage-addr`); no host is all addresses, port 0 a free one. */
  storageAddr: string
  /** Address in artifact URLs (`--storage-adv-addr`). Default: where it listens. */
  storageAdvAddr?: string
  /** Milliseconds a replaced artifact stays (`--artifact-retention-ttl`). */
  retentionTtlMs?: number
  /** Artifacts of an object kept at most (`--artifact-retention-records`). */
  retentionRecords?: number
  /** Largest sum of file sizes in one artifact, in bytes. */
  maxContentBytes?: number
  /** Largest pack taken from a Git server, in bytes. */
  maxPackBytes?: number
  concurrency?: number
  jitterPercentage?: number
}

export interface SourceController {
  store: ArtifactStore
  /** `host:port` in artifact URLs. */
  address: string
  /** After the runtime was closed. */
  close(): Promise<void>
}

/** How long a mirror nobody reads stays, and how often that is looked at, in milliseconds. */
const MIRROR_UNUSED = 6 * 3_600_000
const PRUNE_EVERY = 600_000

export async function addSourceController(options: SourceControllerOptions): Promise<SourceController> {
  const { runtime, trees, storagePath, storageAddr, storageAdvAddr, retentionTtlMs, retentionRecords } = options
  const { maxContentBytes, maxPackBytes, concurrency, jitterPercentage } = options
  const root = join(storagePath, 'artifacts')
  const store = new ArtifactStore({ root, address: '', trees, retentionTtlMs, retentionRecords, maxContentBytes })
  const { host, port } = listenAddress(storageAddr)
  const server = await serveArtifacts({ store, host, port })
  store.address = storageAdvAddr || `${host ?? firstAddress()}:${server.port}`
  const mirrors = new GitMirrors({ root: join(storagePath, 'mirrors'), maxPackBytes })
  const repositories = new ChartRepositories()
  const registries = new Registries()
  const shared = { store, concurrency, jitterPercentage }
  runtime.add(new GitRepositoryReconciler({ ...shared, runtime, mirrors }))
  runtime.add(new HelmRepositoryReconciler({ ...shared, client: runtime.client, repositories }))
  runtime.add(new HelmChartReconciler({ ...shared, runtime, repositories, registries }))
  runtime.add(new OCIRepositoryReconciler({ ...shared, client: runtime.client, registries, maxContentBytes }))
  const pruning = setInterval(() => {
    mirrors.prune(Date.now() - MIRROR_UNUSED).catch((error: unknown) => {
      runtime.log.warn({ err: error }, 'cannot remove unused mirrors')
    })
  }, PRUNE_EVERY).unref()
  return {
    store,
    address: store.address,
    close: async () => {
      clearInterval(pruning)
      mirrors.close()
      repositories.close()
      registries.close()
      await server.close()
    },
  }
}

function listenAddress(address: string): { host: string | undefined; port: number } {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, Math.max(colon, 0)).replace(/^\[|\]$/g, '')
  const port = Number(address.slice(colon + 1))
  if (colon < 0 || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`storage address '${address}' is not host:port; use for instance ':9090' or '127.0.0.1:0'`)
  }
  return { host: host === '' || host === '0.0.0.0' ? undefined : host, port }
}

/** Where others reach a server that listens on all addresses: the pod's own, else this machine. */
function firstAddress(): string {
  for (const addresses of Object.values(networkInterfaces())) {
    const found = addresses?.find(({ internal, family }) => !internal && family === 'IPv4')
    if (found) return found.address
  }
  return '127.0.0.1'
}
