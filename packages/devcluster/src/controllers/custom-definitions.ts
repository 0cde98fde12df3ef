/**
 * Makes resources out of CustomResourceDefinitions: accepts names, sets the conditions, serves the resource once it is Established,
 * and on deletion removes the instances first (apiextensions `controller/status`, `establish`, `finalizer`).
 */
import type { KubeObject } from '@sluice/api'
import { cleanupFinalizer, conditionStatus } from '../kinds/custom-definitions.ts'
import { child, items, type Json, strings, text } from '../kinds/record.ts'
import type { Api } from '../requests/api.ts'
import { remove } from '../requests/remove.ts'
import { type Caller, sameJson } from '../requests/request.ts'
import { customType } from '../resources/custom-type.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import type { Collection } from '../store/collection.ts'
import type { StoreEvent } from '../store/stored.ts'
import { WorkQueue } from './work-queue.ts'

interface Condition {
  type: string
  status: 'True' | 'False'
  reason: string
  message: string
}

const namesOf = (definition: KubeObject): Json => child(child(definition, 'spec'), 'names') ?? {}
const groupOf = (definition: KubeObject): string => text(child(definition, 'spec')?.group)

/** The condition that says whether somebody else in the group has one of the names. */
function namesCondition(definition: KubeObject, others: readonly ResourceType[]): Condition {
  const names = namesOf(definition)
  const taken = new Set(others.flatMap(t => [t.resource, t.singular, ...t.shortNames]))
  const kinds = new Set(others.flatMap(t => [t.kind, t.listKind]))
  const clash = (reason: string, name: string): Condition => ({
    type: 'NamesAccepted',
    status: 'False',
    reason,
    message: `${JSON.stringify(name)} is already in use`,
  })
  if (taken.has(text(names.plural))) return clash('PluralConflict', text(names.plural))
  if (taken.has(text(names.singular))) return clash('SingularConflict', text(names.singular))
  const short = strings(names.shortNames).find(n => taken.has(n))
  if (short) return clash('ShortNamesConflict', short)
  if (kinds.has(text(names.kind))) return clash('KindConflict', text(names.kind))
  if (kinds.has(text(names.listKind))) return clash('ListKindConflict', text(names.listKind))
  return { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
}

function withConditions(api: Api, definition: KubeObject, changed: readonly Condition[]): Json[] {
  const present = items(child(definition, 'status'), 'conditions')
  const out = [...present]
  for (const condition of changed) {
    const at = out.findIndex(c => c.type === condition.type)
    const old = out[at]
    const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : api.now()
    const next: Json = {
      type: condition.type,
      status: condition.status,
      lastTransitionTime,
      reason: condition.reason,
      message: condition.message,
    }
    if (at < 0) out.push(next)
    else if (!sameJson(old, next)) out[at] = next
  }
  return out
}

export function startCustomDefinitions(api: Api): () => void {
  const definitions = api.store.collection('apiextensions.k8s.io/customresourcedefinitions')
  const registered = new Map<string, KubeObject>()
  const queue = new WorkQueue(name => reconcile(name))
  const caller: Caller = {
    user: { name: 'system:apiserver', groups: ['system:masters'] },
    defaultManager: 'kube-apiserver',
    warnings: [],
  }

  async function writeStatus(definition: KubeObject, status: Json): Promise<void> {
    if (sameJson(definition.status, status)) return
    const { committed } = api.store.put(definitions, { ...definition, metadata: { ...definition.metadata }, status })
    await committed
  }

  async function reconcile(name: string): Promise<void> {
    const definition = definitions.get('', name)?.object
    if (!definition) return
    if (definition.metadata.deletionTimestamp) return finalize(definition)
    const own = `${groupOf(definition)}/${text(namesOf(definition).plural)}`
    const others = [...api.registry.types].filter(
      t => t.group === groupOf(definition) && `${t.group}/${t.resource}` !== own,
    )
    const accepted = namesCondition(definition, others)
    const status = child(definition, 'status') ?? {}
    const wasEstablished = conditionStatus(definition, 'Established') === 'True'
    const established: Condition =
      accepted.status === 'True' || wasEstablished
        ? {
            type: 'Established',
            status: 'True',
            reason: 'InitialNamesAccepted',
            message: 'the initial names have been accepted',
          }
        : { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }
    await writeStatus(definition, {
      ...status,
      ...(accepted.status === 'True' ? { acceptedNames: namesOf(definition) } : {}),
      conditions: withConditions(api, definition, [accepted, ...(wasEstablished ? [] : [established])]),
    })
  }

  async function finalize(definition: KubeObject): Promise<void> {
    if (!definition.metadata.finalizers?.includes(cleanupFinalizer)) return
    const [group, resource] = [groupOf(definition), text(namesOf(definition).plural)]
    const instances = api.store.collection(`${group}/${resource}`)
    const type = api.registry.type(group, resource)
    if (type) {
      for (const { object } of instances.items()) {
        if (object.metadata.deletionTimestamp) continue
        const { namespace = '', name } = object.metadata
        await remove(api, caller, { served: type.storage, namespace, name, subresource: '' }, {})
      }
    }
    const live = definitions.get('', definition.metadata.name)
    if (!live || instances.size > 0) return
    const finalizers = (live.object.metadata.finalizers ?? []).filter(f => f !== cleanupFinalizer)
    const metadata = { ...live.object.metadata, finalizers }
    const { committed } = finalizers.length
      ? api.store.put(definitions, { ...live.object, metadata })
      : api.store.remove(definitions, live)
    await committed
  }

  /** Serves what is established, as soon as it is committed. */
  function register(definition: KubeObject): void {
    if (conditionStatus(definition, 'Established') !== 'True') return
    const before = registered.get(definition.metadata.name)
    const same =
      before &&
      sameJson(before.spec, definition.spec) &&
      sameJson(child(before, 'status')?.acceptedNames, child(definition, 'status')?.acceptedNames) &&
      before.metadata.deletionTimestamp === definition.metadata.deletionTimestamp
    if (same) return
    registered.set(definition.metadata.name, definition)
    api.registry.add(customType(definition))
  }

  function unregister(definition: KubeObject): void {
    if (!registered.delete(definition.metadata.name)) return
    api.registry.remove(groupOf(definition), text(namesOf(definition).plural))
  }

  const listener = (batch: readonly { collection: Collection; event: StoreEvent }[]) => {
    for (const { collection, event } of batch) {
      const { object } = event.stored
      if (collection === definitions) {
        if (event.type === 'DELETED') unregister(object)
        else {
          register(object)
          queue.add(object.metadata.name)
        }
      } else if (event.type === 'DELETED') {
        const [group, resource] = collection.key.split('/')
        const name = `${resource}.${group}`
        if (registered.get(name)?.metadata.deletionTimestamp) queue.add(name)
      }
    }
  }
  api.store.listeners.add(listener)
  for (const { object } of definitions.items('')) {
    register(object)
    queue.add(object.metadata.name)
  }
  return () => {
    api.store.listeners.delete(listener)
    queue.stop()
  }
}
