/** Deployments: which ReplicaSets they have, and what comes next for them. */
import type { KubeObject } from '@sluice/api'
import { claimed } from './claims.ts'
import { rollingBounds } from './counts.ts'
import { rollout } from './deployment-rollout.ts'
import { byAge, desiredKey, maxKey, revisionKey } from './deployment-sets.ts'
import { rolloutStatus } from './deployment-status.ts'
import type { Deployment, ReplicaSet } from './kinds.ts'
import { controllerOf, keyOf } from './object-cache.ts'
import { ownerReference } from './pods.ts'
import { canonical, templateHash } from './template-hash.ts'
import type { World } from './world.ts'

const historyKey = 'deployment.kubernetes.io/revision-history'
const hashKey = 'pod-template-hash'
const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionKey,
  historyKey,
  desiredKey,
  maxKey,
  'deprecated.deployment.rollback.to',
])

export function startDeployments(world: World): void {
  const queue = world.queue('Deployment', async key => {
    const deployment = world.deployments.byKey(key)
    if (deployment === undefined) return
    const wait = await reconcile(world, deployment)
    if (wait !== undefined) queue.add(key, wait)
  })
  world.deployments.onChange(deployment => queue.add(keyOf(deployment)))
  const setChanged = (set: ReplicaSet) => {
    const owner = controllerOf(set)
    if (owner?.kind === 'Deployment') queue.add(`${set.metadata.namespace ?? ''}/${owner.name}`)
  }
  world.replicaSets.onChange(setChanged)
  world.replicaSets.onGone(setChanged)
  // A Recreate waits for the last old pod to be gone, which no ReplicaSet tells of.
  world.pods.onGone(pod => {
    const owner = controllerOf(pod)
    const set = owner === undefined ? undefined : world.replicaSets.get(pod.metadata.namespace, owner.name)
    if (set !== undefined) setChanged(set)
  })
}

/** Milliseconds until the rollout may be overdue. */
async function reconcile(world: World, deployment: Deployment): Promise<number | undefined> {
  await claimed(world, world.replicaSets, deployment, deployment.spec.selector)
  const sets = setsOf(world, deployment)
  let current = newest(deployment, sets)
  let latest = deployment
  if (deployment.metadata.deletionTimestamp === undefined) {
    const halted = deployment.spec.paused === true
    if (current === undefined && !halted) current = await createSet(world, deployment, sets)
    if (current !== undefined && !halted) {
      current = await withRevision(world, deployment, current, sets)
      latest = await annotated(world, deployment, current)
    }
    await rollout(
      world,
      latest,
      current,
      sets.filter(set => set.metadata.uid !== current?.metadata.uid),
    )
  }
  const now = setsOf(world, latest)
  return rolloutStatus(world, latest, newest(latest, now), now)
}

export const setsOf = (world: World, deployment: KubeObject): ReplicaSet[] =>
  world.replicaSets.ownedBy(deployment.metadata.uid).filter(set => !world.replicaSets.isGoing(set))

const templateOf = (set: ReplicaSet) => {
  const { labels: { [hashKey]: _, ...labels } = {}, ...metadata } = set.spec.template.metadata ?? {}
  return plainTemplate({ ...set.spec.template, metadata: { ...metadata, labels } })
}

const plainTemplate = (template: ReplicaSet['spec']['template']) => {
  const { creationTimestamp: _, labels = {}, ...metadata } = template.metadata ?? {}
  return canonical({ ...template, metadata: { ...metadata, labels } })
}

/** The oldest set with the deployment's template. */
function newest(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const wanted = plainTemplate(deployment.spec.template)
  return sets.toSorted(byAge).find(set => templateOf(set) === wanted)
}

const revisionOf = (object: KubeObject): number => Number(object.metadata.annotations?.[revisionKey] ?? 0) || 0

const nextRevision = (sets: readonly ReplicaSet[], current: ReplicaSet | undefined): number =>
  Math.max(0, ...sets.filter(set => set.metadata.uid !== current?.metadata.uid).map(revisionOf)) + 1

const copiedAnnotations = (deployment: Deployment): Record<string, string> =>
  Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !notCopied.has(key)))

async function createSet(world: World, deployment: Deployment, sets: readonly ReplicaSet[]): Promise<ReplicaSet> {
  const { metadata, spec } = deployment
  let collisions = deployment.status?.collisionCount ?? 0
  let hash = templateHash(spec.template, collisions)
  while (isTaken(world, deployment, `${metadata.name}-${hash}`)) hash = templateHash(spec.template, ++collisions)
  const labels = { ...spec.template.metadata?.labels, [hashKey]: hash }
  const wanted = spec.replicas ?? 1
  const recreates = spec.strategy?.type === 'Recreate'
  const { surge } = rollingBounds(spec.strategy?.rollingUpdate, wanted)
  const present = sets.reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0)
  const { matchLabels, matchExpressions } = spec.selector
  const replicas = recreates && sets.length > 0 ? 0 : Math.max(0, Math.min(wanted, wanted + surge - present))
  if (replicas > 0) {
    const message = `Scaled up replica set ${metadata.name}-${hash} from 0 to ${replicas}`
    world.event(deployment, {
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message,
      component: 'deployment-controller',
    })
  }
  return world.create(world.replicaSets, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace ?? '',
      labels,
      annotations: {
        ...copiedAnnotations(deployment),
        [revisionKey]: String(nextRevision(sets, undefined)),
        [desiredKey]: String(wanted),
        [maxKey]: String(recreates ? wanted : wanted + surge),
      },
      ownerReferences: [ownerReference(deployment)],
    },
    spec: {
      replicas,
      ...(spec.minReadySeconds ? { minReadySeconds: spec.minReadySeconds } : {}),
      selector: { matchLabels: { ...matchLabels, [hashKey]: hash }, ...(matchExpressions ? { matchExpressions } : {}) },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  })
}

function isTaken(world: World, deployment: Deployment, name: string): boolean {
  const other = world.replicaSets.get(deployment.metadata.namespace, name)
  return (
    other !== undefined && (controllerOf(other)?.uid !== deployment.metadata.uid || world.replicaSets.isGoing(other))
  )
}

/** An old set that is wanted again gets the next number and remembers the ones it had. */
async function withRevision(
  world: World,
  deployment: Deployment,
  current: ReplicaSet,
  sets: readonly ReplicaSet[],
): Promise<ReplicaSet> {
  const wanted = nextRevision(sets, current)
  const mine = revisionOf(current)
  const annotations = { ...current.metadata.annotations, ...copiedAnnotations(deployment) }
  if (mine < wanted) {
    annotations[revisionKey] = String(wanted)
    const history = annotations[historyKey]
    if (mine > 0)
      annotations[historyKey] = history === undefined || history === '' ? String(mine) : `${history},${mine}`
  }
  const { minReadySeconds = 0 } = deployment.spec
  const sameReady = (current.spec.minReadySeconds ?? 0) === minReadySeconds
  if (sameReady && canonical(annotations) === canonical(current.metadata.annotations ?? {})) return current
  return world.update(world.replicaSets, {
    ...current,
    metadata: { ...current.metadata, annotations },
    spec: { ...current.spec, ...(sameReady ? {} : { minReadySeconds }) },
  })
}

async function annotated(world: World, deployment: Deployment, current: ReplicaSet): Promise<Deployment> {
  const revision = current.metadata.annotations?.[revisionKey]
  if (revision === undefined || deployment.metadata.annotations?.[revisionKey] === revision) return deployment
  const annotations = { ...deployment.metadata.annotations, [revisionKey]: revision }
  // As upstream: a write of the status, which is no new generation.
  return world.updateStatus(world.deployments, { ...deployment, metadata: { ...deployment.metadata, annotations } })
}
