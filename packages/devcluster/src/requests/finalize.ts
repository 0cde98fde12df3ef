/** `PUT namespaces/x/finalize`: the namespace controller's way to say that the content is gone. */
import type { KubeObject } from '@sluice/api'
import { modified, notFound } from '../api-error.ts'
import { child, isJson, strings } from '../kinds/record.ts'
import type { Api } from './api.ts'
import type { Answer, Target, WriteQuery } from './request.ts'

export async function finalize(api: Api, target: Target, body: unknown, query: WriteQuery): Promise<Answer> {
  const collection = api.collection(target.served.type)
  const stored = collection.get('', target.name)
  if (!stored) throw notFound(target.served.type, target.name)
  const live = stored.object
  const sent = isJson(body) ? body : {}
  const version = child(sent, 'metadata')?.resourceVersion
  if (version && version !== live.metadata.resourceVersion) throw modified(target.served.type, target.name)
  const finalizers = strings(child(sent, 'spec')?.finalizers)
  const object: KubeObject = {
    ...live,
    metadata: { ...live.metadata },
    spec: finalizers.length ? { finalizers } : {},
  }
  if (query.dryRun) return { code: 200, object }
  const gone = live.metadata.deletionTimestamp && finalizers.length === 0 && !live.metadata.finalizers?.length
  const { stored: last, committed } = gone
    ? api.store.remove(collection, stored, object)
    : api.store.put(collection, object)
  await committed
  return { code: 200, object: last.object, stored: last }
}
