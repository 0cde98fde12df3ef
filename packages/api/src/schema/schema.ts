/**
 * The schema builder: one call describes a field once, and everything else follows from it: the static type (inferred),
 * the structural OpenAPI v3 schema of a CustomResourceDefinition, validation and the reference page.
 *
 * A `Schema<T>` holds its OpenAPI node; `T` exists for the compiler only. Properties are optional unless wrapped in `required()`,
 * which is what Kubernetes kinds need most often.
 */

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }

/** One CEL rule (`x-kubernetes-validations`); the API server refuses the object with `message` when `rule` is false. */
export interface Rule {
  rule: string
  message: string
}

/** The part of OpenAPI v3 that a structural Kubernetes schema may use and our kinds need. */
export interface SchemaNode {
  type?: 'object' | 'string' | 'integer' | 'number' | 'boolean' | 'array'
  description?: string
  format?: string
  default?: JsonValue
  enum?: readonly string[]
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  nullable?: boolean
  properties?: Record<string, SchemaNode>
  required?: string[]
  additionalProperties?: SchemaNode
  items?: SchemaNode
  'x-kubernetes-preserve-unknown-fields'?: true
  'x-kubernetes-validations'?: readonly Rule[]
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  'x-kubernetes-list-map-keys'?: readonly string[]
  'x-kubernetes-map-type'?: 'atomic' | 'granular'
}

declare const staticType: unique symbol

export interface Schema<T> {
  readonly node: SchemaNode
  /** Never present at run time: carries the static type. */
  readonly [staticType]?: T
}

/** The TypeScript type of the values that a schema describes. */
export type Static<S> = S extends Schema<infer T> ? T : S extends RequiredField<infer T> ? T : never

export interface RequiredField<T> {
  readonly required: Schema<T>
}

export type Properties = Record<string, Schema<unknown> | RequiredField<unknown>>

type RequiredKeys<P> = { [K in keyof P]: P[K] extends RequiredField<unknown> ? K : never }[keyof P]
type Flat<T> = { [K in keyof T]: T[K] }

/** The type of an object with properties `P`. */
export type ObjectType<P> = Flat<
  { [K in RequiredKeys<P>]: Static<P[K]> } & { [K in Exclude<keyof P, RequiredKeys<P>>]?: Static<P[K]> }
>

/** Marks a property that must be present. */
export function required<T>(schema: Schema<T>): RequiredField<T> {
  return { required: schema }
}

export interface StringOptions<E extends string = string> {
  enum?: readonly E[]
  default?: NoInfer<E>
  pattern?: string
  format?: 'date-time'
  minLength?: number
  maxLength?: number
}

export function string<const E extends string = string>(description: string, options?: StringOptions<E>): Schema<E> {
  return { node: { type: 'string', description, ...options } }
}

export interface IntegerOptions {
  format?: 'int32' | 'int64'
  default?: number
  minimum?: number
  maximum?: number
}

export function integer(description: string, options?: IntegerOptions): Schema<number> {
  return { node: { type: 'integer', description, ...options } }
}

export function boolean(description: string, options?: { default?: boolean }): Schema<boolean> {
  return { node: { type: 'boolean', description, ...options } }
}

export interface ObjectOptions {
  default?: JsonValue
  rules?: readonly Rule[]
  'x-kubernetes-map-type'?: 'atomic' | 'granular'
}

export function object<P extends Properties>(
  description: string,
  properties: P,
  options: ObjectOptions = {},
): Schema<ObjectType<P>> {
  const { rules, ...rest } = options
  const node: SchemaNode = { type: 'object', description, ...rest }
  const fields = Object.entries(properties)
  node.properties = Object.fromEntries(
    fields.map(([name, field]) => [name, 'required' in field ? field.required.node : field.node]),
  )
  const names = fields.flatMap(([name, field]) => ('required' in field ? [name] : []))
  if (names.length > 0) node.required = names
  if (rules) node['x-kubernetes-validations'] = rules
  return { node }
}

/** A map from names that the user chooses to values of one shape. */
export function map<T>(description: string, values: Schema<T>): Schema<Record<string, T>> {
  return { node: { type: 'object', description, additionalProperties: values.node } }
}

export interface ArrayOptions {
  default?: JsonValue
  minItems?: number
  maxItems?: number
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  'x-kubernetes-list-map-keys'?: readonly string[]
}

export function array<T>(description: string, items: Schema<T>, options?: ArrayOptions): Schema<T[]> {
  return { node: { type: 'array', description, ...options, items: items.node } }
}

/** Any JSON value; the API server keeps it as it is. */
export function anything(description: string): Schema<JsonValue> {
  return { node: { description, 'x-kubernetes-preserve-unknown-fields': true } }
}
