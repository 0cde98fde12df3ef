/**
 * `--dry-run=server`: what templates learn of the cluster, and the checks that an installation makes there before it
 * changes anything. Loaded only when a cluster is asked.
 */
import { type ClusterFacts, HelmError, type Lookup } from '@sluice/helm'
import { type ClusterAccess, defaultAccess, KubeClient } from '@sluice/kube'
import { type CheckManifestOptions, checkManifest, clusterFacts, clusterLookup } from '@sluice/release'
import type { ClusterChoice } from './release-namespace.ts'

export interface ClusterSide {
  facts: ClusterFacts
  lookup: Lookup
  check(manifest: string, options: Omit<CheckManifestOptions, 'client'>): Promise<void>
}

/** Throws HelmError for a cluster that does not answer, KubeconfigError when none is named. */
export async function clusterSide(choice: ClusterChoice): Promise<ClusterSide> {
  const named = new KubeClient(await accessOf(choice))
  const { kubeAsUser, kubeAsGroup = [] } = choice
  const client = kubeAsUser ? named.as({ user: kubeAsUser, groups: kubeAsGroup }) : named
  let facts: ClusterFacts
  try {
    facts = await clusterFacts(client, false)
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    const message = `cluster reachability check failed: kubernetes cluster unreachable: ${said}`
    throw new HelmError(message, { cause: error })
  }
  return {
    facts,
    lookup: clusterLookup(client),
    check: (manifest, options) => checkManifest(manifest, { ...options, client }),
  }
}

async function accessOf(choice: ClusterChoice): Promise<ClusterAccess> {
  const { kubeconfig, kubeContext: context, kubeApiserver, kubeToken, kubeCaFile, kubeTlsServerName } = choice
  const access: ClusterAccess =
    kubeApiserver && !kubeconfig && !process.env.KUBECONFIG
      ? { server: kubeApiserver, namespace: 'default' }
      : defaultAccess({ kubeconfig, context })
  if (kubeApiserver) access.server = kubeApiserver.replace(/\/+$/, '')
  if (kubeToken) {
    access.token = () => Promise.resolve(kubeToken)
    access.basic = undefined
  }
  if (kubeTlsServerName) access.serverName = kubeTlsServerName
  if (kubeCaFile) {
    const { readFile } = await import('node:fs/promises')
    access.ca = await readFile(kubeCaFile, 'utf8')
  }
  if (choice.kubeInsecureSkipTlsVerify) {
    access.insecure = true
    access.ca = undefined
  }
  return access
}
