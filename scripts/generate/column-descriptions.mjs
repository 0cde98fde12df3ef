// Makes packages/devcluster/src/tables/generated/column-descriptions.ts: what the columns of built-in kinds say of themselves.
// Most are the documentation of a field, of old versions in part (k/k `pkg/printers/internalversion` names it), taken from the API types' generated docs.
//
//   node scripts/generate/column-descriptions.mjs <k8s.io/api>   (checked-out source)
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [api] = process.argv.slice(2)
if (!api) {
  process.stderr.write('usage: node scripts/generate/column-descriptions.mjs <k8s.io/api>\n')
  process.exit(2)
}

const containers = 'Names of each container in the template.'
const images = 'Images referenced by each container in the template.'
const template = { Containers: containers, Images: images }
const event = {
  'Last Seen': 'The time at which the most recent occurrence of this event was recorded.',
  Type: 'core/v1 Event.type',
  Reason: 'core/v1 Event.reason',
  Object: 'core/v1 Event.involvedObject',
  Subobject: 'core/v1 ObjectReference.fieldPath',
  Source: 'core/v1 Event.source',
  Message: 'core/v1 Event.message',
  'First Seen': 'core/v1 Event.firstTimestamp',
  Count: 'core/v1 Event.count',
}
const binding = {
  Role: 'rbac/v1 RoleBinding.roleRef',
  Users: 'Users in the roleBinding',
  Groups: 'Groups in the roleBinding',
  ServiceAccounts: 'ServiceAccounts in the roleBinding',
}
const webhooks = 'Webhooks indicates the number of webhooks registered in this configuration'

/** By `group/resource`: a column's text, or the field whose documentation it is. */
const columns = {
  '/componentstatuses': {
    Status: 'Status of the component conditions',
    Message: 'Message of the component conditions',
    Error: 'Error of the component conditions',
  },
  '/configmaps': { Data: 'core/v1 ConfigMap.data' },
  '/endpoints': { Endpoints: 'core/v1 Endpoints.subsets' },
  '/events': event,
  'events.k8s.io/events': event,
  '/namespaces': { Status: 'The status of the namespace' },
  '/nodes': {
    Status: 'The status of the node',
    Roles: 'The roles of the node',
    Version: 'core/v1 NodeSystemInfo.kubeletVersion',
    'Internal-IP': 'core/v1 NodeStatus.addresses',
    'External-IP': 'core/v1 NodeStatus.addresses',
    'OS-Image': 'core/v1 NodeSystemInfo.osImage',
    'Kernel-Version': 'core/v1 NodeSystemInfo.kernelVersion',
    'Container-Runtime': 'core/v1 NodeSystemInfo.containerRuntimeVersion',
  },
  '/persistentvolumeclaims': {
    Status: 'core/v1 PersistentVolumeClaimStatus.phase',
    Volume: 'core/v1 PersistentVolumeClaimSpec.volumeName',
    Capacity: 'core/v1 PersistentVolumeClaimStatus.capacity',
    'Access Modes': 'core/v1 PersistentVolumeClaimStatus.accessModes',
    StorageClass: 'StorageClass of the pvc',
    VolumeAttributesClass: 'VolumeAttributesClass of the pvc',
    VolumeMode: 'core/v1 PersistentVolumeClaimSpec.volumeMode',
  },
  '/persistentvolumes': {
    Capacity: 'core/v1 PersistentVolumeSpec.capacity',
    'Access Modes': 'core/v1 PersistentVolumeSpec.accessModes',
    'Reclaim Policy': 'core/v1 PersistentVolumeSpec.persistentVolumeReclaimPolicy',
    Status: 'core/v1 PersistentVolumeStatus.phase',
    Claim: 'core/v1 PersistentVolumeSpec.claimRef',
    StorageClass: 'StorageClass of the pv',
    VolumeAttributesClass: 'VolumeAttributesClass of the pv',
    Reason: 'core/v1 PersistentVolumeStatus.reason',
    VolumeMode: 'core/v1 PersistentVolumeSpec.volumeMode',
  },
  '/pods': {
    Ready: 'The aggregate readiness state of this pod for accepting traffic.',
    Status: 'The aggregate status of the containers in this pod.',
    Restarts:
      'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    IP: 'core/v1 PodStatus.podIP',
    Node: 'core/v1 PodSpec.nodeName',
    'Nominated Node': 'core/v1 PodStatus.nominatedNodeName',
    'Readiness Gates': 'core/v1 PodSpec.readinessGates',
  },
  '/podtemplates': { ...template, 'Pod Labels': 'The labels for the pod template.' },
  '/replicationcontrollers': {
    Desired: 'core/v1 ReplicationControllerSpec.replicas',
    Current: 'core/v1 ReplicationControllerStatus.replicas',
    Ready: 'core/v1 ReplicationControllerStatus.readyReplicas',
    ...template,
    Selector: 'core/v1 ReplicationControllerSpec.selector',
  },
  '/resourcequotas': {
    Request: 'Request represents a minimum amount of cpu/memory that a container may consume.',
    Limit:
      'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
  },
  '/secrets': { Type: 'core/v1 Secret.type', Data: 'core/v1 Secret.data' },
  '/services': {
    Type: 'core/v1 ServiceSpec.type',
    'Cluster-IP': 'core/v1 ServiceSpec.clusterIP',
    'External-IP': 'core/v1 ServiceSpec.externalIPs',
    'Port(s)': 'core/v1 ServiceSpec.ports',
    Selector: 'core/v1 ServiceSpec.selector',
  },
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': { Webhooks: webhooks },
  'admissionregistration.k8s.io/validatingwebhookconfigurations': { Webhooks: webhooks },
  'admissionregistration.k8s.io/validatingadmissionpolicies': {
    Validations: 'Validations indicates the number of validation rules defined in this configuration',
    ParamKind: 'ParamKind specifies the kind of resources used to parameterize this policy',
  },
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': {
    PolicyName: 'PolicyName indicates the policy definition which the policy binding binded to',
    ParamRef: 'ParamRef indicates the param resource which sets the configration param',
  },
  'apps/controllerrevisions': {
    Controller: 'Controller of the object',
    Revision: 'apps/v1 ControllerRevision.revision',
  },
  'apps/daemonsets': {
    Desired: 'extensions/v1beta1 DaemonSetStatus.desiredNumberScheduled',
    Current: 'extensions/v1beta1 DaemonSetStatus.currentNumberScheduled',
    Ready: 'extensions/v1beta1 DaemonSetStatus.numberReady',
    'Up-to-date': 'extensions/v1beta1 DaemonSetStatus.updatedNumberScheduled',
    Available: 'extensions/v1beta1 DaemonSetStatus.numberAvailable',
    'Node Selector': 'core/v1 PodSpec.nodeSelector',
    ...template,
    Selector: 'extensions/v1beta1 DaemonSetSpec.selector',
  },
  'apps/deployments': {
    Ready: 'Number of the pod with ready state',
    'Up-to-date': 'extensions/v1beta1 DeploymentStatus.updatedReplicas',
    Available: 'extensions/v1beta1 DeploymentStatus.availableReplicas',
    ...template,
    Selector: 'extensions/v1beta1 DeploymentSpec.selector',
  },
  'apps/replicasets': {
    Desired: 'extensions/v1beta1 ReplicaSetSpec.replicas',
    Current: 'extensions/v1beta1 ReplicaSetStatus.replicas',
    Ready: 'extensions/v1beta1 ReplicaSetStatus.readyReplicas',
    ...template,
    Selector: 'extensions/v1beta1 ReplicaSetSpec.selector',
  },
  'apps/statefulsets': { Ready: 'Number of the pod with ready state', ...template },
  'autoscaling/horizontalpodautoscalers': {
    Reference: 'autoscaling/v2 HorizontalPodAutoscalerSpec.scaleTargetRef',
    Targets: 'autoscaling/v2 HorizontalPodAutoscalerSpec.metrics',
    MinPods: 'autoscaling/v2 HorizontalPodAutoscalerSpec.minReplicas',
    MaxPods: 'autoscaling/v2 HorizontalPodAutoscalerSpec.maxReplicas',
    Replicas: 'autoscaling/v2 HorizontalPodAutoscalerStatus.currentReplicas',
  },
  'batch/cronjobs': {
    Schedule: 'batch/v1 CronJobSpec.schedule',
    Timezone: 'batch/v1 CronJobSpec.timeZone',
    Suspend: 'batch/v1 CronJobSpec.suspend',
    Active: 'batch/v1 CronJobStatus.active',
    'Last Schedule': 'batch/v1 CronJobStatus.lastScheduleTime',
    ...template,
    Selector: 'batch/v1 JobSpec.selector',
  },
  'batch/jobs': {
    Status: 'Status of the job.',
    Completions: 'batch/v1 JobStatus.succeeded',
    Duration: 'Time required to complete the job.',
    ...template,
    Selector: 'batch/v1 JobSpec.selector',
  },
  'certificates.k8s.io/certificatesigningrequests': {
    SignerName: 'certificates/v1 CertificateSigningRequestSpec.signerName',
    Requestor: 'certificates/v1 CertificateSigningRequestSpec.username',
    RequestedDuration: 'certificates/v1 CertificateSigningRequestSpec.expirationSeconds',
    Condition: 'certificates/v1 CertificateSigningRequestStatus.conditions',
  },
  'coordination.k8s.io/leases': { Holder: 'coordination/v1 LeaseSpec.holderIdentity' },
  'discovery.k8s.io/endpointslices': {
    AddressType: 'discovery/v1beta1 EndpointSlice.addressType',
    Ports: 'discovery/v1beta1 EndpointSlice.ports',
    Endpoints: 'discovery/v1beta1 EndpointSlice.endpoints',
  },
  'networking.k8s.io/ingressclasses': {
    Controller: 'Controller that is responsible for handling this class',
    Parameters: 'A reference to a resource with additional parameters',
  },
  'networking.k8s.io/ingresses': {
    Class: 'The name of the IngressClass resource that should be used for additional configuration',
    Hosts: 'Hosts that incoming requests are matched against before the ingress rule',
    Address: 'Address is a list containing ingress points for the load-balancer',
    Ports: 'Ports of TLS configurations that open',
  },
  'networking.k8s.io/ipaddresses': { ParentRef: 'networking/v1 IPAddressSpec.parentRef' },
  'networking.k8s.io/networkpolicies': { 'Pod-Selector': 'extensions/v1beta1 NetworkPolicySpec.podSelector' },
  'networking.k8s.io/servicecidrs': { CIDRs: 'networking/v1 ServiceCIDRSpec.cidrs' },
  'node.k8s.io/runtimeclasses': { Handler: 'node/v1 RuntimeClass.handler' },
  'policy/poddisruptionbudgets': {
    'Min Available': 'The minimum number of pods that must be available.',
    'Max Unavailable': 'The maximum number of pods that may be unavailable.',
    'Allowed Disruptions': 'Calculated number of pods that may be disrupted at this time.',
  },
  'rbac.authorization.k8s.io/clusterrolebindings': {
    ...binding,
    Role: 'rbac/v1 ClusterRoleBinding.roleRef',
    Users: 'Users in the clusterRoleBinding',
    Groups: 'Groups in the clusterRoleBinding',
    ServiceAccounts: 'ServiceAccounts in the clusterRoleBinding',
  },
  'rbac.authorization.k8s.io/rolebindings': binding,
  'scheduling.k8s.io/priorityclasses': {
    Value: 'scheduling/v1 PriorityClass.value',
    'Global-Default': 'scheduling/v1 PriorityClass.globalDefault',
    PreemptionPolicy: 'scheduling/v1 PriorityClass.preemptionPolicy',
  },
  'storage.k8s.io/csidrivers': {
    AttachRequired: 'storage/v1 CSIDriverSpec.attachRequired',
    PodInfoOnMount: 'storage/v1 CSIDriverSpec.podInfoOnMount',
    StorageCapacity: 'storage/v1 CSIDriverSpec.storageCapacity',
    TokenRequests: 'storage/v1 CSIDriverSpec.tokenRequests',
    RequiresRepublish: 'storage/v1 CSIDriverSpec.requiresRepublish',
    Modes: 'storage/v1 CSIDriverSpec.volumeLifecycleModes',
  },
  'storage.k8s.io/csinodes': { Drivers: 'Drivers indicates the number of CSI drivers registered on the node' },
  'storage.k8s.io/storageclasses': {
    Provisioner: 'storage/v1 StorageClass.provisioner',
    ReclaimPolicy: 'storage/v1 StorageClass.reclaimPolicy',
    VolumeBindingMode: 'storage/v1 StorageClass.volumeBindingMode',
    AllowVolumeExpansion: 'storage/v1 StorageClass.allowVolumeExpansion',
  },
  'storage.k8s.io/volumeattachments': {
    Attacher: 'storage/v1 VolumeAttachmentSpec.attacher',
    PV: 'storage/v1 VolumeAttachmentSource.persistentVolumeName',
    Node: 'storage/v1 VolumeAttachmentSpec.nodeName',
    Attached: 'storage/v1 VolumeAttachmentStatus.attached',
  },
  'storage.k8s.io/volumeattributesclasses': { DriverName: 'storage/v1 VolumeAttributesClass.driverName' },
}

const sources = new Map()
function documentationOf(reference) {
  const match = /^([a-z]+\/v\d(?:beta\d)?) (\w+)\.(\w+)$/.exec(reference)
  if (!match) return reference
  const [, folder, type, field] = match
  if (!sources.has(folder)) {
    sources.set(folder, readFileSync(join(api, folder, 'types_swagger_doc_generated.go'), 'utf8'))
  }
  const map =
    new RegExp(`var map_${type} = map\\[string\\]string\\{([\\s\\S]*?)\\n\\}`).exec(sources.get(folder))?.[1] ?? ''
  const text = new RegExp(`"${field}":\\s+("(?:[^"\\\\]|\\\\.)*")`).exec(map)?.[1]
  if (text === undefined) throw new Error(`no documentation of ${reference}`)
  return JSON.parse(text)
}

const table = Object.fromEntries(
  Object.entries(columns).map(([resource, texts]) => [
    resource,
    Object.fromEntries(Object.entries(texts).map(([column, text]) => [column, documentationOf(text)])),
  ]),
)
const target = new URL('../../packages/devcluster/src/tables/generated/column-descriptions.ts', import.meta.url)
const text = JSON.stringify(table).replaceAll('\\', '\\\\').replaceAll("'", "\\'")
writeFileSync(
  target,
  `// What columns say of themselves. Generated by scripts/generate/column-descriptions.mjs.\nexport default '${text}'\n`,
)
