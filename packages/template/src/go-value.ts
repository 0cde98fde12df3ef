/**
 * Go's view of our values: kinds, type names, truth, members, order of keys. `bigint` is int, `number` float64; plain objects and Maps are
 * map[string]interface{}; other objects are structs, whose functions are methods. `null` is a nil interface, `undefined` no value at all.
 */
import { compareBytes, goLength } from './go-string.ts'
import { GoTime } from './go-time.ts'
import { Int64, wholeNumber } from './int64.ts'
import { parametersOf } from './method-parameters.ts'
import type { Parameter } from './template-function.ts'
import { visit } from './visit.ts'

export type Kind = 'invalid' | 'bool' | 'int' | 'int64' | 'float64' | 'string' | 'slice' | 'map' | 'struct' | 'func'

export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'bigint':
      return 'int'
    case 'number':
      return 'float64'
    case 'boolean':
      return 'bool'
    case 'function':
      return 'func'
    case 'object':
      if (value === null) return 'invalid'
      if (Array.isArray(value) || value instanceof Uint8Array) return 'slice'
      if (value instanceof Int64) return 'int64'
      return isMap(value) ? 'map' : 'struct'
    default:
      return 'invalid'
  }
}

/** A map that Go would hold as nil: it reads as an empty one, JSON writes null and TOML leaves it out. */
export class NilMap extends Map<string, never> {
  override set(): never {
    throw new Error('assignment to entry in nil map')
  }
}

export type GoMap = Record<string, unknown> | Map<unknown, unknown>

export function isMap(value: unknown): value is GoMap {
  if (typeof value !== 'object' || value === null) return false
  if (value instanceof Map) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const namedTypes = new WeakMap<object, string>()

/** Gives a map a type with a name, as `common.Values`; templates see that in errors and by `typeOf`. */
export function withGoType<T extends object>(value: T, name: string): T {
  namedTypes.set(value, name)
  return value
}

/** Without `parameters` it takes as many arguments as its function, of any type. */
export type Method = ((...args: unknown[]) => unknown) & { arity?: number; parameters?: readonly Parameter[] }

/** A method whose arguments are checked. */
export const method = (parameters: readonly Parameter[], run: (...args: unknown[]) => unknown): Method =>
  Object.assign((...args: unknown[]): unknown => run(...args), { arity: parameters.length, parameters })

/** By name, then by type: few names have any, and most fields of maps are plain data. */
const namedMethods = new Map<string, Map<string, (receiver: object) => Method>>()

/** Gives all maps whose type has that name methods for templates. */
export function goTypeMethods(type: string, methods: Record<string, (receiver: object) => Method>): void {
  for (const [name, method] of Object.entries(methods)) {
    const byType = namedMethods.get(name) ?? new Map<string, (receiver: object) => Method>()
    namedMethods.set(name, byType.set(type, method))
  }
}

/** A method that a map has by its type. */
export function typeMethod(receiver: object, name: string): Method | undefined {
  const byType = namedMethods.get(name)
  return byType?.get(namedTypes.get(receiver) ?? '')?.(receiver)
}

const nilLists = new WeakSet<object>()

/** A list that Go holds as nil: empty for everybody but JSON and YAML, which write null. */
export function nilList<T>(list: T[]): T[] {
  nilLists.add(list)
  return list
}

export const isNilList = (value: unknown): boolean => isObject(value) && nilLists.has(value)

/** The name Go has for the type of a value. */
export function typeName(value: unknown): string {
  if (isObject(value)) {
    const named = namedTypes.get(value)
    if (named !== undefined) return named
  }
  if (value instanceof GoTime) return 'time.Time'
  if (value instanceof Uint8Array) return '[]uint8'
  switch (kindOf(value)) {
    case 'map':
      return 'map[string]interface {}'
    case 'slice':
      return '[]interface {}'
    case 'func':
      return 'func()'
    case 'struct': {
      const maker = isObject(value) ? value.constructor : undefined
      if (typeof maker !== 'function') return 'struct'
      const named: unknown = Reflect.get(maker, 'goType')
      return typeof named === 'string' ? named : `*${maker.name}`
    }
    case 'invalid':
      return value === null ? 'interface {}' : '<nil>'
    default:
      return kindOf(value)
  }
}

/** What `if` and `and` go by. */
export function truth(value: unknown): boolean {
  switch (kindOf(value)) {
    case 'invalid':
      return false
    case 'bool':
      return value === true
    case 'int':
      return value !== 0n
    case 'int64':
      return wholeNumber(value) !== 0n
    case 'float64':
      return value !== 0
    case 'string':
      return value !== ''
    case 'slice':
    case 'map':
      return lengthOf(value) !== 0
    default:
      return true
  }
}

/** The length of a string (bytes), list or map; undefined for what has none. */
export function lengthOf(value: unknown): number | undefined {
  if (typeof value === 'string') return goLength(value)
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length
  if (value instanceof Map) return value.size
  if (isMap(value)) {
    let count = 0
    for (const key in value) if (Object.hasOwn(value, key)) count++
    return count
  }
  return undefined
}

/** The value of a key; undefined when the map has none. */
export function mapGet(map: GoMap, key: string): unknown {
  if (map instanceof Map) return map.get(key)
  return Object.hasOwn(map, key) ? map[key] : undefined
}

export const mapHas = (map: GoMap, key: string): boolean =>
  map instanceof Map ? map.has(key) : Object.hasOwn(map, key) && map[key] !== undefined

export function mapSet(map: GoMap, key: string, value: unknown): void {
  if (map instanceof Map) map.set(key, value)
  else if (key === '__proto__')
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
  else map[key] = value
}

export function mapDelete(map: GoMap, key: string): void {
  if (map instanceof Map) map.delete(key)
  else delete map[key]
}

/** Entries in no defined order. */
export function mapEntries(map: GoMap): [unknown, unknown][] {
  if (map instanceof Map) return [...map]
  const entries: [unknown, unknown][] = []
  for (const key in map) {
    const value = Object.hasOwn(map, key) ? map[key] : undefined
    if (value !== undefined) entries.push([key, value])
  }
  return entries
}

function compareKeys(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return compareBytes(a, b)
  if ((typeof a === 'number' || typeof a === 'bigint') && (typeof b === 'number' || typeof b === 'bigint'))
    return a < b ? -1 : a > b ? 1 : 0
  return compareBytes(String(a), String(b))
}

/** Entries as Go ranges over and prints them. */
export function sortedEntries(map: GoMap): [unknown, unknown][] {
  const entries = mapEntries(map)
  return entries.length > 1 ? entries.sort((a, b) => compareKeys(a[0], b[0])) : entries
}

const builtin = new Set<unknown>([
  Object.prototype,
  Map.prototype,
  NilMap.prototype,
  Array.prototype,
  Uint8Array.prototype,
  null,
])

/** The method of a value with a name; undefined when it has none. What JavaScript itself gives to objects is no method. */
export function methodOf(value: unknown, name: string): Method | undefined {
  if (!isObject(value) || name === 'constructor') return undefined
  for (
    let at: unknown = Object.getPrototypeOf(value);
    isObject(at) && !builtin.has(at);
    at = Object.getPrototypeOf(at)
  ) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name)
    if (descriptor === undefined) continue
    const member: unknown = descriptor.value
    return typeof member === 'function' ? bound(member, value, parametersOf(at, name)) : undefined
  }
  const own: unknown = Object.hasOwn(value, name) ? value[name] : undefined
  return typeof own === 'function' ? bound(own, value) : undefined
}

// biome-ignore lint/complexity/noBannedTypes: whatever a class has as a method
const bound = (method: Function, receiver: object, parameters?: readonly Parameter[]): Method =>
  Object.assign((...args: unknown[]): unknown => Reflect.apply(method, receiver, args), {
    arity: method.length,
    parameters,
  })

/** The field of a struct: an own property or a getter of its class. */
export function fieldOf(value: unknown, name: string): { value: unknown } | undefined {
  if (!isObject(value)) return undefined
  if (Object.hasOwn(value, name)) return { value: value[name] ?? null }
  for (
    let at: unknown = Object.getPrototypeOf(value);
    isObject(at) && !builtin.has(at);
    at = Object.getPrototypeOf(at)
  ) {
    if (Object.getOwnPropertyDescriptor(at, name)?.get) return { value: Reflect.get(value, name) ?? null }
  }
  return undefined
}

/** reflect.DeepEqual. */
export function deepEqual(a: unknown, b: unknown, depth = 0): boolean {
  if (a === b || (a == null && b == null)) return true
  if (depth > 1000) throw new Error('value is nested too deeply')
  visit(depth)
  const kind = kindOf(a)
  if (kind !== kindOf(b)) return false
  if (kind === 'int64') return wholeNumber(a) === wholeNumber(b)
  if (kind === 'slice' && typeName(a) !== typeName(b)) return false
  if (a instanceof GoTime && b instanceof GoTime) return a.nanos === b.nanos
  if (kind === 'slice') {
    const left = listOf(a)
    const right = listOf(b)
    return left.length === right.length && left.every((item, index) => deepEqual(item, right[index], depth + 1))
  }
  if (isMap(a) && isMap(b)) {
    const left = mapEntries(a)
    if (left.length !== lengthOf(b)) return false
    return left.every(([key, value]) => {
      const name = String(key)
      return mapHas(b, name) && deepEqual(value, mapGet(b, name), depth + 1)
    })
  }
  return false
}

/** The items of a list; bytes as ints. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return value instanceof Uint8Array ? Array.from(value, BigInt) : []
}
