/** What a fresh cluster holds: the system namespaces, default roles and bindings, priority classes, the service `kubernetes`. */
import type { KubeObject } from '@sluice/api'
import { bootstrapObjects } from '@sluice/api/builtin'
import { ApiError } from '../api-error.ts'
import type { LocalClient } from '../local-client.ts'

const namespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

const labels = { component: 'apiserver', provider: 'kubernetes' }

const kubernetesService: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kubernetes', namespace: 'default', labels },
  spec: {
    clusterIP: '10.96.0.1',
    ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
  },
}

async function unlessPresent(client: LocalClient, object: KubeObject): Promise<void> {
  const { apiVersion, kind, metadata } = object
  // Looked for first: an address the service has already is not free any more.
  if (await client.get({ apiVersion, kind, namespace: metadata.namespace, name: metadata.name })) return
  try {
    await client.create(object, { fieldManager: 'kube-apiserver' })
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error
  }
}

export async function bootstrap(client: LocalClient): Promise<void> {
  const namespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'].map(namespace)
  await Promise.all(namespaces.map(o => unlessPresent(client, o)))
  await Promise.all([...bootstrapObjects(), kubernetesService].map(o => unlessPresent(client, o)))
}
