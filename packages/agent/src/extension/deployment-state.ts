import type { KubeObject } from '@sluice/api'

/** How far a Deployment has come with its present spec, as `kubectl rollout status` decides it. Pure. */
export type DeploymentState =
  | { kind: 'available' }
  | { kind: 'progressing'; message: string }
  | { kind: 'failed'; message: string }

interface Status {
  observedGeneration?: number
  replicas?: number
  updatedReplicas?: number
  availableReplicas?: number
  conditions?: { type: string; status: string; reason?: string; message?: string }[]
}

export function deploymentState(deployment: KubeObject | undefined): DeploymentState {
  if (!deployment) return { kind: 'progressing', message: 'the Deployment is being made' }
  const { name, namespace, generation = 0 } = deployment.metadata
  const called = `Deployment ${namespace}/${name}`
  const wanted = (deployment.spec as { replicas?: number } | undefined)?.replicas ?? 1
  const status = (deployment.status ?? {}) as Status
  if ((status.observedGeneration ?? 0) < generation) {
    return { kind: 'progressing', message: `${called} is being rolled out` }
  }
  const progressing = status.conditions?.find(c => c.type === 'Progressing')
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    return { kind: 'failed', message: `${called}: ${progressing.message ?? 'it does not become available in time'}` }
  }
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status
  if (updatedReplicas >= wanted && availableReplicas >= wanted && replicas <= wanted) return { kind: 'available' }
  return { kind: 'progressing', message: `${called}: ${availableReplicas} of ${wanted} pods are available` }
}

interface ContainerState {
  waiting?: { reason?: string; message?: string }
  terminated?: { reason?: string; exitCode?: number; message?: string }
}

/** Why its pods are not ready, in the words of the kubelet or the scheduler. */
export function podTroubles(pods: readonly KubeObject[]): string[] {
  return pods.flatMap(pod => {
    const status = (pod.status ?? {}) as {
      conditions?: { type: string; status: string; message?: string }[]
      containerStatuses?: { name: string; state?: ContainerState; lastState?: ContainerState }[]
    }
    const unscheduled = status.conditions?.find(c => c.type === 'PodScheduled' && c.status === 'False')?.message
    const containers = (status.containerStatuses ?? []).flatMap(({ state, lastState }) => {
      const { reason, message } = state?.waiting ?? state?.terminated ?? {}
      const exit = lastState?.terminated?.exitCode
      const said = [reason, message, exit === undefined ? undefined : `last exit code ${exit}`].filter(Boolean)
      return said.length > 0 ? [said.join(': ')] : []
    })
    const said = [...(unscheduled ? [unscheduled] : []), ...containers]
    return said.map(text => `pod ${pod.metadata.name}: ${text}`)
  })
}
