import { isConflict, type KubeClient } from '@sluice/kube'

/** The namespace of a release, as `helm install --create-namespace` makes it: one that exists is fine. */
export async function createNamespace(
  name: string,
  options: { client: KubeClient; manager: string; serverSideApply: boolean; signal?: AbortSignal },
): Promise<void> {
  const { client, manager, serverSideApply, signal } = options
  // The empty fields are those that Go writes of its struct: the manager owns the first.
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { name } }, spec: {}, status: {} }
  if (serverSideApply) {
    await client.apply(object, { fieldManager: manager, fieldValidation: 'Strict', signal })
    return
  }
  try {
    await client.create(object, { fieldManager: manager, signal })
  } catch (error) {
    if (!isConflict(error)) throw error
  }
}
