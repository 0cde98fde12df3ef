/** What templates may know of the cluster: its version, and all that it serves. */
import type { ClusterFacts } from '@sluice/helm'
import { apiVersionOf, type Discovery, type KubeClient, type ResourceInfo } from '@sluice/kube'

/** Milliseconds for which a version counts as that of the server: it changes when somebody upgrades the cluster. */
const versionFor = 60_000

interface Known {
  version: Promise<ClusterFacts['version']>
  askedAt: number
}

const known = new WeakMap<Discovery, Known>()

/**
 * With `fresh`, what the server serves is asked anew: a definition may just have been made. Unchanged, the answer is
 * a few bytes.
 */
export async function clusterFacts(client: KubeClient, fresh: boolean): Promise<ClusterFacts> {
  const { discovery } = client
  const [version] = await Promise.all([versionOf(client), fresh ? discovery.refresh() : undefined])
  return { version, apiVersions: servedVersions(await discovery.resources()) }
}

/** The same list of resources is asked for again and again. */
const served = new WeakMap<readonly ResourceInfo[], string[]>()

function servedVersions(resources: readonly ResourceInfo[]): string[] {
  let versions = served.get(resources)
  if (!versions) {
    const all = resources.flatMap(resource => {
      const version = apiVersionOf(resource)
      return [version, `${version}/${resource.kind}`]
    })
    versions = [...new Set(all)]
    served.set(resources, versions)
  }
  return versions
}

function versionOf(client: KubeClient): Promise<ClusterFacts['version']> {
  let entry = known.get(client.discovery)
  if (!entry || performance.now() - entry.askedAt > versionFor) {
    entry = { version: client.serverVersion(), askedAt: performance.now() }
    known.set(client.discovery, entry)
    // A failure is told to who asked, and the next one asks again.
    entry.version.catch(() => known.delete(client.discovery))
  }
  return entry.version
}
