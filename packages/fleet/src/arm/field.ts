/**
 * A small description of request bodies: which fields there are, of what type, since which api-version, with which
 * default. One description validates a body (collecting every problem with its path), fills in defaults, splits
 * secrets off, and shapes the answer for the api-version asked for: fields newer than it are ignored on write and
 * hidden on read.
 */
import type { ErrorDetail } from './arm-error.ts'

interface Common {
  /** First api-version that knows the field. */
  since?: string
  /** Absent, it is returned as null; null in a body means absent. */
  nullable?: boolean
  required?: boolean
  /** Ignored in a body. */
  readOnly?: boolean
  default?: unknown
}

export interface StringField extends Common {
  type: 'string'
  /** Never returned, kept apart from the body. */
  secret?: boolean
  /** Says what is wrong with a value, or nothing. */
  check?: (value: string) => string | undefined
}

export type Field =
  | StringField
  | (Common & { type: 'integer'; min: number })
  | (Common & { type: 'boolean' })
  | (Common & { type: 'enum'; values: readonly (string | { value: string; since: string })[] })
  | (Common & { type: 'map'; of: Field; secret?: boolean; checkKey?: (key: string) => string | undefined })
  | (Common & { type: 'array'; of: Field })
  | (Common & { type: 'object'; fields: Record<string, Field> })
  /** Any JSON. */
  | (Common & { type: 'any' })

export type Json = Record<string, unknown>

export interface Acceptance {
  apiVersion: string
  problems: ErrorDetail[]
  /** Secrets found, by dotted path below `properties`. */
  secrets: Record<string, string>
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function problem(to: Acceptance, code: string, target: string, message: string): undefined {
  if (to.problems.length < 100) to.problems.push({ code, target, message })
  return undefined
}

function wrongType(to: Acceptance, target: string, wanted: string, value: unknown): undefined {
  const got = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
  return problem(
    to,
    'InvalidPropertyValue',
    target,
    `The property '${target}' must be ${wanted}, but the request has ${got}.`,
  )
}

function isKnown(field: { since?: string }, apiVersion: string): boolean {
  return field.since === undefined || field.since <= apiVersion
}

function nearest(word: string, known: string[]): string {
  const lower = word.toLowerCase()
  const match = known.find(one => one.toLowerCase() === lower || one.toLowerCase().startsWith(lower))
  return match === undefined ? '' : ` Did you mean '${match}'?`
}

/** The value as it is stored, with defaults; undefined when absent. Problems and secrets go to `to`. */
export function accept(field: Field, value: unknown, target: string, to: Acceptance): unknown {
  if (field.readOnly) return undefined
  if (value === undefined || value === null) {
    if (value === null && field.default === undefined && !field.nullable)
      return wrongType(to, target, wanted(field), null)
    if (field.required) return problem(to, 'MissingProperty', target, `The property '${target}' is required.`)
    return structuredClone(field.default)
  }
  switch (field.type) {
    case 'any':
      return value
    case 'boolean':
      return typeof value === 'boolean' ? value : wrongType(to, target, wanted(field), value)
    case 'integer': {
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) return wrongType(to, target, wanted(field), value)
      if (value >= field.min) return value
      return problem(
        to,
        'InvalidPropertyValue',
        target,
        `The property '${target}' must be at least ${field.min}, but is ${value}.`,
      )
    }
    case 'string': {
      if (typeof value !== 'string') return wrongType(to, target, wanted(field), value)
      const wrong = field.check?.(value)
      if (wrong !== undefined) {
        const shown = field.secret ? '' : ` '${value.length > 80 ? `${value.slice(0, 80)}...` : value}'`
        return problem(
          to,
          'InvalidPropertyValue',
          target,
          `The value${shown} of property '${target}' is invalid: ${wrong}.`,
        )
      }
      if (!field.secret) return value
      to.secrets[target.replace(/^properties\./, '')] = value
      return undefined
    }
    case 'enum': {
      const values = field.values
        .filter(one => typeof one === 'string' || isKnown(one, to.apiVersion))
        .map(one => (typeof one === 'string' ? one : one.value))
      if (typeof value === 'string' && values.includes(value)) return value
      const list = values.join(', ')
      const hint = typeof value === 'string' ? nearest(value, values) : ''
      return problem(
        to,
        'InvalidPropertyValue',
        target,
        `The value '${typeof value === 'string' ? value : JSON.stringify(value)}' of property '${target}' is not one of: ${list}.${hint}`,
      )
    }
    case 'array':
      if (!Array.isArray(value)) return wrongType(to, target, wanted(field), value)
      return value.map((item: unknown, index) => accept(field.of, item, `${target}[${index}]`, to))
    case 'map':
      return acceptMap(field, value, target, to)
    case 'object':
      return isJson(value) ? acceptObject(field.fields, value, target, to) : wrongType(to, target, wanted(field), value)
  }
}

function wanted(field: Field): string {
  switch (field.type) {
    case 'integer':
      return 'a whole number'
    case 'enum':
      return 'a string'
    case 'map':
    case 'object':
      return 'an object'
    case 'array':
      return 'an array'
    default:
      return `a ${field.type}`
  }
}

function acceptMap(field: Extract<Field, { type: 'map' }>, value: unknown, target: string, to: Acceptance): unknown {
  if (!isJson(value)) return wrongType(to, target, 'an object', value)
  const accepted: Json = {}
  for (const [key, item] of Object.entries(value)) {
    const path = `${target}.${key}`
    const wrong = field.checkKey?.(key)
    if (wrong !== undefined)
      problem(to, 'InvalidPropertyName', path, `The name '${key}' in '${target}' is invalid: ${wrong}.`)
    const one = accept(field.of, item, path, to)
    if (one !== undefined) accepted[key] = one
  }
  if (!field.secret) return accepted
  for (const [key, item] of Object.entries(accepted)) if (typeof item === 'string') to.secrets[key] = item
  return undefined
}

export function acceptObject(fields: Record<string, Field>, value: Json, target: string, to: Acceptance): Json {
  const accepted: Json = {}
  const prefix = target === '' ? '' : `${target}.`
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(fields, key)) continue
    const known = Object.keys(fields)
    const where = target === '' ? 'the resource' : `'${target}'`
    problem(
      to,
      'UnknownProperty',
      `${prefix}${key}`,
      `The property '${prefix}${key}' is not known: ${where} has ${known.join(', ')}.${nearest(key, known)}`,
    )
  }
  for (const [key, field] of Object.entries(fields)) {
    if (!isKnown(field, to.apiVersion)) continue
    const one = accept(field, value[key], `${prefix}${key}`, to)
    if (one !== undefined) accepted[key] = one
  }
  return accepted
}

/** What is stored, as an answer in `apiVersion`: secrets and newer fields left out, absent nullable fields null. */
export function present(field: Field, value: unknown, apiVersion: string): unknown {
  if (value === undefined || value === null) return field.nullable ? null : structuredClone(field.default)
  if (field.type === 'array' && Array.isArray(value))
    return value.map((item: unknown) => present(field.of, item, apiVersion))
  if (field.type === 'map' && isJson(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, present(field.of, item, apiVersion)]))
  }
  return field.type === 'object' && isJson(value) ? presentObject(field.fields, value, apiVersion) : value
}

export function presentObject(fields: Record<string, Field>, value: Json, apiVersion: string): Json {
  const shown: Json = {}
  for (const [key, field] of Object.entries(fields)) {
    const secret = (field.type === 'string' || field.type === 'map') && field.secret
    if (!isKnown(field, apiVersion)) continue
    const one = secret ? (field.nullable ? null : undefined) : present(field, value[key], apiVersion)
    if (one !== undefined) shown[key] = one
  }
  return shown
}
