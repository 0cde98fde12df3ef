import { fieldManagers, type HelmRelease } from '@sluice/api'
import { type ReleaseStorage, secretStorage, type Waiter } from '@sluice/release'
import type { ClusterTargets, Target } from '../cluster-targets.ts'
import { RecordList, type ReleaseContext } from './release-context.ts'
import { namespaceOf } from './release-spec.ts'
import type { Waiters } from './waiters.ts'

/** Where the records of a release are, and who waits for its objects: both as whoever the release is made by. */
export function storageIn(namespace: string, target: Target): ReleaseStorage {
  return secretStorage({ client: target.client, namespace, manager: fieldManagers.helmController })
}

interface WaiterParts {
  targets: ClusterTargets
  waiters: Waiters
}

export function waiterFor(object: HelmRelease, target: Target, { targets, waiters }: WaiterParts): Waiter {
  const account = targets.serviceAccountOf(object)
  const { secretRef } = object.spec.kubeConfig ?? {}
  const cluster = secretRef ? `${namespaceOf(object)}/${secretRef.name}/${secretRef.key ?? ''}` : ''
  const identity = account ? `${cluster} as ${namespaceOf(object)}/${account}` : cluster
  return waiters.of(identity, target.client, account === undefined)
}

/** A release that was made before, with its records read. */
export async function storedRelease(
  object: HelmRelease,
  { name, storageNamespace }: { name: string; storageNamespace: string },
  target: Target,
  parts: WaiterParts,
): Promise<Pick<ReleaseContext, 'target' | 'storage' | 'records' | 'waiter'>> {
  const storage = storageIn(storageNamespace, target)
  const records = new RecordList(() => storage.history(name))
  await records.read()
  return { target, storage, records, waiter: waiterFor(object, target, parts) }
}
