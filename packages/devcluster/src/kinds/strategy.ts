/**
 * What is special about a kind on its way through the server. Every member is optional: a kind without any is plain data
 * (ConfigMaps nearly are). Objects handed to the `prepare*`, `default*` and `admit*` steps are the request's own and may be
 * changed in place; `live` is shared and must not be.
 */
import type { KubeObject } from '@sluice/api'
import type { Cause } from '../api-error.ts'
import type { DeleteOptions, User } from '../local-client.ts'
import type { Api } from '../requests/api.ts'

export interface WriteContext {
  api: Api
  user: User
  operation: 'CREATE' | 'UPDATE'
  subresource: string
  dryRun: boolean
  warnings: string[]
}

/** Which characters a name may have. `path`: anything that can stand in a URL path segment. */
export type NameRule = 'subdomain' | 'label' | 'label1035' | 'path'

export interface KindStrategy {
  name?: NameRule
  /** PUT to a missing object creates it. */
  createOnUpdate?: boolean
  /** Updates must name the resourceVersion they are based on. */
  needsResourceVersion?: boolean
  /** Tells whether a change counts as a new generation; absent: the kind has no generations. */
  generation?: (next: KubeObject, live: KubeObject) => boolean
  /** A status in the body of a create is kept although the kind has a status subresource. */
  keepsStatus?: boolean
  /** A write of the status may also change labels, annotations, finalizers and owners, or only annotations. */
  statusMetadata?: boolean | 'annotations'
  /** An update is validated like a new object as well, which shows in the number of causes. */
  revalidatesMetadata?: boolean
  /** Deletion sets no grace period. */
  withoutGracePeriod?: boolean
  /** DELETE answers the object instead of a Status. */
  returnsDeleted?: boolean
  /** Typed defaults that no schema says; runs on every object that is decoded, so it must be idempotent. */
  defaults?(object: KubeObject): void
  prepareCreate?(object: KubeObject, context: WriteContext): void
  prepareUpdate?(object: KubeObject, live: KubeObject, context: WriteContext): void
  /** Changes and refuses as the built-in admission plugins do; throws ApiError. */
  admit?(object: KubeObject, live: KubeObject | undefined, context: WriteContext): void
  validate?(object: KubeObject, live: KubeObject | undefined, context: WriteContext): Cause[]
  /** Refuses a deletion; throws ApiError. */
  admitDelete?(live: KubeObject, user: User): void
  /** Seconds an object stays terminating after DELETE; undefined or 0: it goes at once. */
  gracePeriod?(live: KubeObject, options: DeleteOptions): number | undefined
  /** Changes the object when deletion begins (namespaces become Terminating); true keeps it as if it had a finalizer. */
  beginDelete?(object: KubeObject): boolean
  /** Whether the object still may not go although `metadata.finalizers` is empty. */
  held?(object: KubeObject): boolean
  /** Fields besides metadata.name and metadata.namespace that field selectors may name, with how to read them. */
  fields?: Readonly<Record<string, (object: KubeObject) => string>>
  /** The kind's conversion refuses unknown field labels with its own text. */
  ownFieldLabels?: boolean
}
