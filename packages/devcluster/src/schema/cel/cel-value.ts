/**
 * JSON as the values that CEL rules work with, read by the schema: integers as int, dates and durations as such, and property names that are no
 * identifiers escaped. Only what is looked at is converted.
 */
import type { Schema } from '@sluice/api/builtin'
import { isObject } from '../../merge/json.ts'
import { parsedDuration } from './cel-environment.ts'

const keywords = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)

/** The name by which a rule reaches a property. */
export function escapedName(name: string): string {
  if (keywords.has(name)) return `__${name}__`
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !name.includes('__')) return name
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__')
}

/** The value of a whole object: rules see only the names in its metadata. */
export function celObject(schema: Schema, value: Record<string, unknown>): unknown {
  const { metadata, ...rest } = value
  const converted = celValue(schema, rest)
  if (!isObject(metadata) || !isObject(converted)) return converted
  const { name, generateName } = metadata
  const identity: Record<string, unknown> = {}
  if (name !== undefined) identity.name = name
  if (generateName !== undefined) identity.generateName = generateName
  return { ...converted, metadata: identity }
}

export function celValue(schema: Schema | undefined, value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      return schema?.type !== 'number' && Number.isInteger(value) ? BigInt(value) : value
    case 'string':
      return celString(schema?.format, value)
    default:
      if (Array.isArray(value)) return value.map(item => celValue(schema?.items, item))
      return isObject(value) ? celMap(schema, value) : value
  }
}

function celString(format: string | undefined, value: string): unknown {
  if (format === 'duration') return parsedDuration(value) ?? value
  if (format === 'date' || format === 'date-time' || format === 'datetime') {
    const date = new Date(value)
    return Number.isNaN(date.getTime()) ? value : date
  }
  return format === 'byte' ? new Uint8Array(Buffer.from(value, 'base64')) : value
}

function celMap(schema: Schema | undefined, value: Record<string, unknown>): Record<string, unknown> {
  const { properties, additionalProperties } = schema ?? {}
  const out: Record<string, unknown> = {}
  for (const name in value) {
    const property = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined
    if (property !== undefined) out[escapedName(name)] = celValue(property, value[name])
    else out[name] = celValue(typeof additionalProperties === 'object' ? additionalProperties : undefined, value[name])
  }
  return out
}
