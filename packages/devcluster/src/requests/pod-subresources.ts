/** `pods/x/binding` and `pods/x/eviction`: POSTs that change or remove the pod they name. */
import type { KubeObject, Status } from '@sluice/api'
import { badRequest, failure, notFound, unclassified } from '../api-error.ts'
import { boundPod } from '../kinds/pods.ts'
import { child, isJson, items, number } from '../kinds/record.ts'
import type { Api } from './api.ts'
import { selectorMatches } from './label-selector.ts'
import { deleteOptions, remove } from './remove.ts'
import type { Caller, Target, WriteQuery } from './request.ts'

const created: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }

export async function bind(api: Api, target: Target, body: unknown, query: WriteQuery): Promise<Status> {
  const collection = api.collection(target.served.type)
  const stored = collection.get(target.namespace, target.name)
  if (!stored) throw notFound(target.served.type, target.name)
  const bound = boundPod(stored.object, body)
  if (!query.dryRun) {
    const { committed } = api.store.put(collection, withScheduled(api, bound))
    await committed
  }
  return created
}

function withScheduled(api: Api, pod: KubeObject): KubeObject {
  const status = child(pod, 'status') ?? {}
  const others = items(status, 'conditions').filter(c => c.type !== 'PodScheduled')
  const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: api.now() }
  return { ...pod, metadata: { ...pod.metadata }, status: { ...status, conditions: [scheduled, ...others] } }
}

function checkBudget(api: Api, pod: KubeObject): void {
  const budgets = api.store
    .collection('policy/poddisruptionbudgets')
    .items(pod.metadata.namespace)
    .filter(({ object }) => selectorMatches(child(child(object, 'spec'), 'selector'), pod.metadata.labels))
  if (budgets.length > 1) {
    throw unclassified(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    )
  }
  for (const { object: budget } of budgets) {
    const status = child(budget, 'status')
    if (number(status?.disruptionsAllowed) > 0) continue
    throw failure(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
      causes: [
        {
          reason: 'DisruptionBudget',
          message: `The disruption budget ${budget.metadata.name} needs ${number(status?.desiredHealthy)} healthy pods and has ${number(status?.currentHealthy)} currently`,
        },
      ],
    })
  }
}

export async function evict(
  api: Api,
  caller: Caller,
  target: Target,
  body: unknown,
  query: WriteQuery,
): Promise<Status> {
  const stored = api.collection(target.served.type).get(target.namespace, target.name)
  if (!stored) throw notFound(target.served.type, target.name)
  const named = isJson(body) ? child(body, 'metadata')?.name : undefined
  if (named && named !== target.name) throw badRequest('name in URL does not match name in Eviction object')
  checkBudget(api, stored.object)
  const options = deleteOptions(isJson(body) ? body.deleteOptions : undefined)
  await remove(api, caller, { ...target, subresource: '' }, query.dryRun ? { ...options, dryRun: true } : options)
  return created
}
