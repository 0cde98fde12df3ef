import { fieldManagers, type HelmRelease } from '@sluice/api'
import { type ReleaseStorage, secretStorage, type Waiter } from '@sluice/release'
import type { ClusterTargets, Target } from '../cluster-targets.ts'
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
