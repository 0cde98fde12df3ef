import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Condition, crd, type KubeObject, kustomization } from '@sluice/api'
import { type DevCluster, startDevCluster } from '@sluice/devcluster'
import { accessFromKubeconfig, KubeClient } from '@sluice/kube'
import { conditionOf } from './flux-object.ts'
import { waitForReconciliation } from './reconcile-object.ts'
import { waitForObject } from './wait-for-object.ts'

const apiVersion = 'kustomize.toolkit.fluxcd.io/v1'
const kind = 'Kustomization'
const namespace = 'default'

const condition = (type: string, status: Condition['status'], message: string): Condition => ({
  type,
  status,
  reason: 'Because',
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
  observedGeneration: 1,
})

describe('waiting for a reconciliation', () => {
  let folder: string
  let cluster: DevCluster
  let client: KubeClient

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-reconcile-'))
    cluster = await startDevCluster({ dataDir: folder })
    const administrator = new KubeClient(accessFromKubeconfig(cluster.kubeconfig))
    const { metadata, ...definition } = await administrator.create(crd(kustomization))
    const isEstablished = (object: KubeObject) => conditionOf(object, 'Established')?.status === 'True'
    await waitForObject(administrator, { ...definition, name: metadata.name }, isEstablished, 60_000)
    await administrator.transport.close()
    client = new KubeClient(accessFromKubeconfig(cluster.kubeconfig))
  })
  after(async () => {
    await client.transport.close()
    await cluster.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A Kustomization that never succeeded, with these conditions. */
  async function made(name: string, conditions: Condition[]) {
    const spec = { interval: '1m', prune: true, sourceRef: { kind: 'GitRepository', name } }
    const object = await client.create({ apiVersion, kind, metadata: { name, namespace }, spec })
    await client.update({ ...object, status: { observedGeneration: -1, conditions } }, { subresource: 'status' })
    return { apiVersion, kind, namespace, name }
  }

  test('an object that never succeeded, and so observed nothing, still ends the wait with its message', async () => {
    const ref = await made('failed', [condition('Ready', 'False', 'variable not set')])
    await assert.rejects(waitForReconciliation(client, ref, 60_000), /reconciliation failed: variable not set/)
  })

  test('when time is up, it says what is still going on', async () => {
    const ref = await made('busy', [
      condition('Ready', 'Unknown', 'Reconciliation in progress'),
      condition('Reconciling', 'True', 'Running health checks'),
    ])
    await assert.rejects(waitForReconciliation(client, ref, 300), /busy was not reconciled .*: Running health checks/)
  })
})
