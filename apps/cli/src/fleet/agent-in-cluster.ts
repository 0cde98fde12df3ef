/** The agent's objects in a cluster that a kubeconfig names: put there by `connect`, removed by `delete`. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { fluxConfigNames, type KubeObject } from '@sluice/api'
import { ApiError, type KubeClient } from '@sluice/kube'
import { type AgentSettings, agentObjects } from './agent-objects.ts'

const FIELD_MANAGER = 'sluice-connect'
const KEY_SECRET = {
  apiVersion: 'v1',
  kind: 'Secret',
  namespace: fluxConfigNames.agentNamespace,
  name: 'connect-privatekey',
}
const CONFIG = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: fluxConfigNames.agentNamespace,
  name: 'azure-clusterconfig',
}

export interface KeyPair {
  /** PKCS8, PEM. */
  privateKey: string
  /** SPKI, PEM. */
  publicKey: string
}

async function found(client: KubeClient, ref: typeof CONFIG): Promise<KubeObject | undefined> {
  try {
    return await client.get(ref)
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined
    throw error
  }
}

function dataOf(object: KubeObject | undefined, key: string): string | undefined {
  const data: unknown = object?.data
  const value: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, key) : undefined
  return typeof value === 'string' ? value : undefined
}

/** The cluster's own key pair when it has one, else a new one. */
export async function keyPairOf(client: KubeClient): Promise<KeyPair> {
  const stored = dataOf(await found(client, KEY_SECRET), 'private.pem')
  const privateKey =
    stored === undefined
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
      : createPrivateKey(Buffer.from(stored, 'base64'))
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
  }
}

/** The resource id that the cluster's agent works for, if there is one. */
export async function connectedAs(client: KubeClient): Promise<string | undefined> {
  return dataOf(await found(client, CONFIG), 'RESOURCE_ID')
}

export async function installAgent(
  client: KubeClient,
  settings: AgentSettings,
  image: string | undefined,
): Promise<void> {
  for (const object of agentObjects(settings)) {
    await client.apply(image === undefined ? object : withImage(object, image), {
      fieldManager: FIELD_MANAGER,
      force: true,
    })
  }
}

/** The agent from this image, which it then installs the controllers from, too. */
function withImage(object: KubeObject, image: string): KubeObject {
  if (object.kind !== 'Deployment') return object
  const changed: Record<string, unknown> = { image, args: ['agent', '--image', image] }
  const text = JSON.stringify(object, (key, value: unknown) => changed[key] ?? value)
  const copy: KubeObject = JSON.parse(text)
  return copy
}

/** Removes the agent with its namespace and its rights; what it deployed stays. */
export async function removeAgent(client: KubeClient): Promise<void> {
  const name = 'sluice-agent'
  const refs = [
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', name },
    { apiVersion: 'v1', kind: 'Namespace', name: fluxConfigNames.agentNamespace },
  ]
  for (const ref of refs) {
    try {
      await client.delete(ref)
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error
    }
  }
}
