/** Wires a cluster's agent: client, settings from the cluster, endpoints, agent. */
import { startAgent } from '@sluice/agent'
import type { KubeObject } from '@sluice/api'
import { createLog, Runtime, serveEndpoints } from '@sluice/controller'
import { defaultAccess, KubeClient } from '@sluice/kube'
import { parseAddress } from './option-parsers.ts'

export interface ClusterAgentOptions {
  kubeconfig?: string
  /** Where the settings are, and the agent's own state. */
  namespace: string
  image: string
  /** `host:port` of /healthz, /readyz and /metrics. */
  healthAddr: string
  logLevel: string
  version: string
}

const CONFIG_MAP = 'azure-clusterconfig'
const SECRET = 'connect-privatekey'

export async function startClusterAgent(options: ClusterAgentOptions): Promise<{ close(): Promise<void> }> {
  const { namespace, image, version } = options
  const log = createLog(options.logLevel)
  const kube = new KubeClient(defaultAccess({ kubeconfig: options.kubeconfig }))
  const { host, port } = parseAddress(options.healthAddr)
  const { metrics } = new Runtime({ client: kube, log })
  let ready = false
  const endpoints = await serveEndpoints({ host, port, metrics, ready: () => ready })
  try {
    const settings = await clusterSettings(kube, namespace)
    const agent = await startAgent({ kube, namespace, log, image, version, ...settings })
    ready = true
    return {
      close: async () => {
        await agent.close()
        await endpoints.close()
        await kube.transport.close()
      },
    }
  } catch (error) {
    await endpoints.close()
    await kube.transport.close()
    throw error
  }
}

interface ClusterSettings {
  resourceId: string
  serviceUrl: string
  serviceCa?: string
  privateKeyPem: string
}

/** What connecting the cluster left in it. Throws with the name of what is missing. */
async function clusterSettings(kube: KubeClient, namespace: string): Promise<ClusterSettings> {
  const [map, secret] = await Promise.all([
    kube.find({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: CONFIG_MAP }),
    kube.find({ apiVersion: 'v1', kind: 'Secret', namespace, name: SECRET }),
  ])
  const of = (object: KubeObject | undefined, kind: string, name: string, key: string): string => {
    const value = (object?.data as Record<string, string> | undefined)?.[key]
    if (value) return value
    const what = object ? `${kind} ${namespace}/${name} has no ${key}` : `${kind} ${namespace}/${name} does not exist`
    throw new Error(`${what}: connect the cluster first`)
  }
  const { SERVICE_CA: serviceCa } = (map?.data ?? {}) as Record<string, string>
  return {
    resourceId: of(map, 'ConfigMap', CONFIG_MAP, 'RESOURCE_ID'),
    serviceUrl: of(map, 'ConfigMap', CONFIG_MAP, 'SERVICE_URL'),
    ...(serviceCa && { serviceCa }),
    privateKeyPem: Buffer.from(of(secret, 'Secret', SECRET, 'private.pem'), 'base64').toString('utf8'),
  }
}
