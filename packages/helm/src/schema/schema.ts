/** A schema read: its keywords by what they mean, references as the schemas they lead to. */
import type { Version } from './document.ts'
import type { Pattern } from './pattern.ts'

export interface Schema {
  /** With the address of its document. */
  location: string
  version: Version
  /** The root of the resource that it is part of. */
  resource: Schema
  /** Of a resource: its dynamic anchors. */
  dynamicAnchors: Map<string, Schema>
  /** For `true`, `false` and the empty schema. */
  always?: boolean
  ref?: Schema
  recursiveRef?: Schema
  recursiveAnchor?: boolean
  dynamicRef?: { target: Schema; anchor: string }
  dynamicAnchor?: string
  types?: readonly string[]
  enum?: readonly unknown[]
  const?: { value: unknown }
  format?: { name: string; problem(text: string): string | undefined }
  not?: Schema
  allOf: readonly Schema[]
  anyOf: readonly Schema[]
  oneOf: readonly Schema[]
  if?: Schema
  then?: Schema
  else?: Schema
  minProperties?: number
  maxProperties?: number
  required: readonly string[]
  properties: ReadonlyMap<string, Schema>
  patternProperties: readonly (readonly [Pattern, Schema])[]
  additionalProperties?: boolean | Schema
  propertyNames?: Schema
  dependencies: readonly (readonly [string, Schema | readonly string[]])[]
  dependentSchemas: readonly (readonly [string, Schema])[]
  dependentRequired: readonly (readonly [string, readonly string[]])[]
  unevaluatedProperties?: Schema
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  /** Of the first items, one each: prefixItems, or items as a list before draft 2020-12. */
  firstItems: readonly Schema[]
  items?: Schema
  /** Before draft 2020-12: of the items behind the first. */
  additionalItems?: boolean | Schema
  contains?: Schema
  minContains?: number
  maxContains?: number
  unevaluatedItems?: Schema
  minLength?: number
  maxLength?: number
  pattern?: Pattern
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  multipleOf?: number
}
