/** For tests: a dev cluster of one's own, as its administrator sees it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allCrds, type KubeObject, type ObjectRef } from '@sluice/api'
import { startDevCluster } from '@sluice/devcluster'
import { accessFromKubeconfig, KubeClient, NoMatchError } from '@sluice/kube'
import { until } from './until.ts'

export interface TestCluster {
  kube: KubeClient
  /** Its administrator's, YAML. */
  kubeconfig: string
  /** One more client, with connections of its own. */
  connect(): KubeClient
  close(): Promise<void>
}

/**
 * What cannot be started whole leaves nothing behind: a server that stays open would keep the tests from ending.
 * `definitions`: with those of Flux and of FluxConfig.
 */
export async function startTestCluster(options: { definitions: boolean; workloads?: boolean }): Promise<TestCluster> {
  await using opened = new AsyncDisposableStack()
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-agent-'))
  opened.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  const workloads = options.workloads ?? false
  const cluster = await startDevCluster({ dataDir, workloads, node: workloads })
  opened.defer(() => cluster.close())
  const clients: KubeClient[] = []
  opened.defer(async () => {
    await Promise.all(clients.map(client => client.transport.close()))
  })
  const connect = () => {
    const client = new KubeClient(accessFromKubeconfig(cluster.kubeconfig))
    clients.push(client)
    return client
  }
  const kube = connect()
  if (options.definitions) await applyDefinitions(kube)
  const whole = opened.move()
  return {
    kube,
    kubeconfig: cluster.kubeconfig,
    connect,
    close: () => whole.disposeAsync(),
  }
}

async function applyDefinitions(kube: KubeClient): Promise<void> {
  const definitions = allCrds()
  await Promise.all(definitions.map(crd => kube.apply(crd, { fieldManager: 'test', force: true })))
  for (const { spec } of definitions) {
    const apiVersion = `${spec.group}/${spec.versions[0]?.name}`
    await until(`${spec.names.kind} is served`, async () => {
      try {
        return await kube.discovery.resourceFor(apiVersion, spec.names.kind)
      } catch (error) {
        if (error instanceof NoMatchError) return undefined
        throw error
      }
    })
  }
}

const apiVersions: Record<string, string> = {
  FluxConfig: 'clusterconfig.azure.com/v1alpha1',
  GitRepository: 'source.toolkit.fluxcd.io/v1',
  Kustomization: 'kustomize.toolkit.fluxcd.io/v1',
  Deployment: 'apps/v1',
  ClusterRoleBinding: 'rbac.authorization.k8s.io/v1',
  RoleBinding: 'rbac.authorization.k8s.io/v1',
  Role: 'rbac.authorization.k8s.io/v1',
  CustomResourceDefinition: 'apiextensions.k8s.io/v1',
}

/** `Kustomization team/shop-apps`, or `Namespace team`. */
export function ref(text: string): ObjectRef {
  const [kind = '', path = ''] = text.split(' ')
  const slash = path.indexOf('/')
  const apiVersion = apiVersions[kind] ?? 'v1'
  return slash < 0
    ? { apiVersion, kind, name: path }
    : { apiVersion, kind, namespace: path.slice(0, slash), name: path.slice(slash + 1) }
}

export async function makeNamespace(kube: KubeClient, name: string): Promise<void> {
  await kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, { fieldManager: 'test' })
}

/** What the controllers of Flux would say of an object. */
export async function setStatus(
  kube: KubeClient,
  object: ObjectRef,
  status: Record<string, unknown>,
): Promise<KubeObject> {
  return kube.patch(object, { status }, 'merge', { subresource: 'status', fieldManager: 'test' })
}

export function readyCondition(status: 'True' | 'False' | 'Unknown', message: string) {
  return { type: 'Ready', status, reason: 'Any', message, lastTransitionTime: '2026-01-01T00:00:00Z' }
}
