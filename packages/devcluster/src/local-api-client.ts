/** The in-process client over the verbs; see `local-client.ts` for what it promises. */
import type { KubeObject, ObjectRef } from '@sluice/api'
import { requestToken } from './access/token-request.ts'
import { ApiError, failure, notFound } from './api-error.ts'
import type {
  ApplyOptions,
  DeleteOptions,
  KindRef,
  LocalClient,
  ObjectEvent,
  Patch,
  PatchOptions,
  SelectOptions,
  User,
  WriteOptions,
} from './local-client.ts'
import { jsonPatch, MergeError, mergePatch, strategicMerge } from './merge/index.ts'
import type { Api } from './requests/api.ts'
import { create } from './requests/create.ts'
import { finalize } from './requests/finalize.ts'
import { bind } from './requests/pod-subresources.ts'
import { get, list } from './requests/read.ts'
import { remove } from './requests/remove.ts'
import { type Answer, type Caller, copied, type Target, type WriteQuery } from './requests/request.ts'
import { writeScale } from './requests/scale.ts'
import { apply, patch, update } from './requests/update.ts'
import { viewOf } from './requests/views.ts'
import type { ResourceType, ServedVersion } from './resources/resource-type.ts'
import type { Collection } from './store/collection.ts'
import type { StoreEvent } from './store/stored.ts'

const master: User = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] }

export class LocalApiClient implements LocalClient {
  readonly #api: Api
  readonly #user: User
  readonly #manager: string

  constructor(api: Api, user: User = master, manager = 'kube-controller-manager') {
    this.#api = api
    this.#user = user
    this.#manager = manager
  }

  as(user: User, fieldManager = this.#manager): LocalClient {
    return new LocalApiClient(this.#api, user, fieldManager)
  }

  #served({ apiVersion, kind }: { apiVersion: string; kind: string }): ServedVersion {
    const served = this.#api.registry.byKind(apiVersion, kind)
    if (!served) {
      throw failure(
        404,
        'NotFound',
        `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`,
      )
    }
    return served
  }

  /** Resolves the target and checks that the user may. */
  #target(
    verb: string,
    ref: { apiVersion: string; kind: string; namespace?: string; name?: string },
    subresource = '',
  ): Target {
    const served = this.#served(ref)
    const { type } = served
    const namespace = type.namespaced ? (ref.namespace ?? '') : ''
    const name = ref.name ?? ''
    this.#api.authorize(this.#user, {
      verb,
      group: type.group,
      resource: type.resource,
      ...(namespace ? { namespace } : {}),
      ...(name ? { name } : {}),
      ...(subresource ? { subresource } : {}),
    })
    return { served, namespace, name, subresource }
  }

  #caller(): Caller {
    return { user: this.#user, defaultManager: this.#manager, warnings: [] }
  }

  #query(options: WriteOptions = {}): WriteQuery {
    return {
      fieldManager: options.fieldManager ?? this.#manager,
      dryRun: options.dryRun ?? false,
      fieldValidation: 'Ignore',
    }
  }

  #object(target: Target, answer: Answer): KubeObject {
    return answer.stored ? viewOf(target.served, answer.stored).object : answer.object
  }

  async get(ref: ObjectRef): Promise<KubeObject | undefined> {
    const target = this.#target('get', ref)
    try {
      return (await get(this.#api, target)).object
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined
      throw error
    }
  }

  async list(kind: KindRef, options: SelectOptions = {}): Promise<KubeObject[]> {
    const target = this.#target('list', kind)
    const page = await list(this.#api, target, {
      labelSelector: options.labelSelector ?? null,
      fieldSelector: options.fieldSelector ?? null,
      limit: 0,
      continue: '',
      resourceVersion: '',
      resourceVersionMatch: '',
      sendInitialEvents: false,
    })
    return page.items.map(i => i.object)
  }

  async create(object: KubeObject, options?: WriteOptions): Promise<KubeObject> {
    const { namespace } = object.metadata
    const target = this.#target('create', { ...object, ...(namespace ? { namespace } : {}) })
    return this.#object(target, await create(this.#api, this.#caller(), target, copied(object), this.#query(options)))
  }

  async update(object: KubeObject, options?: WriteOptions): Promise<KubeObject> {
    return this.#put(object, '', options)
  }

  async updateStatus(object: KubeObject, options?: WriteOptions): Promise<KubeObject> {
    return this.#put(object, 'status', options)
  }

  async #put(object: KubeObject, subresource: string, options?: WriteOptions): Promise<KubeObject> {
    const { namespace, name, resourceVersion } = object.metadata
    const target = this.#target('update', { ...object, ...(namespace ? { namespace } : {}), name }, subresource)
    const body = copied(object)
    if (!resourceVersion && target.served.type.strategy.needsResourceVersion) {
      const live = (await get(this.#api, { ...target, subresource: '' })).object
      body.metadata = { ...body.metadata, resourceVersion: live.metadata.resourceVersion ?? '' }
    }
    return this.#object(target, await update(this.#api, this.#caller(), target, body, this.#query(options)))
  }

  async updateSubresource(
    ref: ObjectRef,
    subresource: string,
    body: KubeObject,
    options?: WriteOptions,
  ): Promise<KubeObject> {
    const target = this.#target('update', ref, subresource)
    if (subresource === 'finalize') {
      return this.#object(target, await finalize(this.#api, target, body, this.#query(options)))
    }
    if (subresource === 'scale') {
      return (await writeScale(this.#api, this.#caller(), target, this.#query(options), () => body)).object
    }
    if (!target.served.subresources.has(subresource)) throw notFound(target.served.type, ref.name)
    return this.#put(body, subresource, options)
  }

  async createSubresource(ref: ObjectRef, subresource: 'binding' | 'token', body: KubeObject): Promise<KubeObject> {
    const target = this.#target('create', ref, subresource)
    if (subresource === 'token') return requestToken(this.#api, target, body, this.#caller())
    await bind(this.#api, target, body, this.#query())
    return (await get(this.#api, { ...target, subresource: '' })).object
  }

  async patch(ref: ObjectRef, change: Patch, options: PatchOptions = {}): Promise<KubeObject> {
    const target = this.#target('patch', ref, options.subresource)
    const { schema } = target.served
    const body = copied(change.body)
    const apply = (live: Record<string, unknown>): unknown =>
      change.type === 'json'
        ? jsonPatch(live, body)
        : change.type === 'merge'
          ? mergePatch(live, body)
          : strategicMerge(schema, live, body)
    try {
      return this.#object(target, await patch(this.#api, this.#caller(), target, this.#query(options), apply))
    } catch (error) {
      throw asApiError(error)
    }
  }

  async apply(object: KubeObject, options: ApplyOptions = {}): Promise<KubeObject> {
    const { namespace, name } = object.metadata
    const target = this.#target('patch', { ...object, ...(namespace ? { namespace } : {}), name }, options.subresource)
    const query = { ...this.#query(options), ...(options.force ? { force: true } : {}) }
    try {
      return this.#object(target, await apply(this.#api, this.#caller(), target, copied(object), query))
    } catch (error) {
      throw asApiError(error)
    }
  }

  async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<boolean> {
    const target = this.#target('delete', ref)
    try {
      await remove(this.#api, this.#caller(), target, options)
      return true
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return false
      throw error
    }
  }

  watch(kind: KindRef, handler: (event: ObjectEvent) => void): () => void {
    const { registry, store } = this.#api
    let collection: Collection | undefined
    let served: ServedVersion | undefined
    let stopped = false

    const deliver = (event: StoreEvent) => {
      if (!served || stopped) return
      const { namespace } = event.stored.object.metadata
      if (kind.namespace && namespace !== kind.namespace) return
      const object = viewOf(served, event.stored).object
      const old = event.old && viewOf(served, event.old).object
      handler({ type: event.type, object, ...(old ? { old } : {}) })
    }
    const begin = async (found: ServedVersion) => {
      served = found
      const where = this.#api.collection(found.type)
      if (collection === where) return
      collection = where
      await (store.settled() ?? Promise.resolve()).catch(() => {})
      if (stopped) return
      for (const stored of where.items(kind.namespace)) {
        handler({ type: 'ADDED', object: viewOf(found, stored).object })
      }
      where.watchers.add(deliver)
    }
    const seek = (type?: ResourceType, present = true) => {
      if (type && (!present || type.group !== groupOf(kind.apiVersion))) return
      const found = registry.byKind(kind.apiVersion, kind.kind)
      if (found) void begin(found)
    }
    registry.listeners.add(seek)
    setImmediate(() => {
      if (!stopped) seek()
    })
    return () => {
      stopped = true
      registry.listeners.delete(seek)
      collection?.watchers.delete(deliver)
    }
  }
}

const groupOf = (apiVersion: string) => (apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '')

const asApiError = (error: unknown): unknown =>
  error instanceof MergeError ? failure(error.code, error.reason ?? '', error.message) : error
