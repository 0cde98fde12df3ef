/** Sprig's functions on maps. `set`, `unset` and the merges change the map they are given, as in Go. */
import {
  type GoMap,
  isMap,
  isNilList,
  isObject,
  kindOf,
  listOf,
  mapDelete,
  mapEntries,
  mapGet,
  mapHas,
  mapSet,
  NilMap,
  typeName,
  withGoType,
} from '../go-value.ts'
import { wholeNumber } from '../int64.ts'
import { type TemplateFunction, typed } from '../template-function.ts'
import { visit } from '../visit.ts'
import { empty, mapOf, stringList, stringOf, textOf } from './cast.ts'

/** Deepest value that is copied or merged. */
const deepest = 1000

export function deepCopy(value: unknown, depth = 0): unknown {
  visit(depth)
  if (depth > deepest) throw new Error('value is nested too deeply')
  if (Array.isArray(value))
    return withGoType(
      value.map(item => deepCopy(item, depth + 1)),
      typeName(value),
    )
  if (!isMap(value) || value instanceof Map) return value
  const copy: Record<string, unknown> = withGoType({}, typeName(value))
  for (const [key, item] of mapEntries(value)) mapSet(copy, String(key), deepCopy(item, depth + 1))
  return copy
}

/** mergo.Merge and, with `overwrite`, mergo.MergeWithOverwrite. */
function merge(target: GoMap, source: GoMap, overwrite: boolean, depth = 0): void {
  visit(depth)
  if (depth > deepest) throw new Error('value is nested too deeply')
  if (target === source) return
  for (const [name, value] of mapEntries(source)) {
    const key = String(name)
    if (value == null) {
      if (overwrite) mapSet(target, key, null)
      continue
    }
    const old = mapGet(target, key)
    if (isMap(value) && isMap(old)) {
      merge(old, value, overwrite, depth + 1)
      if (!empty(old)) continue
    }
    if (overwrite || empty(old)) mapSet(target, key, value)
  }
}

const merging = (overwrite: boolean): TemplateFunction =>
  typed('map, ...map', ([target, ...sources]) => {
    const into = mapOf(target)
    for (const source of sources) merge(into, mapOf(source), overwrite)
    return into
  })

function dig(args: readonly unknown[]): unknown {
  if (args.length < 3) throw new Error('dig needs at least three arguments')
  let at = args.at(-1)
  const keys = args.slice(0, -2)
  for (const key of keys) {
    if (typeof key !== 'string')
      throw new Error(`interface conversion: interface {} is ${key == null ? 'nil' : typeName(key)}, not string`)
  }
  for (const key of keys) {
    if (!isMap(at) || typeName(at) !== 'map[string]interface {}') {
      throw new Error(
        `interface conversion: interface {} is ${at == null ? 'nil' : typeName(at)}, not map[string]interface {}`,
      )
    }
    if (typeof key !== 'string' || !mapHas(at, key)) return args.at(-2)
    at = mapGet(at, key)
  }
  return at
}

function dict(args: readonly unknown[]): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (let at = 0; at < args.length; at += 2) mapSet(out, textOf(args[at]), at + 1 < args.length ? args[at + 1] : '')
  return out
}

function chosen(map: GoMap, keep: (key: string) => boolean): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [key, value] of mapEntries(map)) if (keep(String(key))) mapSet(out, String(key), value)
  return out
}

function wholeCopy(value: unknown): unknown {
  if (value == null) throw new Error('reflect: call of reflect.Value.Type on zero Value')
  return deepCopy(value)
}

export const dictFunctions: Record<string, TemplateFunction> = {
  dict: typed('...any', dict),
  get: typed('map, string', ([map, key]) =>
    mapHas(mapOf(map), stringOf(key)) ? mapGet(mapOf(map), stringOf(key)) : '',
  ),
  set: typed('map, string, any', ([map, key, value]) => {
    if (map == null) throw new Error('assignment to entry in nil map')
    mapSet(mapOf(map), stringOf(key), value)
    return map
  }),
  unset: typed('map, string', ([map, key]) => {
    mapDelete(mapOf(map), stringOf(key))
    return map
  }),
  hasKey: typed('map, string', ([map, key]) => mapHas(mapOf(map), stringOf(key))),
  pluck: typed('string, ...map', ([key, ...maps]) =>
    maps.filter(map => mapHas(mapOf(map), stringOf(key))).map(map => mapGet(mapOf(map), stringOf(key))),
  ),
  keys: typed('...map', maps => stringList(maps.flatMap(map => mapEntries(mapOf(map)).map(([key]) => String(key))))),
  values: typed('map', ([map]) => mapEntries(mapOf(map)).map(([, value]) => value)),
  pick: typed('map, ...string', ([map, ...keys]) => chosen(mapOf(map), key => keys.includes(key))),
  omit: typed('map, ...string', ([map, ...keys]) => chosen(mapOf(map), key => !keys.includes(key))),
  merge: merging(false),
  mustMerge: merging(false),
  mergeOverwrite: merging(true),
  mustMergeOverwrite: merging(true),
  deepCopy: typed('any', ([value]) => wholeCopy(value)),
  mustDeepCopy: typed('any', ([value]) => wholeCopy(value)),
  dig: typed('...any', dig),
}

/** Plain values that were structs: JSON keeps the order of their fields. */
const structs = new WeakSet<object>()

export const wasStruct = (value: object): boolean => structs.has(value)

/** The names that a struct's class gives its fields in JSON: a static `jsonNames`. */
function jsonNames(value: unknown): Record<string, string> {
  const maker = isObject(value) ? value.constructor : undefined
  const names: unknown = typeof maker === 'function' ? Reflect.get(maker, 'jsonNames') : undefined
  const out: Record<string, string> = {}
  for (const [key, name] of isObject(names) ? Object.entries(names) : [])
    if (typeof name === 'string') mapSet(out, key, name)
  return out
}

const nameOf = (names: Record<string, string>, field: string): string =>
  (Object.hasOwn(names, field) ? names[field] : undefined) ?? field

/** A struct's fields as a map; lists and maps all the way down: what JSON, YAML and TOML are written from. */
export function plainValue(value: unknown, depth = 0): unknown {
  if (depth > deepest) throw new Error('json: unsupported value: encountered a cycle via map[string]interface {}')
  visit(depth)
  if (value == null || value instanceof NilMap || isNilList(value)) return null
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  switch (kindOf(value)) {
    case 'slice':
      return listOf(value).map(item => plainValue(item, depth + 1))
    case 'map': {
      const out: Record<string, unknown> = {}
      for (const [key, item] of isMap(value) ? mapEntries(value) : []) {
        if (typeof item !== 'function') mapSet(out, String(key), plainValue(item, depth + 1))
      }
      return out
    }
    case 'struct': {
      const time: unknown = isObject(value) && typeof value.toGoJson === 'function' ? value.toGoJson() : undefined
      if (time !== undefined) return time
      const out: Record<string, unknown> = {}
      structs.add(out)
      const names = jsonNames(value)
      for (const [key, item] of isObject(value) ? Object.entries(value) : [])
        if (typeof item !== 'function') mapSet(out, nameOf(names, key), plainValue(item, depth + 1))
      return out
    }
    case 'int64':
      return wholeNumber(value)
    case 'func':
      throw new Error('json: unsupported type: func()')
    default:
      return value
  }
}
