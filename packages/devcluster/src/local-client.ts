/**
 * The in-process client of the dev cluster: what its own simulated controllers, the node and the tests use. Every call takes
 * the same way as an HTTP request (authorisation, admission, defaulting, validation, managed fields, commit), only without
 * HTTP. Objects it returns or delivers are shared with the server's memory: treat them as frozen, copy before changing.
 */
import type { KubeObject, ObjectRef } from '@sluice/api'

/** Who asks. */
export interface User {
  name: string
  groups: string[]
  uid?: string
  extra?: Record<string, string[]>
}

/** A kind, in all namespaces or in one. */
export interface KindRef {
  apiVersion: string
  kind: string
  namespace?: string
}

export interface SelectOptions {
  labelSelector?: string
  fieldSelector?: string
}

export interface WriteOptions {
  /** The field manager that `metadata.managedFields` names; default is the client's. */
  fieldManager?: string
  dryRun?: boolean
}

export interface ApplyOptions extends WriteOptions {
  force?: boolean
  /** `status`, to apply to that subresource. */
  subresource?: string
}

export interface PatchOptions extends WriteOptions {
  subresource?: string
}

export interface DeleteOptions {
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  gracePeriodSeconds?: number
  preconditions?: { uid?: string; resourceVersion?: string }
  dryRun?: boolean
}

export type Patch =
  | { type: 'merge' | 'strategic'; body: Record<string, unknown> }
  | { type: 'json'; body: Record<string, unknown>[] }

export interface ObjectEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  object: KubeObject
  /** The state before, for MODIFIED and DELETED. */
  old?: KubeObject
}

/** Every method but `watch` rejects with `ApiError` (see `api-error.ts`). */
export interface LocalClient {
  /** The same client acting as somebody else; the default is a member of `system:masters`. */
  as(user: User, fieldManager?: string): LocalClient
  /** The object, or undefined when there is none. */
  get(ref: ObjectRef): Promise<KubeObject | undefined>
  /** Sorted by namespace and name. */
  list(kind: KindRef, options?: SelectOptions): Promise<KubeObject[]>
  create(object: KubeObject, options?: WriteOptions): Promise<KubeObject>
  /** Replaces the object; with `metadata.resourceVersion` only if that is still current (409 otherwise). */
  update(object: KubeObject, options?: WriteOptions): Promise<KubeObject>
  updateStatus(object: KubeObject, options?: WriteOptions): Promise<KubeObject>
  /** PUT to any other subresource (`scale`, `finalize`); the body is what that subresource takes. */
  updateSubresource(ref: ObjectRef, subresource: string, body: KubeObject, options?: WriteOptions): Promise<KubeObject>
  /** POST to a subresource: `binding` of a pod (answers the bound pod), `token` of a service account (a TokenRequest). */
  createSubresource(ref: ObjectRef, subresource: 'binding' | 'token', body: KubeObject): Promise<KubeObject>
  patch(ref: ObjectRef, patch: Patch, options?: PatchOptions): Promise<KubeObject>
  /** Server-side apply. */
  apply(object: KubeObject, options?: ApplyOptions): Promise<KubeObject>
  /** False when there was no such object. */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<boolean>
  /**
   * Delivers ADDED for every object that exists, then each committed change, in order, on a later turn of the event loop.
   * The kind may be one whose definition does not exist yet: it starts delivering when it does. The handler must not throw.
   */
  watch(kind: KindRef, handler: (event: ObjectEvent) => void): () => void
}
