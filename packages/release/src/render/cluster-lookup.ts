import { parseApiVersion } from '@sluice/api'
import type { Lookup } from '@sluice/helm'
import { apiVersionOf, type KubeClient, NoMatchError } from '@sluice/kube'

/** `lookup` of templates: reads the cluster under the identity of the release. */
export function clusterLookup(client: KubeClient): Lookup {
  return async ({ apiVersion, kind, namespace, name }) => {
    try {
      if (name !== '') return await client.find({ apiVersion, kind, name, namespace: namespace || undefined })
      const { items, resourceVersion } = await client.list({ apiVersion, kind }, { namespace: namespace || undefined })
      return { apiVersion, kind: `${kind}List`, metadata: { resourceVersion }, items }
    } catch (error) {
      if (!(error instanceof NoMatchError)) throw error
      // Of a version that is served, Helm takes an unknown kind for one of which there is nothing.
      const isServed = (await client.discovery.resources()).some(resource => apiVersionOf(resource) === apiVersion)
      if (isServed) return undefined
      const { group, version } = parseApiVersion(apiVersion)
      const reason = `${group}/${version}, Kind=${kind}: the server could not find the requested resource`
      throw new Error(`unable to get apiresource from unstructured: ${reason}`, { cause: error })
    }
  }
}
