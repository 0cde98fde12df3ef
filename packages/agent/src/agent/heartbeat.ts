import type { Heartbeat, KubeObject } from '@sluice/api'
import type { KubeClient } from '@sluice/kube'

/** What the service shows of a cluster besides its configurations: version, distribution, size. */
export async function heartbeatOf(kube: KubeClient, agentVersion: string): Promise<Heartbeat> {
  const [{ gitVersion = '' }, { items: nodes }] = await Promise.all([
    kube.transport.json<{ gitVersion?: string }>({ method: 'GET', path: '/version' }),
    kube.list({ apiVersion: 'v1', kind: 'Node' }),
  ])
  return {
    agentVersion,
    kubernetesVersion: gitVersion.replace(/^v/, ''),
    totalNodeCount: nodes.length,
    totalCoreCount: Math.round(nodes.reduce((sum, node) => sum + coresOf(node), 0)),
    distribution: distributionOf(gitVersion, nodes),
  }
}

/** CPU quantities are whole cores or thousandths (`3920m`). */
function coresOf(node: KubeObject): number {
  const cpu = (node.status as { capacity?: { cpu?: string | number } } | undefined)?.capacity?.cpu
  const text = String(cpu ?? '0')
  const value = text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text)
  return Number.isFinite(value) ? value : 0
}

/** Distributions that Azure Arc tells apart, by the marks they leave in versions and on nodes. */
function distributionOf(gitVersion: string, nodes: readonly KubeObject[]): string {
  const inVersion = /[+-](k3s|rke2|eks|gke|k0s)/.exec(gitVersion)?.[1]
  if (inVersion) return inVersion
  const names = new Set(nodes.flatMap(node => Object.keys(node.metadata.labels ?? {})))
  if (names.has('kubernetes.azure.com/cluster')) return 'aks'
  if (names.has('node.openshift.io/os_id')) return 'openshift'
  if (names.has('microk8s.io/cluster')) return 'microk8s'
  if (names.has('minikube.k8s.io/version')) return 'minikube'
  const first = nodes[0]?.spec as { providerID?: string } | undefined
  return first?.providerID?.startsWith('kind://') ? 'kind' : 'generic'
}
