/** The built-in kinds as far as the controllers look into them. The server has validated and defaulted what is read here. */
import type { KubeObject, ObjectMeta } from '@sluice/api'

export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

export interface Condition {
  type: string
  status: string
  reason?: string
  message?: string
  lastTransitionTime?: string
  lastUpdateTime?: string
  lastProbeTime?: string | null
  lastHeartbeatTime?: string
  observedGeneration?: number
}

export interface EnvVar {
  name: string
  value?: string
  valueFrom?: {
    fieldRef?: { fieldPath: string }
    resourceFieldRef?: { containerName?: string; resource: string }
    configMapKeyRef?: { name: string; key: string; optional?: boolean }
    secretKeyRef?: { name: string; key: string; optional?: boolean }
  }
}

export interface Container {
  name: string
  image: string
  command?: string[]
  args?: string[]
  env?: EnvVar[]
  envFrom?: {
    prefix?: string
    configMapRef?: { name: string; optional?: boolean }
    secretRef?: { name: string; optional?: boolean }
  }[]
  ports?: { name?: string; containerPort: number; protocol?: string }[]
  volumeMounts?: { name: string; mountPath: string; subPath?: string }[]
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> }
  readinessProbe?: { httpGet?: { path?: string; port: number | string }; periodSeconds?: number }
}

export interface Toleration {
  key?: string
  operator?: string
  value?: string
  effect?: string
}

export interface PodSpec {
  containers: Container[]
  initContainers?: Container[]
  volumes?: {
    name: string
    persistentVolumeClaim?: { claimName: string }
    emptyDir?: object
    configMap?: { name?: string; optional?: boolean; items?: { key: string; path: string }[] }
    secret?: { secretName?: string; optional?: boolean; items?: { key: string; path: string }[] }
  }[]
  nodeName?: string
  nodeSelector?: Record<string, string>
  affinity?: {
    nodeAffinity?: {
      requiredDuringSchedulingIgnoredDuringExecution?: {
        nodeSelectorTerms: {
          matchExpressions?: { key: string; operator: string; values?: string[] }[]
          matchFields?: { key: string; operator: string; values?: string[] }[]
        }[]
      }
    }
  }
  restartPolicy?: string
  schedulerName?: string
  schedulingGates?: { name: string }[]
  serviceAccountName?: string
  terminationGracePeriodSeconds?: number
  tolerations?: Toleration[]
  hostname?: string
  subdomain?: string
  hostNetwork?: boolean
}

export interface ContainerStatus {
  name: string
  image: string
  imageID: string
  ready: boolean
  started?: boolean
  restartCount: number
  containerID?: string
  state: Record<string, Record<string, unknown>>
  lastState: Record<string, Record<string, unknown>>
}

export interface PodStatus {
  phase?: string
  conditions?: Condition[]
  containerStatuses?: ContainerStatus[]
  initContainerStatuses?: ContainerStatus[]
  podIP?: string
  podIPs?: { ip: string }[]
  hostIP?: string
  hostIPs?: { ip: string }[]
  startTime?: string
  qosClass?: string
  reason?: string
  message?: string
  observedGeneration?: number
}

export interface Pod extends KubeObject {
  spec: PodSpec
  status?: PodStatus
}

export interface PodTemplate {
  metadata?: Partial<ObjectMeta>
  spec: PodSpec
}

export interface ReplicaSetStatus {
  replicas: number
  fullyLabeledReplicas?: number
  readyReplicas?: number
  availableReplicas?: number
  terminatingReplicas?: number
  observedGeneration?: number
  conditions?: Condition[]
}

/** Also a ReplicationController, whose selector is a plain map. */
export interface ReplicaSet extends KubeObject {
  spec: { replicas?: number; minReadySeconds?: number; selector?: LabelSelector; template: PodTemplate }
  status?: ReplicaSetStatus
}

export interface DeploymentStatus {
  observedGeneration?: number
  replicas?: number
  updatedReplicas?: number
  readyReplicas?: number
  availableReplicas?: number
  unavailableReplicas?: number
  terminatingReplicas?: number
  collisionCount?: number
  conditions?: Condition[]
}

export interface Deployment extends KubeObject {
  spec: {
    replicas?: number
    selector: LabelSelector
    template: PodTemplate
    paused?: boolean
    minReadySeconds?: number
    revisionHistoryLimit?: number
    progressDeadlineSeconds?: number
    strategy?: { type?: string; rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } }
  }
  status?: DeploymentStatus
}

export interface StatefulSet extends KubeObject {
  spec: {
    replicas?: number
    selector: LabelSelector
    template: PodTemplate
    serviceName?: string
    podManagementPolicy?: string
    minReadySeconds?: number
    revisionHistoryLimit?: number
    ordinals?: { start?: number }
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } }
    volumeClaimTemplates?: { metadata: Partial<ObjectMeta> & { name: string }; spec: Record<string, unknown> }[]
    persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string }
  }
  status?: {
    observedGeneration?: number
    replicas: number
    readyReplicas?: number
    currentReplicas?: number
    updatedReplicas?: number
    availableReplicas: number
    currentRevision?: string
    updateRevision?: string
    collisionCount?: number
  }
}

export interface DaemonSet extends KubeObject {
  spec: {
    selector: LabelSelector
    template: PodTemplate
    minReadySeconds?: number
    revisionHistoryLimit?: number
    updateStrategy?: { type?: string; rollingUpdate?: { maxUnavailable?: number | string } }
  }
  status?: Record<string, unknown>
}

export interface ControllerRevision extends KubeObject {
  revision: number
  data?: unknown
}

export interface JobStatus {
  startTime?: string
  completionTime?: string
  active?: number
  ready?: number
  terminating?: number
  succeeded?: number
  failed?: number
  completedIndexes?: string
  failedIndexes?: string
  uncountedTerminatedPods?: { succeeded?: string[]; failed?: string[] }
  conditions?: Condition[]
}

export interface JobSpec {
  parallelism?: number
  completions?: number
  completionMode?: string
  backoffLimit?: number
  activeDeadlineSeconds?: number
  ttlSecondsAfterFinished?: number
  suspend?: boolean
  selector?: LabelSelector
  template: PodTemplate
}

export interface Job extends KubeObject {
  spec: JobSpec
  status?: JobStatus
}

export interface CronJob extends KubeObject {
  spec: {
    schedule: string
    timeZone?: string
    suspend?: boolean
    concurrencyPolicy?: string
    startingDeadlineSeconds?: number
    successfulJobsHistoryLimit?: number
    failedJobsHistoryLimit?: number
    jobTemplate: { metadata?: Partial<ObjectMeta>; spec: JobSpec }
  }
  status?: {
    active?: {
      apiVersion: string
      kind: string
      name: string
      namespace?: string
      uid?: string
      resourceVersion?: string
    }[]
    lastScheduleTime?: string
    lastSuccessfulTime?: string
  }
}

export interface Node extends KubeObject {
  spec?: { unschedulable?: boolean; taints?: { key: string; value?: string; effect: string }[] }
  status?: { conditions?: Condition[]; allocatable?: Record<string, string>; [field: string]: unknown }
}

export interface Service extends KubeObject {
  spec: {
    selector?: Record<string, string>
    type?: string
    clusterIP?: string
    loadBalancerClass?: string
    publishNotReadyAddresses?: boolean
    ports?: { name?: string; port: number; protocol?: string; targetPort?: number | string; appProtocol?: string }[]
  }
}

export interface PersistentVolumeClaim extends KubeObject {
  spec: {
    storageClassName?: string
    volumeName?: string
    volumeMode?: string
    accessModes?: string[]
    resources?: { requests?: Record<string, string> }
  }
  status?: { phase?: string; accessModes?: string[]; capacity?: Record<string, string> }
}

export interface PersistentVolume extends KubeObject {
  spec: {
    storageClassName?: string
    persistentVolumeReclaimPolicy?: string
    accessModes?: string[]
    capacity?: Record<string, string>
    claimRef?: { namespace?: string; name?: string; uid?: string }
  }
  status?: { phase?: string }
}

export interface PodDisruptionBudget extends KubeObject {
  spec: { selector?: LabelSelector; minAvailable?: number | string; maxUnavailable?: number | string }
  status?: Record<string, unknown>
}

export interface HorizontalPodAutoscaler extends KubeObject {
  spec: {
    scaleTargetRef: { apiVersion?: string; kind: string; name: string }
    minReplicas?: number
    maxReplicas: number
  }
  status?: { conditions?: Condition[]; currentReplicas?: number; desiredReplicas?: number; lastScaleTime?: string }
}

export interface Endpoints extends KubeObject {
  subsets?: {
    addresses?: { ip: string }[]
    notReadyAddresses?: { ip: string }[]
    ports?: { name?: string; port: number; protocol?: string }[]
  }[]
}
