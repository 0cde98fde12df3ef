/** The keywords for values of any type. A value that breaks one of them is held against no other keyword. */
import type { Budget } from '../budget.ts'
import type { Schema } from '../schema.ts'
import { isPrimitive, primitiveText, quoted } from '../value-text.ts'
import { equal } from './equality.ts'

/** What the first of the broken ones says. */
export function mismatch(schema: Schema, value: unknown, budget: Budget): string | undefined {
  const { types, format } = schema
  if (types) {
    const type = typeOf(value)
    if (!types.includes(type) && !(types.includes('integer') && isInteger(value))) {
      return `got ${type}, want ${types.join(' or ')}`
    }
  }
  if (schema.const && !equal(value, schema.const.value, budget)) {
    const wanted = schema.const.value
    return isPrimitive(wanted) ? `value must be ${primitiveText(wanted)}` : "'const' failed"
  }
  if (schema.enum && !schema.enum.some(item => equal(value, item, budget))) return wantedOneOf(schema.enum)
  if (format && typeof value === 'string') {
    budget.spend(value.length >> 4)
    const reason = format.problem(value)
    if (reason !== undefined) return `${quoted(value)} is not valid ${format.name}: ${reason}`
  }
  return undefined
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'bigint' ? 'number' : typeof value
}

const isInteger = (value: unknown): boolean => typeof value === 'bigint' || Number.isInteger(value)

function wantedOneOf(allowed: readonly unknown[]): string {
  if (!allowed.every(isPrimitive)) return "'enum' failed"
  const shown = allowed.map(primitiveText).join(', ')
  return allowed.length === 1 ? `value must be ${shown}` : `value must be one of ${shown}`
}
