import type { KubeObject, ObjectRef, Status } from '@sluice/api'
import { isNotFound } from './api-error.ts'
import { Discovery, type ResourceInfo, resourcePath } from './discovery.ts'
import type { ClusterAccess } from './kubeconfig.ts'
import { type Impersonation, Transport, type TransportRequest } from './transport.ts'

/** A client of one Kubernetes API server under one identity: objects in, objects out, errors as ApiError. */
export interface KindRef {
  apiVersion: string
  kind: string
}

export interface ListOptions {
  namespace?: string
  /** Only metadata comes: for who watches objects whose content is large, or none of his business. */
  metadataOnly?: boolean
  labelSelector?: string
  fieldSelector?: string
  signal?: AbortSignal
}

export interface WriteOptions {
  fieldManager?: string
  dryRun?: boolean
  /** What the server does about fields that it does not know, and about keys given twice; its own default is `Warn`. */
  fieldValidation?: 'Ignore' | 'Warn' | 'Strict'
  subresource?: string
  signal?: AbortSignal
}

export interface DeleteOptions {
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  uid?: string
  resourceVersion?: string
  dryRun?: boolean
}

/** Numbers as the server writes them: `1`, `35`, `v1.35.0`. */
export interface ServerVersion {
  major: string
  minor: string
  gitVersion: string
}

export type PatchType = 'json' | 'merge' | 'strategic'

export interface WatchOptions extends ListOptions {
  resourceVersion?: string
  /** When the server shall end the watch. */
  timeoutSeconds?: number
  /** Milliseconds of silence after which the watch counts as ended: a dead connection says nothing either. */
  idleTimeout?: number
}

export type WatchEvent =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: KubeObject }
  | { type: 'ERROR'; object: Status }

export interface Page<T> {
  items: T[]
  /** Of the whole collection: where a watch goes on from. The same on all pages. */
  resourceVersion: string
}

/** Objects a list asks for at a time. */
const PAGE = 500

export class KubeClient {
  readonly transport: Transport
  readonly discovery: Discovery
  readonly #as: Impersonation | undefined

  constructor(access: ClusterAccess | { transport: Transport; discovery: Discovery; as?: Impersonation }) {
    if ('transport' in access) {
      this.transport = access.transport
      this.discovery = access.discovery
      this.#as = access.as
    } else {
      this.transport = new Transport(access)
      this.discovery = new Discovery(this.transport)
    }
  }

  /** The same server, as somebody else (`Impersonate-User`). Connections and discovery are shared. */
  as(impersonation: Impersonation): KubeClient {
    return new KubeClient({ transport: this.transport, discovery: this.discovery, as: impersonation })
  }

  async get<T extends KubeObject = KubeObject>(ref: ObjectRef, subresource?: string, signal?: AbortSignal): Promise<T> {
    const info = await this.discovery.resourceFor(ref.apiVersion, ref.kind)
    return this.#json<T>(info, {
      method: 'GET',
      path: objectPath(info, ref.namespace, ref.name, subresource),
      signal,
    })
  }

  /** Like {@link get}, but `undefined` when there is no such object. */
  async find<T extends KubeObject = KubeObject>(ref: ObjectRef, signal?: AbortSignal): Promise<T | undefined> {
    try {
      return await this.get<T>(ref, undefined, signal)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  /** The whole collection. `resourceVersion` is where a watch goes on from. */
  async list<T extends KubeObject = KubeObject>(kind: KindRef, options: ListOptions = {}): Promise<Page<T>> {
    const whole: Page<T> = { items: [], resourceVersion: '' }
    for await (const page of this.pages<T>(kind, options)) {
      for (const item of page.items) whole.items.push(item)
      whole.resourceVersion = page.resourceVersion
    }
    return whole
  }

  /** The collection as it comes, so that nobody has to hold all of it. */
  async *pages<T extends KubeObject = KubeObject>(kind: KindRef, options: ListOptions = {}): AsyncGenerator<Page<T>> {
    const info = await this.discovery.resourceFor(kind.apiVersion, kind.kind)
    for (let next: string | undefined = ''; next !== undefined; ) {
      const query: string = queryOf({ ...selectors(options), limit: String(PAGE), continue: next || undefined })
      const path = resourcePath(info, options.namespace) + query
      const page: { items?: T[]; metadata?: { resourceVersion?: string; continue?: string } } = await this.#json(info, {
        method: 'GET',
        path,
        accept: options.metadataOnly ? metadataOnly('PartialObjectMetadataList') : undefined,
        signal: options.signal,
      })
      // Items of built-in lists carry no kind of their own.
      const items = (page.items ?? []).map(item => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind }))
      yield { items, resourceVersion: page.metadata?.resourceVersion ?? '' }
      next = page.metadata?.continue || undefined
    }
  }

  async create<T extends KubeObject>(object: T, options: WriteOptions = {}): Promise<T> {
    const info = await this.#infoOf(object)
    const name = options.subresource ? object.metadata.name : undefined
    const path = resourcePath(info, object.metadata.namespace, name, options.subresource) + writeQuery(options)
    return this.#json<T>(info, { method: 'POST', path, body: JSON.stringify(object), signal: options.signal })
  }

  async update<T extends KubeObject>(object: T, options: WriteOptions = {}): Promise<T> {
    const info = await this.#infoOf(object)
    const { namespace, name } = object.metadata
    const path = objectPath(info, namespace, name, options.subresource) + writeQuery(options)
    return this.#json<T>(info, { method: 'PUT', path, body: JSON.stringify(object), signal: options.signal })
  }

  async patch<T extends KubeObject = KubeObject>(
    ref: ObjectRef,
    body: unknown,
    type: PatchType = 'merge',
    options: WriteOptions = {},
  ): Promise<T> {
    const info = await this.discovery.resourceFor(ref.apiVersion, ref.kind)
    const path = objectPath(info, ref.namespace, ref.name, options.subresource) + writeQuery(options)
    const contentType =
      type === 'strategic' ? 'application/strategic-merge-patch+json' : `application/${type}-patch+json`
    return this.#json<T>(info, {
      method: 'PATCH',
      path,
      body: JSON.stringify(body),
      contentType,
      signal: options.signal,
    })
  }

  /** Server-side apply. With `force`, fields of other managers are taken over. */
  async apply<T extends KubeObject>(
    object: T,
    options: WriteOptions & { fieldManager: string; force?: boolean },
  ): Promise<T> {
    const info = await this.#infoOf(object)
    const { namespace, name } = object.metadata
    const query = writeQuery(options, { force: options.force ? 'true' : undefined })
    const path = objectPath(info, namespace, name, options.subresource) + query
    const contentType = 'application/apply-patch+yaml'
    return this.#json<T>(info, {
      method: 'PATCH',
      path,
      body: JSON.stringify(object),
      contentType,
      signal: options.signal,
    })
  }

  /** Answers the object as long as it is still there: something holds it, or it has time to end. */
  async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<KubeObject | undefined> {
    const info = await this.discovery.resourceFor(ref.apiVersion, ref.kind)
    const { uid, resourceVersion } = options
    const body = JSON.stringify({
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: options.propagationPolicy,
      dryRun: options.dryRun ? ['All'] : undefined,
      preconditions: uid || resourceVersion ? { uid, resourceVersion } : undefined,
    })
    const path = objectPath(info, ref.namespace, ref.name)
    const answer = await this.#json<KubeObject | Status | undefined>(info, { method: 'DELETE', path, body })
    return answer && isObject(answer) && answer.metadata.deletionTimestamp ? answer : undefined
  }

  /** What the server says of its own version. */
  async serverVersion(): Promise<ServerVersion> {
    return this.transport.json<ServerVersion>({ method: 'GET', path: '/version' }, this.#as)
  }

  /** What a container has written so far. */
  async logs(pod: { namespace: string; name: string; container?: string }, signal?: AbortSignal): Promise<string> {
    const info = await this.discovery.resourceFor('v1', 'Pod')
    const path = resourcePath(info, pod.namespace, pod.name, 'log') + queryOf({ container: pod.container })
    return this.transport.text({ method: 'GET', path, signal }, this.#as)
  }

  /** Events from `resourceVersion` on, until the server ends the watch or `signal` aborts. */
  async *watch(kind: KindRef, options: WatchOptions = {}): AsyncGenerator<WatchEvent> {
    const info = await this.discovery.resourceFor(kind.apiVersion, kind.kind)
    const query = queryOf({
      ...selectors(options),
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: options.resourceVersion,
      timeoutSeconds: options.timeoutSeconds === undefined ? undefined : String(options.timeoutSeconds),
    })
    const path = resourcePath(info, options.namespace) + query
    const { signal, idleTimeout } = options
    const accept = options.metadataOnly ? metadataOnly('PartialObjectMetadata') : undefined
    for await (const line of this.transport.lines({ method: 'GET', path, accept, signal, idleTimeout }, this.#as)) {
      yield JSON.parse(line) as WatchEvent
    }
  }

  async #infoOf(object: KubeObject): Promise<ResourceInfo> {
    return this.discovery.resourceFor(object.apiVersion, object.kind)
  }

  async #json<T>(info: ResourceInfo, request: TransportRequest): Promise<T> {
    try {
      return await this.transport.json<T>(request, this.#as)
    } catch (error) {
      // An object that is missing is named; without a name it is the resource that the server does not serve (any more).
      if (isNotFound(error) && error.details === undefined) this.discovery.doubt(info)
      throw error
    }
  }
}

/** Of one object: without a name the path would be that of all of them. */
function objectPath(info: ResourceInfo, namespace: string | undefined, name: string, subresource?: string): string {
  if (!name) throw new Error('resource name may not be empty')
  return resourcePath(info, namespace, name, subresource)
}

const isObject = (answer: KubeObject | Status): answer is KubeObject => answer.kind !== 'Status'

/** Who a service account is to the API server. */
export function serviceAccountUser(namespace: string, name: string): Impersonation {
  return { user: `system:serviceaccount:${namespace}:${name}` }
}

const metadataOnly = (kind: string): string => `application/json;as=${kind};g=meta.k8s.io;v=v1`

const selectors = (o: ListOptions) => ({ labelSelector: o.labelSelector, fieldSelector: o.fieldSelector })

function writeQuery(options: WriteOptions, more: Record<string, string | undefined> = {}): string {
  const { fieldManager, fieldValidation, dryRun } = options
  return queryOf({ fieldManager, fieldValidation, dryRun: dryRun ? 'All' : undefined, ...more })
}

function queryOf(parameters: Record<string, string | undefined>): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(parameters)) if (value !== undefined) query.set(key, value)
  const text = query.toString()
  return text ? `?${text}` : ''
}
