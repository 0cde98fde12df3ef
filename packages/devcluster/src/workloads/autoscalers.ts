/** HorizontalPodAutoscalers: no metrics here, so they only keep their target between its bounds and say so. */
import { withCondition } from './counts.ts'
import type { Condition, HorizontalPodAutoscaler } from './kinds.ts'
import { keyOf } from './object-cache.ts'
import { canonical } from './template-hash.ts'
import type { World } from './world.ts'

export function startAutoscalers(world: World): void {
  const queue = world.queue('HorizontalPodAutoscaler', async key => {
    const scaler = world.autoscalers.byKey(key)
    if (scaler !== undefined && scaler.metadata.deletionTimestamp === undefined) await reconcile(world, scaler)
  })
  world.autoscalers.onChange(scaler => queue.add(keyOf(scaler)))
  const targets = [
    [world.deployments, 'Deployment'],
    [world.statefulSets, 'StatefulSet'],
    [world.replicaSets, 'ReplicaSet'],
  ] as const
  for (const [cache, kind] of targets) {
    cache.onChange(({ metadata }: { metadata: { name: string; namespace?: string } }) => {
      for (const scaler of world.autoscalers.in(metadata.namespace)) {
        const { scaleTargetRef: ref } = scaler.spec
        if (ref.kind === kind && ref.name === metadata.name) queue.add(keyOf(scaler))
      }
    })
  }
}

async function reconcile(world: World, scaler: HorizontalPodAutoscaler): Promise<void> {
  const { scaleTargetRef: ref, minReplicas = 1, maxReplicas } = scaler.spec
  const { namespace } = scaler.metadata
  const target =
    ref.kind === 'Deployment'
      ? world.deployments.get(namespace, ref.name)
      : ref.kind === 'StatefulSet'
        ? world.statefulSets.get(namespace, ref.name)
        : ref.kind === 'ReplicaSet'
          ? world.replicaSets.get(namespace, ref.name)
          : undefined
  let conditions = scaler.status?.conditions ?? []
  const set = (type: string, status: string, reason: string, message: string) => {
    const next: Condition = { type, status, lastTransitionTime: world.timestamp(), reason, message }
    conditions = withCondition(conditions, next)
  }
  const current = target?.status?.replicas ?? 0
  let desired = current
  if (target === undefined) {
    const kind = `${ref.kind.toLowerCase()}s.${(ref.apiVersion ?? '').split('/')[0] ?? ''}`
    set(
      'AbleToScale',
      'False',
      'FailedGetScale',
      `the HPA controller was unable to get the target's current scale: ${kind} "${ref.name}" not found`,
    )
  } else {
    const replicas = target.spec.replicas ?? 1
    set('AbleToScale', 'True', 'SucceededGetScale', "the HPA controller was able to get the target's current scale")
    if (replicas === 0) {
      set(
        'ScalingActive',
        'False',
        'ScalingDisabled',
        'scaling is disabled since the replica count of the target is zero',
      )
    } else if (replicas < minReplicas || replicas > maxReplicas) {
      desired = replicas < minReplicas ? minReplicas : maxReplicas
      await world.client.updateSubresource(
        {
          apiVersion: target.apiVersion,
          kind: target.kind,
          name: ref.name,
          ...(namespace === undefined ? {} : { namespace }),
        },
        'scale',
        {
          apiVersion: 'autoscaling/v1',
          kind: 'Scale',
          metadata: { name: ref.name, ...(namespace === undefined ? {} : { namespace }) },
          spec: { replicas: desired },
        },
      )
      const reason =
        replicas < minReplicas
          ? 'Current number of replicas below Spec.MinReplicas'
          : 'Current number of replicas above Spec.MaxReplicas'
      set(
        'AbleToScale',
        'True',
        'SucceededRescale',
        `the HPA controller was able to update the target scale to ${desired}`,
      )
      set('ScalingLimited', 'True', replicas < minReplicas ? 'TooFewReplicas' : 'TooManyReplicas', reason)
    } else {
      set(
        'ScalingActive',
        'False',
        'FailedGetResourceMetric',
        'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)',
      )
    }
  }
  const status = {
    ...scaler.status,
    currentReplicas: current,
    desiredReplicas: target === undefined || (target.spec.replicas ?? 1) === 0 ? 0 : desired,
    currentMetrics: null,
    conditions,
  }
  if (canonical(status) !== canonical({ currentMetrics: null, ...scaler.status })) {
    await world.updateStatus(world.autoscalers, { ...scaler, status })
  }
}
