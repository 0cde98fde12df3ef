/** Binds claims: a class with the simulated provisioner gets a fresh volume, others wait for a volume that fits. Claims in use are kept from deletion. */
import type { KubeObject } from '@sluice/api'
import type { PersistentVolume, PersistentVolumeClaim, Pod } from './kinds.ts'
import { keyOf } from './object-cache.ts'
import { isTerminal } from './pods.ts'
import { amount } from './quantity.ts'
import { canonical } from './template-hash.ts'
import type { World } from './world.ts'

const provisioner = 'sluice.dev/simulated'
const defaultKey = 'storageclass.kubernetes.io/is-default-class'
const protection = 'kubernetes.io/pvc-protection'
const boundBy = 'pv.kubernetes.io/bound-by-controller'

export async function startVolumeClaims(world: World): Promise<void> {
  const queue = world.queue('PersistentVolumeClaim', async key => {
    const claim = world.claims.byKey(key)
    if (claim !== undefined) await reconcile(world, claim)
  })
  world.claims.onChange(claim => queue.add(keyOf(claim)))
  const retryPending = () => {
    for (const claim of world.claims.all()) if (claim.status?.phase !== 'Bound') queue.add(keyOf(claim))
  }
  world.volumes.onChange(retryPending)
  world.storageClasses.onChange(retryPending)
  const podChanged = (pod: Pod) => {
    for (const name of claimsOf(pod)) queue.add(`${pod.metadata.namespace ?? ''}/${name}`)
  }
  world.pods.onChange((pod, old) => {
    if (old !== undefined && isTerminal(pod) !== isTerminal(old)) podChanged(pod)
  })
  world.pods.onGone(podChanged)
  const volumes = world.queue('PersistentVolume', async key => {
    const volume = world.volumes.byKey(key)
    if (volume !== undefined) await settleVolume(world, volume)
  })
  world.volumes.onChange(volume => volumes.add(keyOf(volume)))
  world.claims.onGone(claim => {
    const name = claim.spec.volumeName
    if (name) volumes.add(`/${name}`)
  })
  await ensureDefaultClass(world)
}

const claimsOf = (pod: Pod): string[] =>
  (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [])

async function ensureDefaultClass(world: World): Promise<void> {
  const classes = await world.client.list({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' })
  if (classes.length > 0) return
  await world.create(world.storageClasses, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard', annotations: { [defaultKey]: 'true' } },
    provisioner,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
    allowVolumeExpansion: true,
  })
}

async function reconcile(world: World, claim: PersistentVolumeClaim): Promise<void> {
  if (claim.metadata.deletionTimestamp !== undefined) {
    await releaseWhenUnused(world, claim)
    return
  }
  if (claim.status?.phase === 'Bound') return
  const volume = claim.spec.volumeName
    ? world.volumes.get(undefined, claim.spec.volumeName)
    : (fittingVolume(world, claim) ?? (await provision(world, claim)))
  if (volume === undefined) {
    if (claim.status?.phase !== 'Pending')
      await world.updateStatus(world.claims, { ...claim, status: { phase: 'Pending' } })
    return
  }
  await bind(world, claim, volume)
}

function fittingVolume(world: World, claim: PersistentVolumeClaim): PersistentVolume | undefined {
  const { name, namespace } = claim.metadata
  const wanted = amount(claim.spec.resources?.requests?.storage)
  return [...world.volumes.all()]
    .filter(({ spec, status, metadata }) => {
      if (metadata.deletionTimestamp !== undefined) return false
      if (spec.claimRef !== undefined) return spec.claimRef.name === name && spec.claimRef.namespace === namespace
      return (
        (status?.phase === 'Available' || status?.phase === undefined) &&
        (spec.storageClassName ?? '') === (claim.spec.storageClassName ?? '') &&
        amount(spec.capacity?.storage) >= wanted &&
        (claim.spec.accessModes ?? []).every(mode => spec.accessModes?.includes(mode))
      )
    })
    .toSorted((a, b) => amount(a.spec.capacity?.storage) - amount(b.spec.capacity?.storage))[0]
}

const claimRef = ({ metadata: { name, namespace = '', uid = '', resourceVersion = '' } }: KubeObject) => ({
  kind: 'PersistentVolumeClaim',
  namespace,
  name,
  uid,
  apiVersion: 'v1',
  resourceVersion,
})

async function provision(world: World, claim: PersistentVolumeClaim): Promise<PersistentVolume | undefined> {
  const className = claim.spec.storageClassName
  const storageClass = className ? world.storageClasses.get(undefined, className) : undefined
  if (storageClass?.provisioner !== provisioner) return undefined
  const name = `pvc-${claim.metadata.uid ?? ''}`
  const known = world.volumes.get(undefined, name)
  if (known !== undefined) return known
  return world.create(world.volumes, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, annotations: { 'pv.kubernetes.io/provisioned-by': provisioner } },
    spec: {
      capacity: { storage: claim.spec.resources?.requests?.storage ?? '1Gi' },
      accessModes: claim.spec.accessModes ?? ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy:
        typeof storageClass.reclaimPolicy === 'string' ? storageClass.reclaimPolicy : 'Delete',
      storageClassName: className ?? '',
      volumeMode: claim.spec.volumeMode ?? 'Filesystem',
      claimRef: claimRef(claim),
      hostPath: { path: `/var/lib/simulated/${name}`, type: '' },
    },
  } as PersistentVolume)
}

async function bind(world: World, claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
  if (volume.spec.claimRef?.uid !== claim.metadata.uid) {
    await world.update(world.volumes, { ...volume, spec: { ...volume.spec, claimRef: claimRef(claim) } })
  }
  let bound = claim
  if (claim.spec.volumeName !== volume.metadata.name) {
    const annotations = { ...claim.metadata.annotations, 'pv.kubernetes.io/bind-completed': 'yes', [boundBy]: 'yes' }
    bound = await world.update(world.claims, {
      ...claim,
      metadata: { ...claim.metadata, annotations },
      spec: { ...claim.spec, volumeName: volume.metadata.name },
    })
  }
  const { accessModes, capacity } = volume.spec
  const status = { phase: 'Bound', ...(accessModes ? { accessModes } : {}), ...(capacity ? { capacity } : {}) }
  if (canonical(status) !== canonical(bound.status ?? {})) await world.updateStatus(world.claims, { ...bound, status })
}

async function releaseWhenUnused(world: World, claim: PersistentVolumeClaim): Promise<void> {
  if (!claim.metadata.finalizers?.includes(protection)) return
  const { name, namespace } = claim.metadata
  const isUsed = world.pods.in(namespace).some(pod => !isTerminal(pod) && claimsOf(pod).includes(name))
  if (isUsed) return
  const finalizers = claim.metadata.finalizers.filter(finalizer => finalizer !== protection)
  await world.update(world.claims, { ...claim, metadata: { ...claim.metadata, finalizers } })
}

/** A volume's phase follows its claim; one whose claim is gone is deleted or released, as its policy says. */
async function settleVolume(world: World, volume: PersistentVolume): Promise<void> {
  const { claimRef: ref, persistentVolumeReclaimPolicy } = volume.spec
  const { finalizers = [], deletionTimestamp } = volume.metadata
  const claim = ref?.name === undefined ? undefined : world.claims.get(ref.namespace, ref.name)
  const isBound = claim !== undefined && claim.metadata.uid === ref?.uid
  if (deletionTimestamp !== undefined) {
    const kept = finalizers.filter(finalizer => finalizer !== 'kubernetes.io/pv-protection')
    if (!isBound && kept.length < finalizers.length) {
      await world.update(world.volumes, { ...volume, metadata: { ...volume.metadata, finalizers: kept } })
    }
    return
  }
  if (
    ref?.uid !== undefined &&
    !isBound &&
    persistentVolumeReclaimPolicy === 'Delete' &&
    volume.status?.phase === 'Bound'
  ) {
    await world.delete(world.volumes, volume)
    return
  }
  const phase = isBound
    ? 'Bound'
    : ref?.uid === undefined
      ? 'Available'
      : volume.status?.phase === 'Bound'
        ? 'Released'
        : (volume.status?.phase ?? 'Pending')
  if (volume.status?.phase !== phase) await world.updateStatus(world.volumes, { ...volume, status: { phase } })
}
