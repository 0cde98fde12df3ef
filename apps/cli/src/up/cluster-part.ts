/** A dev cluster of `sluice up`: a process of its own, connected to the fleet service by objects in its namespace `azure-arc`. */
import { existsSync } from 'node:fs'
import { ApiError, accessFromFile, KubeClient } from '@sluice/kube'
import { agentObjects } from '../fleet/agent-objects.ts'
import { CLUSTER_VERSION } from '../fleet/versions.ts'
import { version } from '../version.ts'
import { clusterKey } from './cluster-key.ts'
import type { DataDirectory } from './data-directory.ts'
import type { FleetPart } from './fleet-part.ts'
import { poll } from './poll.ts'
import type { ProgressPart } from './progress.ts'
import { clusterId } from './resource-paths.ts'
import { type OnStop, startProcess } from './start-process.ts'

export interface ClusterPart {
  name: string
  /** URL of its API server. */
  server: string
  kubeconfig: string
  client: KubeClient
}

export async function startClusterPart(
  directory: DataDirectory,
  name: string,
  port: number,
  line: ProgressPart,
  signal: AbortSignal,
  onStop: OnStop,
): Promise<ClusterPart> {
  const { root, kubeconfig } = directory.cluster(name)
  const args = ['devcluster', '--data-dir', root, '--port', String(port)]
  const { check } = startProcess(directory, name, args, line, onStop)
  const client = await poll(
    async () => {
      check()
      return existsSync(kubeconfig) ? answering(kubeconfig, port) : undefined
    },
    50,
    signal,
  )
  const { server } = client.transport
  line.update('working', `${server}, connecting`)
  return { name, server, kubeconfig, client }
}

/** A client of the API server when it is ready. */
async function answering(kubeconfig: string, port: number): Promise<KubeClient | undefined> {
  try {
    const access = accessFromFile(kubeconfig)
    // The file of an earlier start may name a port that was taken since.
    if (new URL(access.server).port !== String(port)) return undefined
    const client = new KubeClient(access)
    await client.transport.text({ method: 'GET', path: '/readyz' })
    return client
  } catch {
    return undefined
  }
}

/** Registers the cluster's public key with the service and starts the agent in the cluster. Doing it again changes nothing. */
export async function connectCluster(
  directory: DataDirectory,
  { name, client, server }: ClusterPart,
  fleet: FleetPart,
  line: ProgressPart,
): Promise<void> {
  const { privateKey, publicKey } = clusterKey(directory.cluster(name).key)
  const id = clusterId(name)
  const body = {
    location: 'local',
    identity: { type: 'SystemAssigned' },
    properties: { agentPublicKeyCertificate: publicKey, distribution: 'sluice', infrastructure: 'generic' },
    tags: { 'dev-cluster': 'true' },
  }
  await fleet.client().request('PUT', id, CLUSTER_VERSION, body)
  const settings = { resourceId: id, serviceUrl: fleet.url, serviceCa: fleet.ca, privateKey, version: version() }
  for (const object of agentObjects(settings)) await applied(client, object)
  line.update('done', `${server}, connected`)
}

/** Applied as ours, with a message that names the object when the API server refuses it. */
async function applied(client: KubeClient, object: Parameters<KubeClient['apply']>[0]): Promise<void> {
  try {
    await client.apply(object, { fieldManager: 'sluice-up', force: true })
  } catch (error) {
    const { kind, metadata } = object
    if (!(error instanceof ApiError)) throw error
    throw new Error(
      `cannot connect the cluster: ${kind} ${metadata.namespace ?? ''}/${metadata.name}: ${error.message}`,
    )
  }
}
