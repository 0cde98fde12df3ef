import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { crd, type KubeObject, kustomization } from '@sluice/api'
import { startDevCluster } from '@sluice/devcluster'
import { accessFromKubeconfig, KubeClient } from '@sluice/kube'
import { statusOf } from './flux-object.ts'
import { waitForReconciliation } from './reconcile-object.ts'
import { waitForObject } from './wait-for-object.ts'

test('an object that never succeeded, and so observed nothing, still ends the wait with its message', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-reconcile-'))
  const cluster = await startDevCluster({ dataDir: folder })
  const administrator = new KubeClient(accessFromKubeconfig(cluster.kubeconfig))
  const client = new KubeClient(accessFromKubeconfig(cluster.kubeconfig))
  t.after(async () => {
    await Promise.all([administrator.transport.close(), client.transport.close()])
    await cluster.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const definition = await administrator.create(crd(kustomization))
  const { apiVersion, kind, metadata } = definition
  const isEstablished = (object: KubeObject) =>
    statusOf(object).conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false
  await waitForObject(administrator, { apiVersion, kind, name: metadata.name }, isEstablished, 60_000)
  const ref = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', namespace: 'default', name: 'app' }
  const made = await client.create({
    apiVersion: ref.apiVersion,
    kind: ref.kind,
    metadata: { name: ref.name, namespace: ref.namespace },
    spec: { interval: '1m', prune: true, sourceRef: { kind: 'GitRepository', name: 'app' } },
  })
  const condition = (observedGeneration: number) => ({
    type: 'Ready',
    status: 'False',
    reason: 'BuildFailed',
    message: 'variable not set',
    lastTransitionTime: '2026-01-01T00:00:00Z',
    observedGeneration,
  })
  const status = { observedGeneration: -1, conditions: [condition(1)] }
  await client.update({ ...made, status }, { subresource: 'status' })
  await assert.rejects(waitForReconciliation(client, ref, 60_000), /reconciliation failed: variable not set/)
})
