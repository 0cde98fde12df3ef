/**
 * Decoders for configuration files, which Go reads into structs with unknown fields refused: each checks a value and gives it a type, and its errors are
 * those of Go's `encoding/json`. Field names match in any case, as they do there; null leaves a field unset.
 */
import { goFloatText } from '@sluice/yaml'
import { KustomizeError } from './kustomize-error.ts'
import { isMapping, type Mapping, put } from './tree.ts'

/** `path` is the Go field path so far after the innermost struct, such as `Image.images.newTag`. */
export type Decoder<T> = (value: unknown, path: string, unknownFields?: UnknownFields) => T

/** What happens to fields nobody knows: refused (default) or ignored, as Go's readers do for plugins. */
export type UnknownFields = 'refuse' | 'ignore'

type Decoded<F> = { [K in keyof F]?: F[K] extends Decoder<infer T> ? T : never }

function mismatch(value: unknown, path: string, type: string, said?: string): KustomizeError {
  const kind = said ?? kindOf(value)
  const dot = path.indexOf('.')
  const where = dot < 0 ? 'value' : `struct field ${path}`
  return new KustomizeError(`json: cannot unmarshal ${kind} into Go ${where} of type ${type}`)
}

function kindOf(value: unknown): string {
  return Array.isArray(value)
    ? 'array'
    : value !== null && typeof value === 'object'
      ? 'object'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value
}

export const string: Decoder<string> = (value, path, unknownFields) => {
  if (typeof value === 'string') return value
  // The reader of plugins' configurations knows that a text is wanted, and makes one.
  if (unknownFields === 'ignore' && typeof value === 'boolean') return String(value)
  if (unknownFields === 'ignore' && typeof value === 'number') return goFloatText(value)
  throw mismatch(value, path, 'string')
}

export const boolean: Decoder<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw mismatch(value, path, 'bool')
  return value
}

export const integer: Decoder<number> = (value, path) => {
  if (typeof value !== 'number') throw mismatch(value, path, 'int64')
  if (!Number.isInteger(value) || value >= 2 ** 63 || value < -(2 ** 63)) {
    throw mismatch(value, path, 'int64', `number ${goFloatText(value)}`)
  }
  return value
}

export const anything: Decoder<unknown> = value => value

export function list<T>(item: Decoder<T>, type = '[]string'): Decoder<T[]> {
  return (value, path, unknownFields) => {
    if (!Array.isArray(value)) throw mismatch(value, path, type)
    return value.map(element => item(element, path, unknownFields))
  }
}

export const strings: Decoder<string[]> = (value, path, unknownFields) => {
  if (!Array.isArray(value)) throw mismatch(value, path, '[]string')
  // Go leaves the zero value for a null element.
  return value.map(element => (element === null ? '' : string(element, path, unknownFields)))
}

export function map<T>(item: Decoder<T>, type = 'map[string]string'): Decoder<Record<string, T>> {
  return (value, path) => {
    if (!isMapping(value)) throw mismatch(value, path, type)
    const result: Record<string, T> = {}
    for (const [key, element] of Object.entries(value)) {
      if (element !== null) put(result, key, item(element, path))
    }
    return result
  }
}

/** Text by key; a null is the empty text, as in Go. */
export const stringMapOf: Decoder<Record<string, string>> = (value, path, unknownFields) => {
  if (!isMapping(value)) throw mismatch(value, path, 'map[string]string')
  const result: Record<string, string> = {}
  for (const [key, element] of Object.entries(value)) {
    put(result, key, element === null ? '' : string(element, path, unknownFields))
  }
  return result
}

export function struct<F extends Record<string, Decoder<unknown>>>(name: string, fields: F): Decoder<Decoded<F>> {
  const byLowerCase = new Map(Object.keys(fields).map(field => [field.toLowerCase(), field]))
  return (value, path, unknownFields) => {
    if (!isMapping(value)) throw mismatch(value, path, `types.${name}`)
    const result: Mapping = {}
    const dot = path.indexOf('.')
    const above = dot < 0 ? '' : path.slice(dot)
    // In the order of JSON that Go wrote of it: of a field in two spellings the last counts.
    for (const key of Object.keys(value).sort()) {
      const element = value[key]
      const field = Object.hasOwn(fields, key) ? key : byLowerCase.get(key.toLowerCase())
      const decode = field === undefined ? undefined : fields[field]
      if (field === undefined || decode === undefined) {
        if (unknownFields === 'ignore') continue
        throw new KustomizeError(`json: unknown field "${key}"`)
      }
      if (element !== null) result[field] = decode(element, `${name}${above}.${field}`, unknownFields)
    }
    return result as Decoded<F>
  }
}
