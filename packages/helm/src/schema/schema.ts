/**
 * A compiled schema: its keywords by what they mean, the same for all drafts, references and subschemas as the
 * schemas they lead to. A keyword that is absent holds nothing: undefined or empty.
 */
import type { Draft } from './compile/draft.ts'
import type { Pattern } from './pattern.ts'

export class Schema {
  /** The address, with that of the document. */
  readonly location: string
  readonly draft: Draft
  /** The root of the resource that it is part of. */
  resource: Schema = this
  /** For `true`, `false` and the empty schema, which is as `true`. */
  always?: boolean

  ref?: Schema
  recursiveRef?: Schema
  recursiveAnchor?: boolean
  dynamicRef?: { target: Schema; anchor: string }
  dynamicAnchor?: string
  /** Of a resource: its dynamic anchors. */
  readonly dynamicAnchors = new Map<string, Schema>()

  types?: readonly string[]
  enum?: readonly unknown[]
  const?: { value: unknown }
  format?: { name: string; problem(text: string): string | undefined }

  not?: Schema
  allOf: readonly Schema[] = []
  anyOf: readonly Schema[] = []
  oneOf: readonly Schema[] = []
  /** `if`, `then` and `else`. */
  conditional?: { condition: Schema; whenMet: Schema | undefined; otherwise: Schema | undefined }

  minProperties?: number
  maxProperties?: number
  required: readonly string[] = []
  properties: ReadonlyMap<string, Schema> = noProperties
  patternProperties: readonly (readonly [Pattern, Schema])[] = []
  additionalProperties?: boolean | Schema
  propertyNames?: Schema
  /** Before draft 2019-09, which split them in the two that follow; still heeded. */
  dependencies: readonly (readonly [string, Schema | readonly string[]])[] = []
  dependentSchemas: readonly (readonly [string, Schema])[] = []
  dependentRequired: readonly (readonly [string, readonly string[]])[] = []
  unevaluatedProperties?: Schema

  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  /** Of the first items, one each: `prefixItems`, or `items` as a list before draft 2020-12. */
  firstItems: readonly Schema[] = []
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

  /** Everything keeps it until its keywords are there. */
  constructor(location: string, draft: Draft) {
    this.location = location
    this.draft = draft
  }
}

const noProperties: ReadonlyMap<string, Schema> = new Map()
