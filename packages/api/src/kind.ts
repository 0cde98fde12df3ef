/**
 * What a custom resource is: its names, scope and versions, each version with the schemas of `spec` and `status`.
 *
 * Schemas are functions, so that importing this package costs nothing until a definition, a page or a validation is asked for.
 */
import type { KubeObject, ObjectMeta } from './object.ts'
import type { Schema, Static } from './schema/schema.ts'

/** One column of `kubectl get`. */
export interface PrinterColumn {
  name: string
  type: 'string' | 'integer' | 'boolean' | 'date'
  jsonPath: string
  /** 1 and above show only with `-o wide`. */
  priority?: number
}

export interface KindVersion {
  name: string
  served: boolean
  /** Exactly one version of a kind is what the API server stores. */
  storage: boolean
  /** What the API server warns with when this version is used. */
  deprecationWarning?: string
  columns: readonly PrinterColumn[]
  spec: () => Schema<unknown>
  /** Present when the kind has a status; its subresource exists unless `statusSubresource` is false. */
  status?: () => Schema<unknown>
}

export interface KindDefinition {
  group: string
  kind: string
  plural: string
  singular: string
  shortNames: readonly string[]
  categories: readonly string[]
  scope: 'Namespaced' | 'Cluster'
  /** What the kind is for, in a sentence: opens its reference page and the CRD's schema. */
  description: string
  /** The controller that owns the definition (label `app.kubernetes.io/component`). */
  component: string
  /** Annotations of the CustomResourceDefinition itself. */
  annotations?: Readonly<Record<string, string>>
  /** The newest first; the first is the storage version. */
  versions: readonly [KindVersion, ...KindVersion[]]
}

/** Keeps the literal types of a definition, from which `Resource` makes the static type. */
export function defineKind<const D extends KindDefinition>(definition: D): D {
  return definition
}

type VersionOf<D extends KindDefinition, V extends string> = Extract<D['versions'][number], { name: V }>
type SpecOf<V> = V extends { spec: () => infer S } ? Static<S> : never
type StatusOf<V> = V extends { status: () => infer S } ? { status?: Static<S> } : unknown
type Flat<T> = { [K in keyof T]: T[K] }

/**
 * The objects of a kind. The API server lets an object without `spec` pass where the kind's schema does not demand one;
 * `isKind` refuses such an object, so that whoever holds a `Resource` may rely on its spec.
 */
export type Resource<D extends KindDefinition, V extends string = D['versions'][0]['name']> = Flat<
  {
    apiVersion: `${D['group']}/${V}`
    kind: D['kind']
    metadata: ObjectMeta
    spec: SpecOf<VersionOf<D, V>>
  } & StatusOf<VersionOf<D, V>>
>

/** `group/version` of the version that is stored. */
export function apiVersionOf<D extends KindDefinition>(definition: D): `${D['group']}/${D['versions'][0]['name']}` {
  return `${definition.group}/${definition.versions[0].name}`
}

/** Whether an object is of this kind (its storage version) and has a spec. The API server has validated the rest. */
export function isKind<D extends KindDefinition>(
  definition: D,
  object: KubeObject,
): object is KubeObject & Resource<D> {
  return (
    object.kind === definition.kind &&
    object.apiVersion === apiVersionOf(definition) &&
    typeof object.spec === 'object' &&
    object.spec !== null
  )
}
