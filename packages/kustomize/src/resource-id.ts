/**
 * Identity of an object inside a build: group, version, kind, name and the *effective* namespace, with kustomize's idea of which kinds have no namespace.
 */
export interface Gvk {
  group: string
  version: string
  kind: string
  /** Known for those that were read from an object: many steps ask. */
  clusterScoped?: boolean
}

export interface ResourceId extends Gvk {
  name: string
  /** As written; the empty text when there is none. */
  namespace: string
}

/** What kustomize's bundled schema knows to be cluster-scoped; every other kind, all custom resources included, counts as namespaced. */
const clusterScoped = new Map<string, ReadonlySet<string>>(
  Object.entries({
    v1: 'ComponentStatus Namespace Node NodeProxyOptions PersistentVolume',
    'admissionregistration.k8s.io/v1': 'MutatingWebhookConfiguration ValidatingWebhookConfiguration',
    'admissionregistration.k8s.io/v1beta1': 'MutatingWebhookConfiguration ValidatingWebhookConfiguration',
    'apiextensions.k8s.io/v1': 'CustomResourceDefinition',
    'apiextensions.k8s.io/v1beta1': 'CustomResourceDefinition',
    'apiregistration.k8s.io/v1': 'APIService',
    'apiregistration.k8s.io/v1beta1': 'APIService',
    'certificates.k8s.io/v1': 'CertificateSigningRequest',
    'certificates.k8s.io/v1beta1': 'CertificateSigningRequest',
    'flowcontrol.apiserver.k8s.io/v1beta1': 'FlowSchema PriorityLevelConfiguration',
    'networking.k8s.io/v1': 'IngressClass',
    'networking.k8s.io/v1beta1': 'IngressClass',
    'node.k8s.io/v1': 'RuntimeClass',
    'node.k8s.io/v1beta1': 'RuntimeClass',
    'policy/v1beta1': 'PodSecurityPolicy',
    'rbac.authorization.k8s.io/v1': 'ClusterRole ClusterRoleBinding',
    'rbac.authorization.k8s.io/v1beta1': 'ClusterRole ClusterRoleBinding',
    'scheduling.k8s.io/v1': 'PriorityClass',
    'scheduling.k8s.io/v1beta1': 'PriorityClass',
    'storage.k8s.io/v1': 'CSIDriver CSINode StorageClass VolumeAttachment',
    'storage.k8s.io/v1beta1': 'CSIDriver CSINode StorageClass VolumeAttachment',
  }).map(([apiVersion, kinds]) => [apiVersion, new Set(kinds.split(' '))]),
)

export function gvkOf(apiVersion: string, kind: string): Gvk {
  const slash = apiVersion.indexOf('/')
  return {
    group: slash < 0 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind,
    clusterScoped: clusterScoped.get(apiVersion)?.has(kind) ?? false,
  }
}

export function apiVersionOf(gvk: Gvk): string {
  return gvk.group ? `${gvk.group}/${gvk.version}` : gvk.version
}

export function isClusterScoped(gvk: Gvk): boolean {
  return gvk.clusterScoped ?? clusterScoped.get(apiVersionOf(gvk))?.has(gvk.kind) ?? false
}

export const noNamespace = '_non_namespaceable_'

export function effectiveNamespace(id: ResourceId): string {
  return isClusterScoped(id) ? noNamespace : id.namespace || 'default'
}

/** Two ids are the same exactly when their keys are. */
export function idKey(id: ResourceId): string {
  return `${id.group}|${id.version}|${id.kind}|${id.name}|${effectiveNamespace(id)}`
}

/** `Kind.version.group/name.namespace`, as it stands in kustomize's messages. */
export function idText(id: ResourceId): string {
  return `${gvkText(id)}/${id.name || '[noName]'}.${id.namespace || '[noNs]'}`
}

export function gvkText(gvk: Gvk): string {
  return `${gvk.kind || '[noKind]'}.${gvk.version || '[noVer]'}.${gvk.group || '[noGrp]'}`
}

/** Whether a selector's group, version and kind, where they are given, are those of `gvk`. */
export function isSelected(gvk: Gvk, selector: Partial<Gvk>): boolean {
  return (
    (!selector.group || selector.group === gvk.group) &&
    (!selector.version || selector.version === gvk.version) &&
    (!selector.kind || selector.kind === gvk.kind)
  )
}
