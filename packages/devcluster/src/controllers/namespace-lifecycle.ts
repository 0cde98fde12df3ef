/**
 * What every namespace has (the account `default`, the ConfigMap `kube-root-ca.crt`) and how it goes: its content is deleted,
 * then the finalizer `kubernetes` is taken away (k/k `controller/namespace`, `serviceaccount`, `certificates/rootcacertpublisher`).
 */
import type { KubeObject } from '@sluice/api'
import { child, items, type Json, strings } from '../kinds/record.ts'
import type { LocalClient } from '../local-client.ts'
import type { Api } from '../requests/api.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import type { Collection } from '../store/collection.ts'
import type { StoreEvent } from '../store/stored.ts'
import { WorkQueue } from './work-queue.ts'

const rootCa = 'kube-root-ca.crt'

function conditions(api: Api, remaining: Map<string, number>, finalizers: Map<string, number>): Json[] {
  const condition = (type: string, bad: boolean, reason: [good: string, bad: string], message: [string, string]) => ({
    type,
    status: bad ? 'True' : 'False',
    lastTransitionTime: api.now(),
    reason: bad ? reason[1] : reason[0],
    message: bad ? message[1] : message[0],
  })
  const left = [...remaining].map(([r, n]) => `${r} has ${n} resource instances`).join(', ')
  const held = [...finalizers].map(([f, n]) => `${f} in ${n} resource instances`).join(', ')
  return [
    condition(
      'NamespaceDeletionDiscoveryFailure',
      false,
      ['ResourcesDiscovered', ''],
      ['All resources successfully discovered', ''],
    ),
    condition(
      'NamespaceDeletionGroupVersionParsingFailure',
      false,
      ['ParsedGroupVersions', ''],
      ['All legacy kube types successfully parsed', ''],
    ),
    condition(
      'NamespaceDeletionContentFailure',
      false,
      ['ContentDeleted', ''],
      ['All content successfully deleted, may be waiting on finalization', ''],
    ),
    condition(
      'NamespaceContentRemaining',
      remaining.size > 0,
      ['ContentRemoved', 'SomeResourcesRemain'],
      ['All content successfully removed', `Some resources are remaining: ${left}`],
    ),
    condition(
      'NamespaceFinalizersRemaining',
      finalizers.size > 0,
      ['ContentHasNoFinalizers', 'SomeFinalizersRemain'],
      ['All content-preserving finalizers finished', `Some content in the namespace has finalizers remaining: ${held}`],
    ),
  ]
}

export function startNamespaceLifecycle(api: Api, client: LocalClient): () => void {
  const collection = api.store.collection('/namespaces')
  const queue = new WorkQueue(name => reconcile(name))
  const terminating = new Set<string>()

  const refOf = (object: KubeObject) => ({
    apiVersion: object.apiVersion,
    kind: object.kind,
    name: object.metadata.name,
    ...(object.metadata.namespace ? { namespace: object.metadata.namespace } : {}),
  })

  async function provide(name: string): Promise<void> {
    const wanted: KubeObject[] = []
    if (!api.find('/serviceaccounts', name, 'default')) {
      wanted.push({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } })
    }
    const map = api.find('/configmaps', name, rootCa)
    if (!map) {
      wanted.push({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: rootCa,
          namespace: name,
          annotations: {
            'kubernetes.io/description':
              'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
          },
        },
        data: { 'ca.crt': api.caPem },
      })
    } else if (child(map, 'data')?.['ca.crt'] !== api.caPem) {
      await client.update({ ...map, data: { 'ca.crt': api.caPem } }, { fieldManager: 'kube-controller-manager' })
    }
    await Promise.all(wanted.map(o => client.create(o, { fieldManager: 'kube-controller-manager' })))
  }

  async function reconcile(name: string): Promise<void> {
    const namespace = collection.get('', name)?.object
    if (!namespace) {
      terminating.delete(name)
      return
    }
    if (!namespace.metadata.deletionTimestamp) return provide(name)
    terminating.add(name)
    await empty(name)
    const { remaining, finalizers } = contentOf(name)
    const live = collection.get('', name)?.object
    if (!live) return
    if (remaining.size === 0) {
      if (strings(child(live, 'spec')?.finalizers).length === 0) return
      const { resourceVersion: _, ...metadata } = live.metadata
      await client.updateSubresource(refOf(live), 'finalize', { ...live, metadata, spec: {} })
      return
    }
    await report(live, remaining, finalizers)
  }

  function namespacedTypes(): ResourceType[] {
    return [...api.registry.types]
      .filter(t => t.namespaced && !t.virtual && t.collection === `${t.group}/${t.resource}`)
      .sort((a, b) => Number(b.collection === '/pods') - Number(a.collection === '/pods'))
  }

  async function empty(name: string): Promise<void> {
    for (const type of namespacedTypes()) {
      const going = api
        .collection(type)
        .items(name)
        .filter(s => !s.object.metadata.deletionTimestamp)
        .map(s => client.delete(refOf(s.object), { propagationPolicy: 'Background' }))
      await Promise.all(going)
    }
  }

  function contentOf(name: string) {
    const remaining = new Map<string, number>()
    const finalizers = new Map<string, number>()
    for (const type of namespacedTypes()) {
      const objects = api.collection(type).items(name)
      if (!objects.length) continue
      remaining.set(type.group ? `${type.resource}.${type.group}` : `${type.resource}.`, objects.length)
      for (const { object } of objects) {
        for (const f of object.metadata.finalizers ?? []) finalizers.set(f, (finalizers.get(f) ?? 0) + 1)
      }
    }
    return { remaining, finalizers }
  }

  async function report(live: KubeObject, remaining: Map<string, number>, finalizers: Map<string, number>) {
    const status = child(live, 'status')
    const next = conditions(api, remaining, finalizers)
    const same = (a: Json[], b: Json[]) =>
      a.length === b.length && a.every((c, i) => c.status === b[i]?.status && c.message === b[i]?.message)
    if (same(items(status, 'conditions'), next)) return
    const { resourceVersion: _, ...metadata } = live.metadata
    await client.updateStatus({ ...live, metadata, status: { ...status, conditions: next } })
  }

  const listener = (batch: readonly { collection: Collection; event: StoreEvent }[]) => {
    for (const { collection: where, event } of batch) {
      const { name, namespace } = event.stored.object.metadata
      if (where === collection) queue.add(name)
      else if (event.type === 'DELETED' && namespace) {
        const provided =
          (where.key === '/serviceaccounts' && name === 'default') || (where.key === '/configmaps' && name === rootCa)
        if (provided || terminating.has(namespace)) queue.add(namespace)
      } else if (namespace && terminating.has(namespace) && !event.stored.object.metadata.deletionTimestamp) {
        queue.add(namespace)
      }
    }
  }
  api.store.listeners.add(listener)
  for (const { object } of collection.items('')) queue.add(object.metadata.name)
  return () => {
    api.store.listeners.delete(listener)
    queue.stop()
  }
}
