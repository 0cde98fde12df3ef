/** StatefulSets: numbered pods with claims of their own, brought up and replaced one after the other. */
import { claimed } from './claims.ts'
import { defined, unlessZero } from './counts.ts'
import type { Pod, StatefulSet } from './kinds.ts'
import { controllerOf, keyOf } from './object-cache.ts'
import { availableIn, isReady, isTerminal, ownerReference, podOf } from './pods.ts'
import { currentRevision, dropOldRevisions, hashOf, revisionHashKey } from './revisions.ts'
import { canonical } from './template-hash.ts'
import type { World } from './world.ts'

export function startStatefulSets(world: World): void {
  const queue = world.queue('StatefulSet', async key => {
    const set = world.statefulSets.byKey(key)
    if (set === undefined) return
    const wait = await reconcile(world, set)
    if (wait !== undefined) queue.add(key, wait)
  })
  world.statefulSets.onChange(set => queue.add(keyOf(set)))
  const podChanged = (pod: Pod) => {
    const owner = controllerOf(pod)
    if (owner?.kind === 'StatefulSet') queue.add(`${pod.metadata.namespace ?? ''}/${owner.name}`)
  }
  world.pods.onChange(podChanged)
  world.pods.onGone(podChanged)
}

const ordinalOf = (pod: Pod): number => Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? -1)

const revisionOf = (pod: Pod): string => pod.metadata.labels?.[revisionHashKey] ?? ''

async function reconcile(world: World, set: StatefulSet): Promise<number | undefined> {
  await claimed(world, world.pods, set, set.spec.selector)
  const { hash, current: revision } = await currentRevision(world, set)
  const updateRevision = revision.metadata.name
  const currentName = set.status?.currentRevision || updateRevision
  const older = world.revisions.ownedBy(set.metadata.uid).find(other => other.metadata.name === currentName)
  const oldHash = older === undefined ? hash : hashOf(older)
  if (set.metadata.deletionTimestamp === undefined) await move(world, set, hash, oldHash)
  const pods = world.pods.ownedBy(set.metadata.uid).filter(pod => !world.pods.isGoing(pod))
  const inUse = new Set([hash, oldHash, ...pods.map(revisionOf)])
  await dropOldRevisions(world, set, inUse)
  return writeStatus(world, set, pods, { hash, oldHash, updateRevision, currentName })
}

/** One step: what is missing or broken, what is too much, what is outdated. */
async function move(world: World, set: StatefulSet, hash: string, oldHash: string): Promise<void> {
  const { replicas = 1, podManagementPolicy, updateStrategy, ordinals, minReadySeconds } = set.spec
  const start = ordinals?.start ?? 0
  const pods = new Map(world.pods.ownedBy(set.metadata.uid).map(pod => [ordinalOf(pod), pod]))
  const inOrder = podManagementPolicy !== 'Parallel'
  const partition = updateStrategy?.rollingUpdate?.partition ?? 0
  const isUp = (pod: Pod | undefined) =>
    pod !== undefined && !world.pods.isGoing(pod) && availableIn(pod, minReadySeconds, world.now()) === 0
  for (let ordinal = start; ordinal < start + replicas; ordinal++) {
    const pod = pods.get(ordinal)
    if (pod === undefined) {
      const wanted = ordinal >= start + partition || updateStrategy?.type === 'OnDelete' ? hash : oldHash
      await createPod(world, set, ordinal, wanted)
    } else if (isTerminal(pod) && !world.pods.isGoing(pod)) await world.delete(world.pods, pod)
    if (inOrder && !isUp(pod)) return
  }
  const extra = [...pods]
    .filter(([ordinal]) => ordinal < start || ordinal >= start + replicas)
    .sort(([a], [b]) => b - a)
  for (const [, pod] of extra) {
    if (!world.pods.isGoing(pod)) await world.delete(world.pods, pod)
    if (inOrder) return
  }
  if (updateStrategy?.type === 'OnDelete') return
  for (let ordinal = start + replicas - 1; ordinal >= start + partition; ordinal--) {
    const pod = pods.get(ordinal)
    if (pod === undefined) return
    if (revisionOf(pod) !== hash) {
      if (!world.pods.isGoing(pod)) await world.delete(world.pods, pod)
      return
    }
    if (!isUp(pod)) return
  }
}

async function createPod(world: World, set: StatefulSet, ordinal: number, hash: string): Promise<void> {
  const { serviceName, volumeClaimTemplates = [] } = set.spec
  const name = `${set.metadata.name}-${ordinal}`
  await createClaims(world, set, name)
  const claims = volumeClaimTemplates.map(({ metadata }) => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: `${metadata.name}-${name}` },
  }))
  const template = templateAt(world, set, hash)
  const own = new Set(claims.map(claim => claim.name))
  const volumes = [...claims, ...(template.spec.volumes ?? []).filter(volume => !own.has(volume.name))]
  const pod = podOf(set, template, {
    name,
    generateName: `${set.metadata.name}-`,
    labels: {
      [revisionHashKey]: hash,
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
    },
    spec: {
      hostname: name,
      ...(serviceName ? { subdomain: serviceName } : {}),
      ...(volumes.length > 0 ? { volumes } : {}),
    },
  })
  await world.create(world.pods, pod)
}

/** The template of a revision; the present one when the revision is gone. */
function templateAt(world: World, set: StatefulSet, hash: string): StatefulSet['spec']['template'] {
  const revision = world.revisions.ownedBy(set.metadata.uid).find(candidate => hashOf(candidate) === hash)
  const data = revision?.data as
    | { spec?: { template?: StatefulSet['spec']['template'] & { $patch?: string } } }
    | undefined
  if (data?.spec?.template === undefined) return set.spec.template
  const { $patch: _, ...template } = data.spec.template
  return template
}

async function createClaims(world: World, set: StatefulSet, pod: string): Promise<void> {
  const { volumeClaimTemplates = [], selector, persistentVolumeClaimRetentionPolicy: retention } = set.spec
  const owners = retention?.whenDeleted === 'Delete' ? [ownerReference(set)] : []
  for (const { metadata, spec } of volumeClaimTemplates) {
    const name = `${metadata.name}-${pod}`
    if (world.claims.get(set.metadata.namespace, name) !== undefined) continue
    await world.create(world.claims, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name,
        namespace: set.metadata.namespace ?? '',
        labels: { ...metadata.labels, ...selector.matchLabels },
        ...(metadata.annotations ? { annotations: metadata.annotations } : {}),
        ...(owners.length > 0 ? { ownerReferences: owners } : {}),
      },
      spec,
    })
  }
}

async function writeStatus(
  world: World,
  set: StatefulSet,
  pods: readonly Pod[],
  names: { hash: string; oldHash: string; updateRevision: string; currentName: string },
): Promise<number | undefined> {
  const { replicas = 1, updateStrategy, minReadySeconds } = set.spec
  const { hash, oldHash, updateRevision, currentName } = names
  const waits = pods.map(pod => availableIn(pod, minReadySeconds, world.now())).filter(wait => wait !== undefined)
  const later = waits.filter(wait => wait > 0)
  const ready = pods.filter(isReady).length
  const updated = pods.filter(pod => revisionOf(pod) === hash).length
  const partition = updateStrategy?.rollingUpdate?.partition ?? 0
  const isDone =
    updateStrategy?.type !== 'OnDelete' &&
    partition === 0 &&
    updated === replicas &&
    pods.length === replicas &&
    ready === replicas
  const status = defined({
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    readyReplicas: unlessZero(ready),
    currentReplicas: unlessZero(isDone ? updated : pods.filter(pod => revisionOf(pod) === oldHash).length),
    updatedReplicas: unlessZero(updated),
    currentRevision: isDone ? updateRevision : currentName,
    updateRevision,
    collisionCount: set.status?.collisionCount ?? 0,
    availableReplicas: waits.length - later.length,
  })
  if (canonical(status) !== canonical(set.status ?? {}))
    await world.updateStatus(world.statefulSets, { ...set, status })
  return later.length === 0 ? undefined : Math.min(...later)
}
