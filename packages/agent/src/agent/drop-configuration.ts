import {
  type FluxConfig,
  fluxConfig,
  fluxConfigNames,
  type KubeObject,
  kinds,
  apiVersionOf as versionOf,
} from '@sluice/api'
import { apiVersionOf, isNotFound, type KubeClient } from '@sluice/kube'
import { isOwnedBy, managedSelector } from '../fluxconfig/managed-labels.ts'
import { isApplierAccount } from '../fluxconfig/managed-objects.ts'
import { refOf } from '../fluxconfig/teardown.ts'

const fluxConfigs = { apiVersion: versionOf(fluxConfig), kind: fluxConfig.kind }

/**
 * Takes a FluxConfig and what was made for it away without waiting for anybody: for a forced deletion whose controllers do not answer. What was
 * deployed may stay behind; that is what forcing means.
 */
export async function dropConfiguration(kube: KubeClient, config: KubeObject): Promise<void> {
  const { metadata } = config
  const owner: { metadata: FluxConfig['metadata'] } = { metadata }
  const selector = { namespace: metadata.namespace, labelSelector: managedSelector }
  const resources = await kube.discovery.resources()
  const ours = resources.filter(
    ({ group, kind }) =>
      kinds.some(one => one.group === group && one.kind === kind) ||
      (group === 'rbac.authorization.k8s.io' && ['Role', 'RoleBinding', 'ClusterRoleBinding'].includes(kind)) ||
      (group === '' && kind === 'Secret'),
  )
  for (const resource of ours) {
    const kind = { apiVersion: apiVersionOf(resource), kind: resource.kind }
    const { items } = await kube.list(kind, resource.namespaced ? selector : { labelSelector: managedSelector })
    for (const object of items.filter(one => isOwnedBy(one, owner))) await release(kube, object)
  }
  await release(kube, config)
  await dropAccount(kube, metadata.namespace)
}

/** The account that the configurations of a namespace share goes with the last of them. */
async function dropAccount(kube: KubeClient, namespace: string | undefined): Promise<void> {
  const { items } = await kube.list(fluxConfigs, { namespace })
  if (items.length > 0) return
  const name = fluxConfigNames.applierServiceAccount
  const account = await kube.find({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name })
  if (account && isApplierAccount(account)) await release(kube, account)
}

async function release(kube: KubeClient, object: KubeObject): Promise<void> {
  const ref = refOf(object)
  try {
    if (!object.metadata.deletionTimestamp) await kube.delete(ref, { uid: object.metadata.uid })
    if (object.metadata.finalizers?.length) await kube.patch(ref, { metadata: { finalizers: null } }, 'merge')
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
