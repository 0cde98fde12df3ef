/**
 * Checks a value against a schema before it goes anywhere: the rules that an API server enforces, unknown fields included.
 * CEL rules are left to the API server, which alone knows the old object.
 */
import type { SchemaNode } from './schema.ts'

export interface Violation {
  /** `spec.include[0].repository.name`; empty for the value itself. */
  path: string
  message: string
}

/** Everything that is wrong with `value`; empty when it fits. */
export function violations(schema: SchemaNode, value: unknown, path = ''): Violation[] {
  if (schema['x-kubernetes-preserve-unknown-fields'] && !schema.type) return []
  if (value === null && schema.nullable) return []
  switch (schema.type) {
    case 'object':
      return isObject(value) ? objectViolations(schema, value, path) : [wrongType(path, schema, value)]
    case 'array':
      return Array.isArray(value) ? arrayViolations(schema, value, path) : [wrongType(path, schema, value)]
    case 'string':
      return typeof value === 'string' ? stringViolations(schema, value, path) : [wrongType(path, schema, value)]
    case 'integer':
      return Number.isSafeInteger(value)
        ? rangeViolations(schema, Number(value), path)
        : [wrongType(path, schema, value)]
    case 'number':
      return typeof value === 'number' ? rangeViolations(schema, value, path) : [wrongType(path, schema, value)]
    case 'boolean':
      return typeof value === 'boolean' ? [] : [wrongType(path, schema, value)]
    case undefined:
      return []
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrongType(path: string, schema: SchemaNode, value: unknown): Violation {
  const found = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  const type = schema.type ?? 'object'
  return { path, message: `must be ${/^[aio]/.test(type) ? 'an' : 'a'} ${type}, not ${found}` }
}

function objectViolations(schema: SchemaNode, value: Record<string, unknown>, path: string): Violation[] {
  const { properties, additionalProperties } = schema
  const below = (name: string) => (path ? `${path}.${name}` : name)
  const found: Violation[] = []
  for (const name of schema.required ?? []) {
    if (value[name] === undefined) found.push({ path: below(name), message: 'is required' })
  }
  for (const [name, child] of Object.entries(value)) {
    if (child === undefined) continue
    const known = properties && Object.hasOwn(properties, name) ? properties[name] : additionalProperties
    if (known) found.push(...violations(known, child, below(name)))
    else if (properties) found.push({ path: below(name), message: `is not a field; ${suggestion(name, properties)}` })
  }
  return found
}

/** Names the field that was probably meant, else all that there are. */
function suggestion(name: string, properties: Record<string, SchemaNode>): string {
  const names = Object.keys(properties)
  const meant = names.find(known => known.toLowerCase() === name.toLowerCase())
  return meant ? `did you mean ${meant}?` : `there are ${names.join(', ')}`
}

function arrayViolations(schema: SchemaNode, value: unknown[], path: string): Violation[] {
  const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema
  const found: Violation[] = []
  if (value.length < minItems) found.push({ path, message: `must have at least ${minItems} items` })
  if (value.length > maxItems) found.push({ path, message: `must have at most ${maxItems} items` })
  if (items) found.push(...value.flatMap((item, index) => violations(items, item, `${path}[${index}]`)))
  const keys = schema['x-kubernetes-list-map-keys']
  if (keys) found.push(...duplicates(value, keys, path))
  return found
}

function duplicates(value: unknown[], keys: readonly string[], path: string): Violation[] {
  const seen = new Set<string>()
  return value.flatMap((item, index) => {
    if (!isObject(item)) return []
    const key = JSON.stringify(keys.map(name => item[name]))
    const again = seen.has(key)
    seen.add(key)
    return again ? [{ path: `${path}[${index}]`, message: `has the same ${keys.join(' and ')} as an item before` }] : []
  })
}

const dateTime = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/

function stringViolations(schema: SchemaNode, value: string, path: string): Violation[] {
  const found: Violation[] = []
  const say = (message: string) => found.push({ path, message })
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = schema
  const length = [...value].length
  if (length < minLength) say(minLength === 1 ? 'must not be empty' : `must have at least ${minLength} characters`)
  if (length > maxLength) say(`must have at most ${maxLength} characters`)
  if (schema.enum && !schema.enum.includes(value)) say(`must be one of ${schema.enum.join(', ')}`)
  if (pattern !== undefined && !new RegExp(pattern).test(value)) say(`must match ${pattern}`)
  if (schema.format === 'date-time' && !dateTime.test(value)) say('must be a date and time, 2006-01-02T15:04:05Z')
  return found
}

function rangeViolations(schema: SchemaNode, value: number, path: string): Violation[] {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema
  if (value < minimum) return [{ path, message: `must be at least ${minimum}` }]
  if (value > maximum) return [{ path, message: `must be at most ${maximum}` }]
  return []
}
