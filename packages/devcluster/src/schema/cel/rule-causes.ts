/**
 * Runs the `x-kubernetes-validations` of a schema on a value. Rules that look at `oldSelf` run when there is an old value at the same place (list
 * items are the same by their keys) or when they say they can do without. What failed before and has not changed passes.
 */
import { Optional } from '@marcbachmann/cel-js'
import type { Schema, ValidationRule } from '@sluice/api/builtin'
import { equal, isObject } from '../../merge/json.ts'
import { itemElement, structureOf } from '../../merge/structure.ts'
import type { Cause } from '../cause.ts'
import { hasRules } from '../has-rules.ts'
import { compiledRule } from './cel-environment.ts'
import { celObject, celValue } from './cel-value.ts'

const reasons: Record<string, string> = {
  FieldValueRequired: 'Required value',
  FieldValueForbidden: 'Forbidden',
  FieldValueInvalid: 'Invalid value',
  FieldValueDuplicate: 'Duplicate value',
}

export function ruleCauses(schema: Schema, value: unknown, old?: unknown): Cause[] {
  const causes: Cause[] = []
  walk(schema, value, old, '', causes)
  return causes
}

function walk(schema: Schema, value: unknown, old: unknown, path: string, causes: Cause[]): void {
  if (value === undefined || value === null || !hasRules(schema)) return
  if (old !== undefined && equal(old, value)) return
  if (schema.validations !== undefined) run(schema, schema.validations, value, old, path, causes)
  if (Array.isArray(value)) walkList(schema, value, old, path, causes)
  else if (isObject(value)) {
    const { properties, additionalProperties } = schema
    const before = isObject(old) ? old : {}
    for (const name in value) {
      const property = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined
      const child = property ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
      if (child === undefined) continue
      const at = property === undefined ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`
      walk(child, value[name], Object.hasOwn(before, name) ? before[name] : undefined, at, causes)
    }
  }
}

function walkList(schema: Schema, value: unknown[], old: unknown, path: string, causes: Cause[]): void {
  const { items } = schema
  if (items === undefined) return
  const structure = structureOf(schema)
  const keyed = structure.kind === 'list' && structure.relation === 'map' ? structure : undefined
  const elementOf = (item: unknown) => {
    const found = keyed === undefined ? undefined : itemElement(keyed, item)
    return found !== undefined && 'element' in found ? found.element : undefined
  }
  const olds = new Map(Array.isArray(old) && keyed !== undefined ? old.map(item => [elementOf(item), item]) : [])
  for (const [at, item] of value.entries()) {
    const element = elementOf(item)
    walk(items, item, element === undefined ? undefined : olds.get(element), `${path}[${at}]`, causes)
  }
}

function run(
  schema: Schema,
  rules: readonly ValidationRule[],
  value: unknown,
  old: unknown,
  path: string,
  causes: Cause[],
): void {
  const convert = (json: unknown) => (path === '' && isObject(json) ? celObject(schema, json) : celValue(schema, json))
  const self = convert(value)
  const oldSelf = old === undefined || old === null ? undefined : convert(old)
  for (const rule of rules) {
    const context: Record<string, unknown> = { self }
    if (/\boldSelf\b/.test(rule.rule)) {
      if (rule.optionalOldSelf === true)
        context.oldSelf = oldSelf === undefined ? Optional.none() : Optional.of(oldSelf)
      else if (oldSelf === undefined) continue
      else context.oldSelf = oldSelf
    }
    const problem = failure(rule, context)
    if (problem !== undefined) causes.push(causeOf(rule, problem, value, path))
  }
}

/** The detail of the message, or undefined when the rule holds. */
function failure(rule: ValidationRule, context: Record<string, unknown>): string | undefined {
  const said = rule.message?.trim() || `failed rule: ${rule.rule.trim()}`
  let result: unknown
  try {
    result = compiledRule(rule.rule)(context)
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).split('\n')[0]
    return `${why} evaluating rule: ${rule.message?.trim() || rule.rule.trim()}`
  }
  if (result === true) return undefined
  if (rule.messageExpression === undefined || rule.messageExpression === '') return said
  try {
    const text: unknown = compiledRule(rule.messageExpression)(context)
    return typeof text === 'string' && text.trim() !== '' && !text.includes('\n') ? text.trim() : said
  } catch {
    return said
  }
}

function causeOf(rule: ValidationRule, detail: string, value: unknown, path: string): Cause {
  const reason = rule.reason !== undefined && rule.reason in reasons ? rule.reason : 'FieldValueInvalid'
  const label = reasons[reason] ?? 'Invalid value'
  const field = rule.fieldPath === undefined || rule.fieldPath === '' ? path : joined(path, rule.fieldPath)
  const withValue =
    reason === 'FieldValueInvalid' && (typeof value !== 'object' || value === null) && rule.fieldPath === undefined
  if (reason === 'FieldValueDuplicate') return { reason, message: `${label}: ${JSON.stringify(value)}`, field }
  return { reason, message: withValue ? `${label}: ${JSON.stringify(value)}: ${detail}` : `${label}: ${detail}`, field }
}

/** A field path starts with a dot, and names keys as `['key']`. */
function joined(path: string, fieldPath: string): string {
  const below = fieldPath.replaceAll(/\['([^']*)'\]/g, '[$1]')
  return path === '' ? below.replace(/^\./, '') : path + below
}
