/**
 * The fields that kustomize's transformers touch when nothing else is configured (its `builtinpluginconsts`), in a notation of one line a field:
 * `Kind.group@version path +`, where `*` is any kind and `+` means that a missing field is made.
 */

import type { FieldSpec } from './field-spec.ts'
import { gvkLess } from './gvk-order.ts'
import type { Gvk } from './resource-id.ts'

/** Fields that hold the name of an object of a kind. */
export interface NameReference extends Partial<Gvk> {
  fieldSpecs: FieldSpec[]
}

export interface TransformerConfig {
  namePrefix: FieldSpec[]
  nameSuffix: FieldSpec[]
  namespace: FieldSpec[]
  commonLabels: FieldSpec[]
  labels: FieldSpec[]
  templateLabels: FieldSpec[]
  commonAnnotations: FieldSpec[]
  nameReference: NameReference[]
  varReference: FieldSpec[]
  images: FieldSpec[]
  replicas: FieldSpec[]
}

const metadataLabels = `
* metadata/labels +
ReplicationController@v1 spec/template/metadata/labels +
Deployment spec/template/metadata/labels +
ReplicaSet spec/template/metadata/labels +
DaemonSet spec/template/metadata/labels +
StatefulSet.apps spec/template/metadata/labels +
StatefulSet.apps spec/volumeClaimTemplates[]/metadata/labels +
Job.batch spec/template/metadata/labels +
CronJob.batch spec/jobTemplate/metadata/labels +
CronJob.batch spec/jobTemplate/spec/template/metadata/labels +`

const affinity = (kind: string) =>
  ['podAffinity', 'podAntiAffinity']
    .flatMap(name => [
      `${name}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm`,
      `${name}/requiredDuringSchedulingIgnoredDuringExecution`,
    ])
    .map(path => `${kind} spec/template/spec/affinity/${path}/labelSelector/matchLabels`)
    .concat(`${kind} spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels`)
    .join('\n')

const commonLabels = `
Service@v1 spec/selector +
ReplicationController@v1 spec/selector +
Deployment spec/selector/matchLabels +
${affinity('Deployment.apps')}
ReplicaSet spec/selector/matchLabels +
DaemonSet spec/selector/matchLabels +
StatefulSet.apps spec/selector/matchLabels +
${affinity('StatefulSet.apps')}
Job.batch spec/selector/matchLabels
CronJob.batch spec/jobTemplate/spec/selector/matchLabels
PodDisruptionBudget.policy spec/selector/matchLabels
NetworkPolicy.networking.k8s.io spec/podSelector/matchLabels
NetworkPolicy.networking.k8s.io spec/ingress/from/podSelector/matchLabels
NetworkPolicy.networking.k8s.io spec/egress/to/podSelector/matchLabels
${metadataLabels}`

const commonAnnotations = `
* metadata/annotations +
ReplicationController@v1 spec/template/metadata/annotations +
Deployment spec/template/metadata/annotations +
ReplicaSet spec/template/metadata/annotations +
DaemonSet spec/template/metadata/annotations +
StatefulSet spec/template/metadata/annotations +
Job.batch spec/template/metadata/annotations +
CronJob.batch spec/jobTemplate/metadata/annotations +
CronJob.batch spec/jobTemplate/spec/template/metadata/annotations +`

const namespace = `
Namespace metadata/name +
APIService.apiregistration.k8s.io spec/service/namespace +
CustomResourceDefinition.apiextensions.k8s.io spec/conversion/webhook/clientConfig/service/namespace`

const images = `
* spec/containers[]/image +
* spec/initContainers[]/image +
* spec/volumes[]/image/reference +
* spec/template/spec/containers[]/image +
* spec/template/spec/initContainers[]/image +
* spec/template/spec/volumes[]/image/reference +`

const replicas = `
Deployment spec/replicas +
ReplicationController spec/replicas +
ReplicaSet spec/replicas +
StatefulSet spec/replicas +`

const podSpecOf: Readonly<Record<string, string>> = {
  Pod: 'spec',
  PodTemplate: 'template/spec',
  CronJob: 'spec/jobTemplate/spec/template/spec',
}

/** The same fields of the pod spec inside several kinds. */
function inPods(kinds: string, ...fields: string[]): string {
  return kinds
    .split(' ')
    .flatMap(kind =>
      fields.map(field => `${kind} ${podSpecOf[kind.split('@')[0] ?? ''] ?? 'spec/template/spec'}/${field}`),
    )
    .join('\n')
}

const podKinds = 'Pod@v1 PodTemplate Deployment ReplicaSet DaemonSet StatefulSet Job CronJob'
const workloads = 'Pod StatefulSet Deployment ReplicationController CronJob Job DaemonSet'

const varReference = `
${inPods(
  'CronJob DaemonSet Deployment Job Pod ReplicaSet StatefulSet',
  ...['containers', 'initContainers'].flatMap(list =>
    ['args', 'command', 'env/value', 'volumeMounts/mountPath'].map(field => `${list}/${field}`),
  ),
)}
CronJob spec/jobTemplate/spec/template/volumes/nfs/server
${inPods('DaemonSet Deployment Job Pod ReplicaSet', 'volumes/nfs/server')}
Deployment spec/template/metadata/annotations
Ingress spec/rules/host
Ingress spec/tls/hosts
Ingress spec/tls/secretName
Service spec/ports/port
Service spec/ports/targetPort
StatefulSet spec/volumeClaimTemplates/spec/nfs/server
PersistentVolume spec/nfs/server
* metadata/labels
* metadata/annotations`

const nameReference: Readonly<Record<string, string>> = {
  Deployment: 'HorizontalPodAutoscaler spec/scaleTargetRef/name',
  ReplicationController: 'HorizontalPodAutoscaler spec/scaleTargetRef/name',
  ReplicaSet: 'HorizontalPodAutoscaler spec/scaleTargetRef/name',
  StatefulSet: 'HorizontalPodAutoscaler spec/scaleTargetRef/name',
  'ConfigMap@v1': `
${inPods(
  podKinds,
  'volumes/configMap/name',
  'containers/env/valueFrom/configMapKeyRef/name',
  'initContainers/env/valueFrom/configMapKeyRef/name',
  'containers/envFrom/configMapRef/name',
  'initContainers/envFrom/configMapRef/name',
  'volumes/projected/sources/configMap/name',
)}
Node spec/configSource/configMap
Role rules/resourceNames
ClusterRole rules/resourceNames
Ingress metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap`,
  'Secret@v1': `
${inPods(
  podKinds,
  'volumes/secret/secretName',
  'containers/env/valueFrom/secretKeyRef/name',
  'initContainers/env/valueFrom/secretKeyRef/name',
  'containers/envFrom/secretRef/name',
  'initContainers/envFrom/secretRef/name',
  'imagePullSecrets/name',
  'volumes/projected/sources/secret/name',
)}
Ingress spec/tls/secretName
Ingress metadata/annotations/ingress.kubernetes.io\\/auth-secret
Ingress metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret
Ingress metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret
ServiceAccount imagePullSecrets/name
StorageClass parameters/secretName
StorageClass parameters/adminSecretName
StorageClass parameters/userSecretName
StorageClass parameters/secretRef
Role rules/resourceNames
ClusterRole rules/resourceNames
Service.serving.knative.dev@v1 spec/template/spec/containers/env/valueFrom/secretKeyRef/name
PersistentVolume spec/azureFile/secretName`,
  'Service@v1': `
StatefulSet.apps spec/serviceName
Ingress spec/rules/http/paths/backend/serviceName
Ingress spec/backend/serviceName
Ingress spec/rules/http/paths/backend/service/name
Ingress spec/defaultBackend/service/name
APIService.apiregistration.k8s.io spec/service/name
ValidatingWebhookConfiguration.admissionregistration.k8s.io webhooks/clientConfig/service
MutatingWebhookConfiguration.admissionregistration.k8s.io webhooks/clientConfig/service`,
  'Role.rbac.authorization.k8s.io': 'RoleBinding.rbac.authorization.k8s.io roleRef/name',
  'ClusterRole.rbac.authorization.k8s.io': `
RoleBinding.rbac.authorization.k8s.io roleRef/name
ClusterRoleBinding.rbac.authorization.k8s.io roleRef/name`,
  'ServiceAccount@v1': `
RoleBinding.rbac.authorization.k8s.io subjects
ClusterRoleBinding.rbac.authorization.k8s.io subjects
${inPods(workloads, 'serviceAccountName')}`,
  'PersistentVolumeClaim@v1': inPods(workloads, 'volumes/persistentVolumeClaim/claimName'),
  'PersistentVolume@v1': 'PersistentVolumeClaim spec/volumeName\nClusterRole rules/resourceNames',
  'StorageClass.storage.k8s.io@v1': `
PersistentVolume spec/storageClassName
PersistentVolumeClaim spec/storageClassName
StatefulSet spec/volumeClaimTemplates/spec/storageClassName`,
  'PriorityClass.scheduling.k8s.io@v1': inPods(workloads, 'priorityClassName'),
  // IngressClass has an entry upstream too, whose group is misspelt so that it never matches: its references stay as they are.
  'ValidatingAdmissionPolicy.admissionregistration.k8s.io':
    'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io spec/policyName',
}

function gvkFrom(text: string): Partial<Gvk> {
  const [, kind, group, version] = /^([^.@]+)(?:\.([^@]+))?(?:@(.+))?$/.exec(text) ?? []
  return { ...(kind !== '*' && { kind: kind ?? '' }), ...(group && { group }), ...(version && { version }) }
}

function specs(lines: string): FieldSpec[] {
  return lines
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [gvk = '', path = '', create] = line.split(' ')
      return { ...gvkFrom(gvk), path, ...(create === '+' && { create: true }) }
    })
    .sort(gvkLess)
}

let made: TransformerConfig | undefined

/** The same frozen configuration at every call: callers merge into copies. */
export function defaultConfig(): TransformerConfig {
  made ??= {
    namePrefix: specs('* metadata/name'),
    nameSuffix: specs('* metadata/name'),
    namespace: specs(namespace),
    commonLabels: specs(commonLabels),
    labels: [],
    templateLabels: specs(metadataLabels),
    commonAnnotations: specs(commonAnnotations),
    nameReference: Object.entries(nameReference)
      .map(([gvk, lines]) => ({ ...gvkFrom(gvk), fieldSpecs: specs(lines) }))
      .sort(gvkLess),
    varReference: specs(varReference),
    images: specs(images),
    replicas: specs(replicas),
  }
  return made
}
