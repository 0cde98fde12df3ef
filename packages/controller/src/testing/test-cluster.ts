import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubeObject, ObjectRef } from '@sluice/api'
import { startDevCluster } from '@sluice/devcluster'
import { accessFromKubeconfig, KubeClient } from '@sluice/kube'

/** An API server of a test's own, without simulated workloads: only what the test does happens. */
export interface TestCluster {
  client: KubeClient
  /** Settles with the object once it is as wanted. */
  until(ref: ObjectRef, wanted: (object: KubeObject) => boolean): Promise<KubeObject>
  /** Settles once there is no such object. */
  untilGone(ref: ObjectRef): Promise<void>
  close(): Promise<void>
}

const WIDGETS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.test.sluice.dev' },
  spec: {
    group: 'test.sluice.dev',
    names: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}

export const WIDGET = { apiVersion: 'test.sluice.dev/v1', kind: 'Widget' }

/** What cannot be started whole leaves nothing behind: a server that stays open would keep the tests from ending. */
export async function startTestCluster(): Promise<TestCluster> {
  await using opened = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  opened.defer(() => rm(dataDir, { recursive: true, force: true }))
  const cluster = await startDevCluster({ dataDir, workloads: false, node: false })
  opened.defer(() => cluster.close())
  const client = new KubeClient(accessFromKubeconfig(cluster.kubeconfig))
  opened.defer(() => client.transport.close())
  await client.create(WIDGETS)
  const until: TestCluster['until'] = async (ref, wanted) => {
    for (const deadline = performance.now() + PATIENCE; ; await turn()) {
      const object = await client.find(ref)
      if (object && wanted(object)) return object
      if (performance.now() > deadline) throw new Error(`never as wanted: ${JSON.stringify(object ?? ref)}`)
    }
  }
  await until(WIDGETS_REF, object => JSON.stringify(object.status ?? {}).includes('"Established"'))
  await client.discovery.refresh()
  const whole = opened.move()
  return {
    client,
    until,
    untilGone: async ref => {
      for (const deadline = performance.now() + PATIENCE; ; await turn()) {
        const object = await client.find(ref)
        if (!object) return
        if (performance.now() > deadline) throw new Error(`never gone: ${JSON.stringify(object)}`)
      }
    },
    close: () => whole.disposeAsync(),
  }
}

const WIDGETS_REF = { apiVersion: WIDGETS.apiVersion, kind: WIDGETS.kind, name: WIDGETS.metadata.name }

export function widget(
  name: string,
  spec: Record<string, unknown> = {},
  metadata: Partial<KubeObject['metadata']> = {},
) {
  return { ...WIDGET, metadata: { name, namespace: 'default', ...metadata }, spec }
}

export const widgetRef = (name: string): ObjectRef => ({ ...WIDGET, namespace: 'default', name })

/** Long enough for a busy machine; a passing test never waits for it. In milliseconds. */
const PATIENCE = 60_000

const turn = () => new Promise(resolve => setTimeout(resolve, 5))
