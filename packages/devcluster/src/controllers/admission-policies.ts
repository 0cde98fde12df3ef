/** Tells in the status of ValidatingAdmissionPolicies that they were seen; their expressions are not type checked here. */
import { child } from '../kinds/record.ts'
import type { LocalClient } from '../local-client.ts'
import type { Api } from '../requests/api.ts'
import { WorkQueue } from './work-queue.ts'

export function startAdmissionPolicies(api: Api, client: LocalClient): () => void {
  const policies = api.store.collection('admissionregistration.k8s.io/validatingadmissionpolicies')
  const queue = new WorkQueue(reconcile)

  async function reconcile(name: string): Promise<void> {
    const policy = policies.get('', name)?.object
    const generation = policy?.metadata.generation
    if (!policy || child(policy, 'status')?.observedGeneration === generation) return
    const status = { observedGeneration: generation, typeChecking: {} }
    await client.apply(
      { apiVersion: policy.apiVersion, kind: policy.kind, metadata: { name }, status },
      { fieldManager: 'kube-controller-manager', force: true, subresource: 'status' },
    )
  }

  const enqueue = () => {
    for (const { object } of policies.items('')) queue.add(object.metadata.name)
  }
  policies.watchers.add(enqueue)
  enqueue()
  return () => {
    policies.watchers.delete(enqueue)
    queue.stop()
  }
}
