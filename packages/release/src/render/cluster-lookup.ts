import type { Lookup } from '@sluice/helm'
import { type KubeClient, NoMatchError } from '@sluice/kube'

/** `lookup` of templates: reads the cluster under the identity of the release. */
export function clusterLookup(client: KubeClient): Lookup {
  return async ({ apiVersion, kind, namespace, name }) => {
    try {
      if (name !== '') return await client.find({ apiVersion, kind, name, namespace: namespace || undefined })
      const { items, resourceVersion } = await client.list({ apiVersion, kind }, { namespace: namespace || undefined })
      return { apiVersion, kind: `${kind}List`, metadata: { resourceVersion }, items }
    } catch (error) {
      if (!(error instanceof NoMatchError)) throw error
      throw new Error(`unable to get apiresource from unstructured: ${error.message}`, { cause: error })
    }
  }
}
