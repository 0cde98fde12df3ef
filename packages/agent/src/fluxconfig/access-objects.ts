import { type FluxConfig, fluxConfigNames, groups, type KubeObject } from '@sluice/api'
import { managedLabels } from './managed-labels.ts'

/**
 * As whom a configuration is applied, and with which rights. Scope `cluster`: everything. Scope `namespace`: what Kubernetes'
 * role `admin` allows in the namespace, and Flux's kinds there. Not `cluster-admin` bound in the namespace: that would also allow a
 * tenant to relabel its namespace (and so leave pod security) and to write a FluxConfig of scope `cluster`.
 */
const rbac = 'rbac.authorization.k8s.io'

/** Names are in the way of nobody: no user's object can have a colon in a name that a label or DNS rule governs. */
export function accessObjects(config: FluxConfig): KubeObject[] {
  const { name, namespace = '' } = config.metadata
  const labels = managedLabels(config)
  if (config.spec.scope !== 'namespace') {
    const metadata = { name: `flux-applier:${namespace}:${name}`, labels }
    return [binding('ClusterRoleBinding', metadata, 'ClusterRole', 'cluster-admin', namespace)]
  }
  const role = `flux-applier:${name}:flux`
  return [
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name: role, namespace, labels },
      rules: [{ apiGroups: fluxGroups, resources: ['*'], verbs: ['*'] }],
    },
    binding('RoleBinding', { name: `flux-applier:${name}`, namespace, labels }, 'ClusterRole', 'admin', namespace),
    binding('RoleBinding', { name: role, namespace, labels }, 'Role', role, namespace),
  ]
}

const fluxGroups = [groups.source, groups.kustomize, groups.helm, groups.notification, groups.image]

function binding(
  kind: 'ClusterRoleBinding' | 'RoleBinding',
  metadata: KubeObject['metadata'],
  roleKind: 'ClusterRole' | 'Role',
  role: string,
  namespace: string,
): KubeObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind,
    metadata,
    roleRef: { apiGroup: rbac, kind: roleKind, name: role },
    subjects: [{ kind: 'ServiceAccount', name: fluxConfigNames.applierServiceAccount, namespace }],
  }
}
