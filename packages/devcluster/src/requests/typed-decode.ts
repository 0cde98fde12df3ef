/**
 * Reads a JSON value as Go's typed decoder would read a built-in kind: unknown fields are dropped (and named), nulls and
 * empty optional maps and lists vanish, a value of the wrong type is refused with encoding/json's words. Copies only what it
 * changes.
 */
import type { Schema } from '@sluice/api/builtin'

export class DecodeError extends Error {}

export interface Decoded<T> {
  value: T
  /** Paths of the unknown fields. */
  unknown: string[]
}

interface Walk {
  kind: string
  unknown: string[]
}

const goType: Readonly<Record<string, string>> = {
  string: 'string',
  boolean: 'bool',
  integer: 'int32',
  number: 'float64',
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  if (value === null) return 'null'
  return typeof value
}

function mismatch(walk: Walk, path: string, schema: Schema, value: unknown): DecodeError {
  const expected =
    schema.type === 'array'
      ? '[]string'
      : schema.type === 'object'
        ? 'map[string]string'
        : schema.type === 'integer' && schema.format === 'int64'
          ? 'int64'
          : (goType[schema.type ?? ''] ?? 'string')
  const field = path.replaceAll(/\[[^\]]*\]/g, '')
  const found = jsonType(value)
  const shown = found === 'number' && schema.type === 'integer' ? `number ${value}` : found
  return new DecodeError(
    `json: cannot unmarshal ${shown} into Go struct field ${walk.kind}.${field} of type ${expected}`,
  )
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const under = (path: string, key: string) => (path ? `${path}.${key}` : key)

function decodeObject(walk: Walk, schema: Schema, value: Record<string, unknown>, path: string): unknown {
  const { properties, additionalProperties } = schema
  const open = typeof additionalProperties === 'object' ? additionalProperties : undefined
  let out: Record<string, unknown> | undefined
  const change = () => {
    out ??= { ...value }
    return out
  }
  for (const key in value) {
    const child = value[key]
    const childSchema = properties?.[key] ?? open
    if (childSchema === undefined) {
      if (schema.preserveUnknownFields || additionalProperties === true) continue
      walk.unknown.push(under(path, key))
      delete change()[key]
      continue
    }
    if (child === undefined) continue
    if (child === null && !childSchema.preserveUnknownFields) {
      if (open && !properties?.[key] && childSchema.type === 'string') change()[key] = ''
      else delete change()[key]
      continue
    }
    const next = decode(walk, childSchema, child, under(path, key))
    if (properties && isEmptyCollection(next, childSchema) && !schema.required?.includes(key)) delete change()[key]
    else if (next !== child) change()[key] = next
  }
  return out ?? value
}

function isEmptyCollection(value: unknown, schema: Schema): boolean {
  if (Array.isArray(value)) return value.length === 0
  return schema.additionalProperties !== undefined && isObject(value) && Object.keys(value).length === 0
}

function decodeArray(walk: Walk, items: Schema, value: unknown[], path: string): unknown[] {
  let out: unknown[] | undefined
  for (let i = 0; i < value.length; i++) {
    const next = value[i] === null ? emptyOf(items) : decode(walk, items, value[i], `${path}[${i}]`)
    if (next !== value[i]) {
      out ??= [...value]
      out[i] = next
    }
  }
  return out ?? value
}

const emptyOf = (schema: Schema): unknown =>
  schema.type === 'string' ? '' : schema.type === 'object' ? {} : schema.type === 'array' ? [] : null

function checkBase64(text: string): void {
  const clean = text.replaceAll(/[\r\n]/g, '')
  const bad = /[^A-Za-z0-9+/=]/.exec(clean)
  if (bad) throw new DecodeError(`illegal base64 data at input byte ${bad.index}`)
  const body = clean.replace(/={0,2}$/, '')
  const stray = body.indexOf('=')
  if (stray >= 0) throw new DecodeError(`illegal base64 data at input byte ${stray}`)
  if (clean.length % 4 !== 0) {
    throw new DecodeError(
      `illegal base64 data at input byte ${Math.min(body.length, clean.length - (clean.length % 4))}`,
    )
  }
}

/** RFC 3339 with or without a fraction; whole seconds in UTC come out, as metav1.Time prints. */
function canonicalTime(text: string): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return text
  const at = Date.parse(text)
  if (Number.isNaN(at) || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(text)) {
    throw new DecodeError(
      `parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(text)} as "2006"`,
    )
  }
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}

const isTime = (path: string) => !/(?:renewTime|acquireTime|eventTime|lastObservedTime)$/.test(path)

function decode(walk: Walk, schema: Schema, value: unknown, path: string): unknown {
  if (schema.intOrString) {
    if (typeof value !== 'string' && !Number.isInteger(value)) throw mismatch(walk, path, schema, value)
    return value
  }
  switch (schema.type) {
    case 'object':
      if (!isObject(value)) {
        if (schema.preserveUnknownFields) return value
        throw mismatch(walk, path, schema, value)
      }
      return decodeObject(walk, schema, value, path)
    case 'array': {
      if (!Array.isArray(value)) throw mismatch(walk, path, schema, value)
      return schema.items ? decodeArray(walk, schema.items, value, path) : value
    }
    case 'string':
      if (typeof value !== 'string') {
        if (typeof value === 'number' && schema.format === 'quantity') return String(value)
        throw mismatch(walk, path, schema, value)
      }
      if (schema.format === 'byte') checkBase64(value)
      else if (schema.format === 'date-time' && isTime(path)) return canonicalTime(value)
      return value
    case 'integer':
      if (!Number.isInteger(value)) throw mismatch(walk, path, schema, value)
      return value
    case 'number':
      if (typeof value !== 'number') throw mismatch(walk, path, schema, value)
      return value
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(walk, path, schema, value)
      return value
    default:
      return value
  }
}

/** Throws DecodeError. `managedFields` is left as it is: its content has a decoder of its own. */
export function decodeTyped<T extends object>(kind: string, schema: Schema, value: T): Decoded<T> {
  const walk: Walk = { kind, unknown: [] }
  const out = decode(walk, schema, value, '')
  return { value: out as T, unknown: walk.unknown }
}
