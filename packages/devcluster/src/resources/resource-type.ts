/**
 * What the server knows of one resource (`deployments.apps`): its names, its versions, how a kind's objects are kept. Built-in
 * resources and those of custom definitions have the same shape; only `strategy` and the schemas differ.
 */
import type { KubeObject } from '@sluice/api'
import type { Schema } from '@sluice/api/builtin'
import type { KindStrategy } from '../kinds/strategy.ts'

export interface SubresourceType {
  name: string
  group: string
  version: string
  kind: string
  verbs: readonly string[]
}

/** A printer column of a custom resource. */
export interface PrinterColumn {
  name: string
  type: string
  format?: string
  description?: string
  priority?: number
  jsonPath: string
}

export interface ScalePaths {
  specReplicasPath: string
  statusReplicasPath: string
  labelSelectorPath?: string
}

/** A resource at one version: what a request path names. */
export interface ServedVersion {
  readonly type: ResourceType
  readonly version: string
  /** `apps/v1`, `v1`. */
  readonly apiVersion: string
  readonly kind: string
  readonly schema: Schema | undefined
  /** The schema as a custom definition spells it, for OpenAPI documents. */
  readonly openApiSchema?: object
  readonly verbs: readonly string[]
  readonly subresources: ReadonlyMap<string, SubresourceType>
  readonly columns?: readonly PrinterColumn[]
  readonly scale?: ScalePaths
  readonly selectableFields?: readonly string[]
  /** Text of the Warning header that every request gets. */
  readonly deprecation?: string | undefined
  /** Between what is stored and what this version shows; absent when both are the same. Must not change its argument. */
  readonly convert?: {
    fromStored(object: KubeObject): KubeObject
    toStored(object: KubeObject): KubeObject
  }
}

export interface ResourceType {
  readonly group: string
  /** Plural. */
  readonly resource: string
  readonly kind: string
  readonly listKind: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly namespaced: boolean
  /** Served versions, the preferred one first. */
  readonly versions: readonly ServedVersion[]
  /** The version that objects are stored at; it may not be served. */
  readonly storage: ServedVersion
  readonly custom: boolean
  /** The custom definition behind it is being deleted: nothing new may be created. */
  readonly terminating?: boolean
  /** Nothing is stored (reviews). */
  readonly virtual: boolean
  /** Where the store keeps the objects: `group/resource`. */
  readonly collection: string
  readonly strategy: KindStrategy
}
