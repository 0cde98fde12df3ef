/**
 * Reads a JSON value as Go decodes and encodes it again: unknown fields are dropped (and named), empty optional fields vanish,
 * empty required ones appear, quantities and times get their one spelling, a value of the wrong type is refused with
 * encoding/json's words. Copies only what it changes, and is the same again on what it made.
 */
import { type GoField, type GoStruct, type GoType, goStruct } from './go-struct.ts'
import { canonicalQuantity } from './quantity.ts'

export class DecodeError extends Error {}

export interface Decoded {
  value: Record<string, unknown>
  /** Paths of the unknown fields. */
  unknown: string[]
}

interface Walk {
  /** Innermost struct, for error texts. */
  struct: string
  /** Names of the fields on the way, without keys and indexes. */
  fields: string[]
  unknown: string[]
}

const goName: Readonly<Record<string, string>> = { bytes: '[]uint8', time: 'string', quantity: 'string' }

function goTypeName(type: GoType): string {
  switch (type.kind) {
    case 'list':
      return `[]${goTypeName(type.of)}`
    case 'map':
      return `map[string]${goTypeName(type.of)}`
    case 'struct':
      return type.name.replace(/^.*\/(v\d+)\./, '$1.')
    default:
      return goName[type.kind] ?? type.kind
  }
}

function jsonTypeName(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value
}

function mismatch(walk: Walk, type: GoType, value: unknown): DecodeError {
  const found = jsonTypeName(value)
  const isInteger = type.kind === 'int32' || type.kind === 'int64'
  const shown = found === 'number' && isInteger ? `number ${value}` : found
  return new DecodeError(
    `json: cannot unmarshal ${shown} into Go struct field ${walk.struct}.${walk.fields.join('.')} of type ${goTypeName(type)}`,
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Quoted as Go's `%q`, control characters spelled out. */
const quoted = (text: string) => JSON.stringify(text)

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

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

function timeOf(text: string): Date {
  const at = rfc3339.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) {
    throw new DecodeError(
      `parsing time ${quoted(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${quoted(text)} as "2006"`,
    )
  }
  return new Date(at)
}

/** Whole seconds, UTC. */
function canonicalTime(text: string): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return text
  return `${timeOf(text).toISOString().slice(0, 19)}Z`
}

/** Six decimals, UTC. */
function canonicalMicroTime(text: string): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(text)) return text
  const seconds = timeOf(text).toISOString().slice(0, 19)
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? ''
  return `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}Z`
}

function decodeString(walk: Walk, type: GoType, value: unknown): string {
  if (typeof value !== 'string') throw mismatch(walk, type, value)
  return value
}

function decode(walk: Walk, type: GoType, value: unknown, path: string): unknown {
  switch (type.kind) {
    case 'struct':
      if (!isRecord(value)) throw mismatch(walk, type, value)
      return decodeStruct(walk, goStruct(type.name), value, path)
    case 'list':
      if (!Array.isArray(value)) throw mismatch(walk, type, value)
      return decodeList(walk, type.of, value, path)
    case 'map':
      if (!isRecord(value)) throw mismatch(walk, type, value)
      return decodeMap(walk, type.of, value, path)
    case 'string':
    case 'duration':
      return decodeString(walk, type, value)
    case 'bytes': {
      const text = decodeString(walk, type, value)
      checkBase64(text)
      return text
    }
    case 'time':
      return canonicalTime(decodeString(walk, type, value))
    case 'microTime':
      return canonicalMicroTime(decodeString(walk, type, value))
    case 'quantity': {
      const canonical =
        typeof value === 'string' || typeof value === 'number' ? canonicalQuantity(String(value)) : undefined
      if (canonical === undefined) {
        throw new DecodeError(
          "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        )
      }
      return canonical
    }
    case 'intOrString':
      if (typeof value !== 'string' && !Number.isInteger(value)) throw mismatch(walk, { kind: 'int32' }, value)
      return value
    case 'int32':
    case 'int64':
      if (!Number.isInteger(value)) throw mismatch(walk, type, value)
      return value
    case 'float64':
      if (typeof value !== 'number') throw mismatch(walk, type, value)
      return value
    case 'bool':
      if (typeof value !== 'boolean') throw mismatch(walk, type, value)
      return value
    case 'schemaOrArray':
      return isRecord(value) ? decodeStruct(walk, schemaProps(), value, path) : value
    case 'schemaOrBool':
      return isRecord(value) ? decodeStruct(walk, schemaProps(), value, path) : value
    default:
      return value
  }
}

const schemaProps = () => goStruct('apiextensions/v1.JSONSchemaProps')

function decodeList(walk: Walk, of: GoType, value: unknown[], path: string): unknown[] {
  let out: unknown[] | undefined
  for (let i = 0; i < value.length; i++) {
    const next = value[i] === null ? zeroOf(of) : decode(walk, of, value[i], `${path}[${i}]`)
    if (next === value[i]) continue
    out ??= [...value]
    out[i] = next
  }
  return out ?? value
}

function decodeMap(walk: Walk, of: GoType, value: Record<string, unknown>, path: string): Record<string, unknown> {
  let out: Record<string, unknown> | undefined
  for (const key in value) {
    const next = value[key] === null ? zeroOf(of) : decode(walk, of, value[key], path ? `${path}.${key}` : key)
    if (next === value[key]) continue
    out ??= { ...value }
    out[key] = next
  }
  return sorted(out ?? value)
}

/** Go writes maps with their keys sorted. */
function sorted(map: Record<string, unknown>): Record<string, unknown> {
  let before = ''
  for (const key in map) {
    if (key < before) return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)))
    before = key
  }
  return map
}

function isZero(value: unknown): boolean {
  if (value === '' || value === 0 || value === false || value === null) return true
  if (Array.isArray(value)) return value.length === 0
  return false
}

/** Whether Go leaves the field out when it has this value. */
function omitted(field: GoField, value: unknown): boolean {
  if (field.always) return false
  if (field.type.kind === 'map') return isRecord(value) && Object.keys(value).length === 0
  if (field.type.kind === 'list') return Array.isArray(value) && value.length === 0
  if (field.pointer) return false
  return field.type.kind !== 'struct' && field.type.kind !== 'intOrString' && isZero(value)
}

/** What Go encodes for a field nobody set; undefined when nothing. */
function absentValue(field: GoField): unknown {
  if (field.omitZero) return undefined
  if (field.pointer) return field.always ? null : undefined
  if (field.type.kind === 'struct' || field.type.kind === 'time' || field.type.kind === 'microTime') {
    return zeroOf(field.type)
  }
  return field.always ? zeroOf(field.type) : undefined
}

function zeroOf(type: GoType): unknown {
  switch (type.kind) {
    case 'struct':
      return zeroObject(goStruct(type.name))
    case 'string':
      return ''
    case 'bool':
      return false
    case 'int32':
    case 'int64':
    case 'float64':
    case 'intOrString':
      return 0
    case 'quantity':
      return '0'
    case 'duration':
      return '0s'
    default:
      return null
  }
}

/** The JSON of a struct nobody set anything in. Fresh each time. */
export function zeroObject(struct: GoStruct): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [name, field] of struct.fields) {
    const value = absentValue(field)
    if (value !== undefined) out[name] = value
  }
  return out
}

/** Fields that Go encodes although nobody set them, by struct. */
const requiredFields = new Map<GoStruct, readonly (readonly [string, GoField])[]>()

function requiredOf(struct: GoStruct): readonly (readonly [string, GoField])[] {
  let list = requiredFields.get(struct)
  if (!list) {
    list = [...struct.fields].filter(([, field]) => absentValue(field) !== undefined)
    requiredFields.set(struct, list)
  }
  return list
}

function decodeStruct(
  walk: Walk,
  struct: GoStruct,
  value: Record<string, unknown>,
  path: string,
): Record<string, unknown> {
  let out: Record<string, unknown> | undefined
  const change = () => {
    out ??= { ...value }
    return out
  }
  const outer = walk.struct
  walk.struct = struct.shortName
  for (const key in value) {
    const child = value[key]
    const field = struct.fields.get(key)
    if (!field) {
      // TypeMeta is embedded in kinds and left out of the table.
      const isTypeMeta = (key === 'kind' || key === 'apiVersion') && struct.fields.has('metadata')
      if (isTypeMeta && typeof child === 'string') continue
      if (child !== undefined) walk.unknown.push(path ? `${path}.${key}` : key)
      delete change()[key]
      continue
    }
    if (child === undefined) continue
    if (child === null) {
      const empty = absentValue(field)
      if (empty === undefined) delete change()[key]
      else if (empty !== null) change()[key] = empty
      continue
    }
    walk.fields.push(key)
    const next = decode(walk, field.type, child, path ? `${path}.${key}` : key)
    walk.fields.pop()
    if (omitted(field, next)) delete change()[key]
    else if (next !== child) change()[key] = next
  }
  for (const [name, field] of requiredOf(struct)) {
    if (value[name] === undefined) change()[name] = absentValue(field)
  }
  walk.struct = outer
  return out ?? value
}

/** Throws DecodeError. */
export function decodeJson(struct: GoStruct, value: Record<string, unknown>): Decoded {
  const walk: Walk = { struct: struct.shortName, fields: [], unknown: [] }
  const out = decodeStruct(walk, struct, value, '')
  return { value: out, unknown: walk.unknown }
}
