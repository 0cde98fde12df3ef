/**
 * One shape for the structure of a type, built-in or custom: an OpenAPI v3 schema with references resolved and
 * Kubernetes' extensions under short names. Merging, pruning, defaulting, validation and `explain` all read it.
 *
 * Schemas may be recursive (JSONSchemaProps holds itself): walk them along a value, never to the end.
 */
export interface ValidationRule {
  rule: string
  message?: string
  messageExpression?: string
  reason?: string
  fieldPath?: string
  optionalOldSelf?: boolean
}

export interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  /** A schema for the values of an open map. `true`: anything goes. */
  readonly additionalProperties?: Schema | boolean
  readonly required?: readonly string[]
  readonly enum?: readonly unknown[]
  readonly format?: string
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: boolean
  readonly exclusiveMaximum?: boolean
  readonly multipleOf?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly uniqueItems?: boolean
  /**
   * In a custom type: what the server fills in. In a built-in type: what the published OpenAPI says, which is Go's zero value more
   * often than what the server really fills in; only the defaults of list keys are to be used.
   */
  readonly default?: unknown
  readonly nullable?: boolean
  readonly intOrString?: boolean
  readonly preserveUnknownFields?: boolean
  readonly embeddedResource?: boolean
  readonly validations?: readonly ValidationRule[]
  readonly listType?: 'atomic' | 'set' | 'map'
  readonly listMapKeys?: readonly string[]
  readonly mapType?: 'atomic' | 'granular'
  /** `merge`, `replace`, `retainKeys` or `merge,retainKeys` (strategic merge patch). */
  readonly patchStrategy?: string
  readonly patchMergeKey?: string
  readonly allOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly not?: Schema
  readonly title?: string
  readonly description?: string
}
