/**
 * Values as a build holds them: plain JSON, except that a scalar whose text matters is a SourceScalar. These few functions are the only ones that know
 * the difference; they also never look at an object's prototype, because keys come from users.
 */
import { resolvePlain, SourceScalar } from '@sluice/yaml'

export type Mapping = Record<string, unknown>

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof SourceScalar)
}

/** A null that is written in the file; a missing value is `undefined` and no null. */
export function isNull(value: unknown): boolean {
  return value === null || (value instanceof SourceScalar && value.value === null)
}

export function isMissing(value: unknown): value is undefined | null {
  return value === undefined || isNull(value)
}

export type NodeKind = 'MappingNode' | 'SequenceNode' | 'ScalarNode'

export function kindOf(value: unknown): NodeKind {
  return Array.isArray(value) ? 'SequenceNode' : isMapping(value) ? 'MappingNode' : 'ScalarNode'
}

/** Nothing, null, or a mapping, list or text with nothing in it. */
export function isEmpty(value: unknown): boolean {
  if (isMissing(value) || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  return isMapping(value) && Object.keys(value).length === 0
}

/** A scalar as it is written; the empty text for mappings and lists. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof SourceScalar) return value.text
  if (value === null) return 'null'
  return value === undefined || typeof value === 'object' ? '' : String(value)
}

export function own(map: Mapping, key: string): unknown {
  if (key === '__proto__') return Object.hasOwn(map, key) ? map[key] : undefined
  // Whatever else comes from the prototype is a function, which no value is: much faster than to ask whose it is.
  const value = map[key]
  return typeof value === 'function' ? undefined : value
}

export function put(map: Mapping, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
  } else map[key] = value
}

/** The value under a chain of mapping keys, undefined when there is none. */
export function at(value: unknown, ...keys: string[]): unknown {
  let node = value
  for (const key of keys) {
    if (!isMapping(node)) return undefined
    node = own(node, key)
  }
  return node
}

export function clone<T>(value: T): T
export function clone(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clone)
  if (!isMapping(value)) return value
  const copy: Mapping = {}
  for (const key of Object.keys(value)) put(copy, key, clone(value[key]))
  return copy
}

/** A copy; `copies` gets the copy of each mapping, by the mapping. */
export function cloneNoting(value: Mapping, copies: Map<unknown, Mapping> | undefined): Mapping {
  const copied = (part: unknown): unknown => {
    if (typeof part !== 'object') return part
    if (Array.isArray(part)) return part.map(copied)
    return isMapping(part) ? cloneNoting(part, copies) : part
  }
  const copy: Mapping = {}
  for (const key of Object.keys(value)) put(copy, key, copied(value[key]))
  copies?.set(value, copy)
  return copy
}

/** The same value as plain JSON. 64-bit integers stay bigints when `exact`, else become numbers. */
export function plain(value: unknown, exact = false): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof SourceScalar) {
    return typeof value.value === 'bigint' && !exact ? Number(value.value) : value.value
  }
  if (Array.isArray(value)) return value.map(item => plain(item, exact))
  const copy: Mapping = {}
  for (const [key, item] of Object.entries(value)) put(copy, key, plain(item, exact))
  return copy
}

/** What an unquoted text would be read as: for scalars that kustomize creates without a type. */
export function untyped(text: string): unknown {
  const value = resolvePlain(text, '1.2')
  if (typeof value === 'string' && value === text) return text
  return String(value) === text && typeof value !== 'bigint' ? value : new SourceScalar(value, text)
}

/** Whether a text must have been written in quotes or as a block, since without them it would be no text. */
export function isQuoted(value: unknown): boolean {
  return typeof value === 'string' && typeof resolvePlain(value, '1.2') !== 'string'
}

/** Whether two values are the same JSON, whatever the order of keys. */
export function equalValues(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => equalValues(item, b[i]))
    )
  }
  if (!isMapping(a) || !isMapping(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && equalValues(a[key], b[key]))
  )
}

/** A string map as Go reads it from a node: values as they are written, mappings as empty text. */
export function stringMap(value: unknown): Map<string, string> {
  const map = new Map<string, string>()
  if (isMapping(value)) for (const key of Object.keys(value)) map.set(key, textOf(value[key]))
  return map
}

/** Keys sorted by bytes, as Go writes a string map. */
export function fromStringMap(map: ReadonlyMap<string, string>): Mapping {
  const result: Mapping = {}
  for (const key of [...map.keys()].sort()) put(result, key, map.get(key))
  return result
}
