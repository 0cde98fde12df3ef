/** Keeps `status.hard` and `status.used` of ResourceQuotas. Only namespaces that have one cost anything. */
import { quotaStatus } from '../admission/resource-quota.ts'
import type { LocalClient } from '../local-client.ts'
import type { Api } from '../requests/api.ts'
import { sameJson } from '../requests/request.ts'
import type { Collection } from '../store/collection.ts'
import type { StoreEvent } from '../store/stored.ts'
import { WorkQueue } from './work-queue.ts'

export function startResourceQuotas(api: Api, client: LocalClient): () => void {
  const quotas = api.store.collection('/resourcequotas')
  const queue = new WorkQueue(async namespace => {
    for (const { object: quota } of quotas.items(namespace)) {
      const status = quotaStatus(api, quota)
      if (sameJson(quota.status, status)) continue
      const { resourceVersion: _, ...metadata } = quota.metadata
      await client.updateStatus({ ...quota, metadata, status })
    }
  })
  const listener = (batch: readonly { collection: Collection; event: StoreEvent }[]) => {
    if (quotas.size === 0) return
    for (const { event } of batch) {
      const { namespace } = event.stored.object.metadata
      if (namespace && quotas.items(namespace).length) queue.add(namespace)
    }
  }
  api.store.listeners.add(listener)
  for (const { object } of quotas.items()) queue.add(object.metadata.namespace ?? '')
  return () => {
    api.store.listeners.delete(listener)
    queue.stop()
  }
}
