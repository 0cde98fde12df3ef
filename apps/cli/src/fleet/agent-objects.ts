/** What connects a cluster: the objects in namespace `azure-arc` that run the agent and tell it where the service is and who it is. */
import { createHash } from 'node:crypto'
import type { KubeObject } from '@sluice/api'
import { fluxConfigNames } from '@sluice/api'

export interface AgentSettings {
  /** ARM id of the connected cluster. */
  resourceId: string
  serviceUrl: string
  /** PEM of the service's authority. */
  serviceCa: string
  /** PKCS8, PEM. */
  privateKey: string
  /** Tag of the image `sluice`. */
  version: string
}

const namespace = fluxConfigNames.agentNamespace
const name = 'sluice-agent'
const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'sluice' }

export function agentObjects(settings: AgentSettings): KubeObject[] {
  const { resourceId, serviceUrl, serviceCa, privateKey, version } = settings
  // An agent that runs with other settings is replaced.
  const fingerprint = createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 16)
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name, labels },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'azure-clusterconfig', namespace, labels },
      data: { RESOURCE_ID: resourceId, SERVICE_URL: serviceUrl, SERVICE_CA: serviceCa },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'connect-privatekey', namespace, labels },
      type: 'Opaque',
      data: { 'private.pem': Buffer.from(privateKey).toString('base64') },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace, labels },
      spec: {
        replicas: 1,
        strategy: { type: 'Recreate' },
        selector: { matchLabels: { 'app.kubernetes.io/name': name } },
        template: {
          metadata: { labels, annotations: { 'sluice.dev/settings': fingerprint } },
          spec: {
            serviceAccountName: name,
            containers: [{ name: 'agent', image: `sluice:${version}`, args: ['agent'] }],
          },
        },
      },
    },
  ]
}
