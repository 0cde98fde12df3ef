/** Wires a cluster's reconcilers into one process: client, runtime, controllers, endpoints. */
import { TreeCache } from '@sluice/artifact'
import {
  createLog,
  leaseName,
  type MemoryWatch,
  memoryLimit,
  Runtime,
  serveEndpoints,
  watchMemory,
} from '@sluice/controller'
import type { DigestAlgorithm } from '@sluice/flux'
import { defaultAccess, KubeClient } from '@sluice/kube'
import { type FeatureGate, type FeatureGates, isEnabled } from './feature-gates.ts'
import { hostAddress } from './host-address.ts'
import { tellMissingDefinitions } from './missing-definitions.ts'
import { parseAddress } from './option-parsers.ts'

export type ControllerName = 'source' | 'kustomize' | 'helm' | 'fluxconfig'

export interface StartControllersOptions {
  kubeconfig?: string
  only: readonly ControllerName[]
  /** Directory of artifacts and mirrors. */
  storagePath: string
  /** `host:port` the artifact server listens on. */
  storageAddr: string
  storageAdvAddr?: string
  defaultServiceAccount?: string
  noCrossNamespaceRefs: boolean
  /** Whether kustomizations that name bases or files by URL are refused. */
  noRemoteBases: boolean
  concurrent?: number
  /** Milliseconds. */
  requeueDependency: number
  intervalJitterPercentage: number
  /** `host:port` of /healthz, /readyz and /metrics. */
  healthAddr: string
  logLevel: string
  watchAllNamespaces: boolean
  watchLabelSelector?: string
  /** URL that each event is posted to. */
  eventsAddr?: string
  enableLeaderElection: boolean
  /** First delay and longest delay after failures, in milliseconds. */
  minRetryDelay: number
  maxRetryDelay: number
  featureGates: FeatureGates
  /** Field managers that may not change what is applied. */
  overrideManager: readonly string[]
  snapshotDigestAlgo: DigestAlgorithm
  /** Percent of the memory limit. */
  oomWatchMemoryThreshold: number
  /** Milliseconds. */
  oomWatchInterval: number
}

export interface RunningControllers {
  /** Port of the health and metrics endpoint. */
  healthPort: number
  /** Rejects with the reason why the process should end: it could not start, or another replica leads. */
  ended: Promise<never>
  close(): Promise<void>
}

/** What is switched for releases only. */
function helmOptions({ featureGates, snapshotDigestAlgo }: StartControllersOptions) {
  const isOn = (gate: FeatureGate) => isEnabled(featureGates, gate)
  const driftMode = isOn('CorrectDrift') ? ('enabled' as const) : ('warn' as const)
  return {
    defaults: {
      driftMode: isOn('DetectDrift') ? driftMode : undefined,
      likeHelm3: isOn('UseHelm3Defaults'),
      retryOnFailure: isOn('DefaultToRetryOnFailure'),
    },
    digestAlgorithm: snapshotDigestAlgo,
    interruptsWaits: isOn('CancelHealthCheckOnNewRevision'),
    keepsChartVersion: isOn('DisableChartDigestTracking'),
    resolveHost: isOn('AllowDNSLookups') ? hostAddress : undefined,
  }
}

/** Only where the gate asks for it. */
function memoryWatch(options: StartControllersOptions): MemoryWatch | undefined {
  if (!isEnabled(options.featureGates, 'OOMWatch')) return undefined
  const limit = memoryLimit()
  if (limit === undefined) {
    throw new Error('OOMWatch needs a memory limit, and neither a cgroup nor $MEMORY_LIMIT (bytes) has one: set one')
  }
  return watchMemory({ limit, threshold: options.oomWatchMemoryThreshold, interval: options.oomWatchInterval })
}

function nearlyFull({ used, limit }: { used: number; limit: number }): never {
  const share = Math.floor((used / limit) * 100)
  throw new Error(`memory is nearly used up (${share} % of ${limit} bytes): stopping before the kernel does it`)
}

export async function startControllers(options: StartControllersOptions): Promise<RunningControllers> {
  const log = createLog(options.logLevel)
  const client = new KubeClient(defaultAccess({ kubeconfig: options.kubeconfig }))
  const namespace = process.env.RUNTIME_NAMESPACE ?? 'flux-system'
  const runtime = new Runtime({
    client,
    log,
    namespace: options.watchAllNamespaces ? undefined : namespace,
    labelSelector: options.watchLabelSelector,
    eventsAddress: options.eventsAddr,
    backoff: { first: options.minRetryDelay, most: options.maxRetryDelay },
    leaderElection: options.enableLeaderElection
      ? { namespace, name: leaseName('sluice', options.watchLabelSelector), identity: process.env.POD_NAME }
      : undefined,
  })
  const trees = new TreeCache()
  const { concurrent: concurrency, intervalJitterPercentage: jitterPercentage } = options
  const { host, port } = parseAddress(options.healthAddr)
  const endpoints = await serveEndpoints({ host, port, metrics: runtime.metrics, ready: () => runtime.ready })
  const closers: (() => Promise<void>)[] = []
  const shared = {
    noCrossNamespaceRefs: options.noCrossNamespaceRefs,
    defaultServiceAccount: options.defaultServiceAccount,
    requeueDependency: options.requeueDependency,
    jitterPercentage,
    concurrency,
    overridden: options.overrideManager,
    externalArtifacts: isEnabled(options.featureGates, 'ExternalArtifact'),
    additiveDependencyChecks: isEnabled(options.featureGates, 'AdditiveCELDependencyCheck'),
    watchesConfigs: !isEnabled(options.featureGates, 'DisableConfigWatchers'),
  }
  for (const note of options.featureGates.notes) log.info(note)
  if (options.only.includes('source')) {
    const { addSourceController } = await import('@sluice/flux')
    const { storagePath, storageAddr, storageAdvAddr } = options
    const storage = { storagePath, storageAddr, storageAdvAddr }
    const source = await addSourceController({ runtime, trees, ...storage, concurrency, jitterPercentage })
    closers.push(() => source.close())
  }
  if (options.only.includes('kustomize')) {
    const { KustomizeReconciler, ManifestBuilder, RemoteBases } = await import('@sluice/flux')
    const remoteBases = options.noRemoteBases ? undefined : new RemoteBases()
    if (remoteBases) closers.push(() => remoteBases.close())
    const builder = new ManifestBuilder({ client, trees, remoteBases })
    runtime.add(new KustomizeReconciler({ runtime, builder, ...shared }))
  }
  if (options.only.includes('helm')) {
    const { HelmReconciler } = await import('@sluice/flux')
    runtime.add(new HelmReconciler({ runtime, ...shared, ...helmOptions(options) }))
  }
  const memory = memoryWatch(options)
  if (options.only.includes('fluxconfig')) {
    const { fluxConfigReconciler } = await import('@sluice/agent')
    runtime.add(fluxConfigReconciler(runtime))
  }
  log.info({ controllers: options.only, server: client.transport.server }, 'starting')
  const started = runtime.start()
  void tellMissingDefinitions(client, options.only, log)
  const ended = Promise.race([
    started.then(() => {
      log.info({ healthPort: endpoints.port }, 'caches are in, reconciling')
      return new Promise<never>(() => {})
    }),
    runtime.lost.then(() => {
      throw new Error('leadership was lost: another replica reconciles now')
    }),
    ...(memory ? [memory.reached.then(nearlyFull)] : []),
  ])
  // Awaited by the command; until then a failure must not count as unhandled.
  ended.catch(() => {})
  return {
    healthPort: endpoints.port,
    ended,
    close: async () => {
      memory?.stop()
      await runtime.close()
      for (const close of closers) await close()
      await endpoints.close()
      await client.transport.close()
    },
  }
}
