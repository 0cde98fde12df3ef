import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubeObject, ObjectRef } from '@sluice/api'
import { startDevCluster } from '@sluice/devcluster'
import { KubeClient } from '../client.ts'
import { accessFromKubeconfig } from '../kubeconfig.ts'

/** An API server of a test's own, without simulated workloads: only what the test does happens. */
export interface TestCluster {
  client: KubeClient
  kubeconfig: string
  /** Ends the server and starts it anew on what it had stored, at the same address. */
  restart(): Promise<void>
  close(): Promise<void>
}

export async function startTestCluster(): Promise<TestCluster> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  const options = { dataDir, workloads: false, node: false }
  let cluster = await startDevCluster(options)
  const client = new KubeClient(accessFromKubeconfig(cluster.kubeconfig))
  return {
    client,
    kubeconfig: cluster.kubeconfig,
    restart: async () => {
      await cluster.close()
      cluster = await startDevCluster(options)
    },
    close: async () => {
      await client.transport.close()
      await cluster.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** A ConfigMap as a source would have it. */
export function configMapOf(
  name: string,
  data: Record<string, string>,
  metadata: Partial<KubeObject['metadata']> = {},
): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', ...metadata }, data }
}

export const configMapRef = (name: string): ObjectRef => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'default',
  name,
})

/** Long enough for a busy machine; a passing test never waits for it. */
const PATIENCE = 60_000

/** Settles once something asked again and again is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`it never came to this: ${isSo}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
