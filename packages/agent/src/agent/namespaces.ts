import { fieldManagers, type KubeObject, labels } from '@sluice/api'
import { apiVersionOf, isConflict, type KubeClient } from '@sluice/kube'

/**
 * The namespaces of configurations: made when absent, and taken away again only when we made them and nothing of anybody is left in
 * them. Pruning decides about workloads; a namespace must never decide for them.
 */
const MADE = 'clusterconfig.azure.com/made-by'
const ref = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', name })

export async function ensureNamespace(kube: KubeClient, name: string): Promise<void> {
  if (await kube.find(ref(name))) return
  const fieldManager = fieldManagers.fluxConfigAgent
  const metadata = {
    name,
    labels: { [labels.fluxConfigIsManaged]: 'true' },
    annotations: { [MADE]: fieldManager },
  }
  try {
    await kube.create<KubeObject>({ apiVersion: 'v1', kind: 'Namespace', metadata }, { fieldManager })
  } catch (error) {
    if (!isConflict(error)) throw error
  }
}

/** Answers whether it was deleted. */
export async function removeNamespaceIfOurs(kube: KubeClient, name: string): Promise<boolean> {
  const namespace = await kube.find(ref(name))
  if (!namespace || namespace.metadata.deletionTimestamp) return false
  if (namespace.metadata.annotations?.[MADE] !== fieldManagers.fluxConfigAgent) return false
  if (!(await isEmpty(kube, name))) return false
  await kube.delete(ref(name), { uid: namespace.metadata.uid })
  return true
}

/** Only what Kubernetes itself puts into every namespace, or what merely tells of the past, is in it. */
async function isEmpty(kube: KubeClient, namespace: string): Promise<boolean> {
  await kube.discovery.refresh()
  const resources = await kube.discovery.resources()
  for (const resource of resources.filter(
    r => r.namespaced && r.verbs.includes('list') && r.verbs.includes('delete'),
  )) {
    if (resource.kind === 'Event') continue
    const { items } = await kube.list({ apiVersion: apiVersionOf(resource), kind: resource.kind }, { namespace })
    if (items.some(object => !isBorn(object))) return false
  }
  return true
}

function isBorn({ kind, metadata }: KubeObject): boolean {
  return (
    (kind === 'ServiceAccount' && metadata.name === 'default') ||
    (kind === 'ConfigMap' && metadata.name === 'kube-root-ca.crt')
  )
}
