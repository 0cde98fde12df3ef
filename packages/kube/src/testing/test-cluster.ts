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

/** What cannot be started whole leaves nothing behind: a server that stays open would keep the tests from ending. */
export async function startTestCluster(): Promise<TestCluster> {
  await using opened = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  opened.defer(() => rm(dataDir, { recursive: true, force: true }))
  const options = { dataDir, workloads: false, node: false }
  let cluster = await startDevCluster(options)
  opened.defer(() => cluster.close())
  const client = new KubeClient(accessFromKubeconfig(cluster.kubeconfig))
  opened.defer(() => client.transport.close())
  const whole = opened.move()
  return {
    client,
    kubeconfig: cluster.kubeconfig,
    restart: async () => {
      await cluster.close()
      cluster = await startDevCluster(options)
    },
    close: () => whole.disposeAsync(),
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
