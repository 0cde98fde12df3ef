/**
 * Validates a custom resource against its schema: OpenAPI first, then list keys, then CEL rules. With the old object, what was already
 * wrong and has not changed passes (ratcheting), as on a real server.
 */
import type { Schema } from '@sluice/api/builtin'
import { equal, isObject } from '../merge/json.ts'
import { itemElement, structureOf } from '../merge/structure.ts'
import { type Cause, duplicate, invalid, notSupported, required, tooLong, tooMany, typeInvalid } from './cause.ts'
import { ruleCauses } from './cel/rule-causes.ts'
import { hasFormat } from './format.ts'
import { hasRules } from './has-rules.ts'
import { matches } from './pattern.ts'

/** Without rules, whatever is wrong is told of; rules are only run on what is otherwise right, and say so. */
const rulesSkipped: Cause = invalid(
  '<nil>',
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
)

const stopsRules = new Set([
  'FieldValueTypeInvalid',
  'FieldValueRequired',
  'FieldValueNotSupported',
  'FieldValueTooLong',
  'FieldValueTooMany',
])

export function validate(schema: Schema, value: unknown, old?: unknown): Cause[] {
  const causes: Cause[] = []
  check(schema, value, '', causes)
  const remaining = old === undefined || causes.length === 0 ? causes : ratcheted(schema, value, old)
  if (!hasRules(schema)) return remaining
  if (remaining.some(cause => stopsRules.has(cause.reason))) return [...remaining, rulesSkipped]
  return [...remaining, ...ruleCauses(schema, value, old)]
}

function ratcheted(schema: Schema, value: unknown, old: unknown): Cause[] {
  const causes: Cause[] = []
  check(schema, value, '', causes, { old })
  return causes
}

/** Present when there is an old value to compare with. */
interface Before {
  old: unknown
}

function check(schema: Schema, value: unknown, path: string, causes: Cause[], before?: Before): void {
  if (before !== undefined && equal(before.old, value)) return
  if (value === null && schema.nullable === true) return
  const type = typeProblem(schema, value)
  if (type !== undefined) {
    const kind = kindOf(value)
    causes.push(typeInvalid(path, kind, `${path} in body must be of type ${type}: ${JSON.stringify(kind)}`))
    return
  }
  if (schema.enum !== undefined && !schema.enum.some(item => equal(item, value))) {
    causes.push(notSupported(path, value, schema.enum))
  }
  if (typeof value === 'string') checkString(schema, value, path, causes)
  else if (typeof value === 'number') checkNumber(schema, value, path, causes)
  else if (Array.isArray(value)) checkList(schema, value, path, causes, before)
  else if (isObject(value)) checkObject(schema, value, path, causes, before)
  checkCombined(schema, value, path, causes)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

/** The type wanted, when the value is not of it. */
function typeProblem(schema: Schema, value: unknown): string | undefined {
  const kind = kindOf(value)
  if (schema.intOrString === true) return kind === 'integer' || kind === 'string' ? undefined : 'integer,string'
  const { type } = schema
  if (type === undefined || type === kind || (type === 'number' && kind === 'integer')) return undefined
  return type
}

function checkString(schema: Schema, value: string, path: string, causes: Cause[]): void {
  const { minLength, maxLength, pattern, format } = schema
  const length = minLength === undefined && maxLength === undefined ? 0 : [...value].length
  if (maxLength !== undefined && length > maxLength) causes.push(tooLong(path, maxLength))
  if (minLength !== undefined && length < minLength) {
    causes.push(invalid(path, value, `${path} in body should be at least ${minLength} chars long`))
  }
  if (pattern !== undefined && !matches(pattern, value)) {
    causes.push(invalid(path, value, `${path} in body should match '${pattern}'`))
  }
  if (format !== undefined && !hasFormat(format, value)) {
    causes.push(invalid(path, value, `${path} in body must be of type ${format}: ${JSON.stringify(value)}`))
  }
}

function checkNumber(schema: Schema, value: number, path: string, causes: Cause[]): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  const problem = (text: string) => causes.push(invalid(path, value, `${path} in body should be ${text}`))
  if (maximum !== undefined) {
    if (exclusiveMaximum === true && value >= maximum) problem(`less than ${maximum}`)
    else if (value > maximum) problem(`less than or equal to ${maximum}`)
  }
  if (minimum !== undefined) {
    if (exclusiveMinimum === true && value <= minimum) problem(`greater than ${minimum}`)
    else if (value < minimum) problem(`greater than or equal to ${minimum}`)
  }
  if (multipleOf !== undefined && multipleOf !== 0) {
    const times = value / multipleOf
    if (Math.abs(times - Math.round(times)) > 1e-9) problem(`a multiple of ${multipleOf}`)
  }
}

function checkList(schema: Schema, value: unknown[], path: string, causes: Cause[], before: Before | undefined): void {
  const { items, minItems, maxItems, listType } = schema
  if (maxItems !== undefined && value.length > maxItems) causes.push(tooMany(path, value.length, maxItems))
  if (minItems !== undefined && value.length < minItems) {
    causes.push(invalid(path, value.length, `${path} in body should have at least ${minItems} items`))
  }
  const structure = structureOf(schema)
  const keyed = structure.kind === 'list' && structure.relation !== 'atomic' ? structure : undefined
  const elementOf = (item: unknown) => {
    const found = keyed === undefined ? undefined : itemElement(keyed, item)
    return found !== undefined && 'element' in found ? found.element : undefined
  }
  const olds = Array.isArray(before?.old) ? before.old : []
  const oldByKey = new Map(olds.map(item => [elementOf(item), item]))
  if (items !== undefined) {
    for (const [at, item] of value.entries()) {
      const element = elementOf(item)
      const known = element !== undefined && listType === 'map' && oldByKey.has(element)
      check(items, item, `${path}[${at}]`, causes, known ? { old: oldByKey.get(element) } : undefined)
    }
  }
  if (keyed === undefined) return
  const seen = new Set<string>()
  for (const [at, item] of value.entries()) {
    const element = elementOf(item)
    if (element === undefined) continue
    if (seen.has(element)) {
      causes.push(duplicate(`${path}[${at}]`, keyed.relation === 'set' ? item : JSON.parse(element.slice(2))))
    }
    seen.add(element)
  }
}

function checkObject(
  schema: Schema,
  value: Record<string, unknown>,
  path: string,
  causes: Cause[],
  before: Before | undefined,
): void {
  const { properties, additionalProperties, minProperties, maxProperties } = schema
  const below = (name: string) => (path === '' ? name : `${path}.${name}`)
  for (const name of schema.required ?? []) if (!Object.hasOwn(value, name)) causes.push(required(below(name)))
  if (minProperties !== undefined || maxProperties !== undefined) {
    const count = Object.keys(value).length
    if (maxProperties !== undefined && count > maxProperties) causes.push(tooMany(path, count, maxProperties))
    if (minProperties !== undefined && count < minProperties) {
      causes.push(invalid(path, count, `${path} in body should have at least ${minProperties} properties`))
    }
  }
  const old = isObject(before?.old) ? before.old : undefined
  for (const name in value) {
    // The server checks metadata by rules of its own.
    if (path === '' && name === 'metadata') continue
    const property = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined
    const child = property ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
    if (child === undefined) continue
    const known = old !== undefined && Object.hasOwn(old, name)
    check(child, value[name], below(name), causes, known ? { old: old[name] } : undefined)
  }
}

function problems(schema: Schema, value: unknown, path: string): Cause[] {
  const causes: Cause[] = []
  check(schema, value, path, causes)
  return causes
}

/** `allOf`, `anyOf`, `oneOf`, `not`; of alternatives that all fail, the first one's problems are told too. */
function checkCombined(schema: Schema, value: unknown, path: string, causes: Cause[]): void {
  const { allOf, anyOf, oneOf, not } = schema
  if (allOf === undefined && anyOf === undefined && oneOf === undefined && not === undefined) return
  const name = JSON.stringify(path)
  const failed = (text: string) => causes.push(invalid('<nil>', '', `${name} must ${text}`))
  for (const part of allOf ?? []) causes.push(...problems(part, value, path))
  if (anyOf !== undefined && anyOf.length > 0) {
    const results = anyOf.map(part => problems(part, value, path))
    if (!results.some(result => result.length === 0)) {
      failed('validate at least one schema (anyOf)')
      causes.push(...(results[0] ?? []))
    }
  }
  if (oneOf !== undefined && oneOf.length > 0) {
    const results = oneOf.map(part => problems(part, value, path))
    const valid = results.filter(result => result.length === 0).length
    if (valid !== 1) {
      failed(
        `validate one and only one schema (oneOf). ${valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`}`,
      )
      if (valid === 0) causes.push(...(results[0] ?? []))
    }
  }
  if (not !== undefined && problems(not, value, path).length === 0) failed('not validate the schema (not)')
}
