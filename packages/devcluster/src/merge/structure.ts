/**
 * How a type merges, read off its schema: structured-merge-diff's atoms. A map is separable (each key has an owner of its own) or atomic, a
 * list is atomic, a set, or a map by keys. Where the schema is silent (preserved unknown fields) the value decides: maps are separable, lists atomic.
 */
import type { Schema } from '@sluice/api/builtin'
import type { Fields } from './fields.ts'
import { isObject } from './json.ts'

export interface MapStructure {
  kind: 'map'
  atomic: boolean
  fields: ReadonlyMap<string, Structure | Schema>
  /** For keys that are not fields; undefined when there may be none. */
  element: Structure | Schema | undefined
}

export interface ListStructure {
  kind: 'list'
  /** `keys` is sorted. */
  relation: 'atomic' | 'set' | 'map'
  keys: readonly string[]
  /** Defaults of keys, by name. */
  defaults: ReadonlyMap<string, unknown>
  element: Structure | Schema
}

export interface ScalarStructure {
  kind: 'scalar'
  type: 'string' | 'numeric' | 'boolean' | 'untyped'
}

export interface DeducedStructure {
  kind: 'deduced'
}

export type Structure = MapStructure | ListStructure | ScalarStructure | DeducedStructure

export const deduced: DeducedStructure = { kind: 'deduced' }
const noMapFields: ReadonlyMap<string, Structure> = new Map()
export const deducedMap: MapStructure = { kind: 'map', atomic: false, fields: noMapFields, element: deduced }
export const deducedList: ListStructure = {
  kind: 'list',
  relation: 'atomic',
  keys: [],
  defaults: new Map(),
  element: deduced,
}
export const deducedScalar: ScalarStructure = { kind: 'scalar', type: 'untyped' }

const known = new WeakMap<Schema, Structure>()

export function structureOf(schema: Schema | Structure): Structure {
  if ('kind' in schema) return schema
  let structure = known.get(schema)
  if (structure === undefined) {
    structure = read(schema)
    known.set(schema, structure)
  }
  return structure
}

function read(schema: Schema): Structure {
  const { type, properties, additionalProperties } = schema
  if (type === 'object' || properties !== undefined || (type === undefined && additionalProperties !== undefined)) {
    const open = schema.preserveUnknownFields === true || additionalProperties === true
    if (properties === undefined && open) return schema.mapType === 'atomic' ? { ...deducedMap, atomic: true } : deduced
    return {
      kind: 'map',
      atomic: schema.mapType === 'atomic',
      fields: properties === undefined ? noMapFields : new Map(Object.entries(properties)),
      element: typeof additionalProperties === 'object' ? additionalProperties : open ? deduced : undefined,
    }
  }
  if (type === 'array') {
    const keys = schema.listType === 'map' ? [...(schema.listMapKeys ?? [])].sort() : []
    const defaults = new Map<string, unknown>()
    for (const key of keys) {
      const value = schema.items?.properties?.[key]?.default
      if (value !== undefined) defaults.set(key, value)
    }
    return { kind: 'list', relation: schema.listType ?? 'atomic', keys, defaults, element: schema.items ?? deduced }
  }
  if (type === 'string') return { kind: 'scalar', type: 'string' }
  if (type === 'integer' || type === 'number') return { kind: 'scalar', type: 'numeric' }
  if (type === 'boolean') return { kind: 'scalar', type: 'boolean' }
  return schema.preserveUnknownFields === true ? deduced : deducedScalar
}

/** What the value is handled as; undefined for a deduced structure whose value says nothing (absent or null). */
export function handledAs(
  structure: Structure,
  value: unknown,
): MapStructure | ListStructure | ScalarStructure | undefined {
  if (structure.kind !== 'deduced') return structure
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value)) return deducedList
  return isObject(value) ? deducedMap : deducedScalar
}

/** The structure of a key's value; of one that the schema does not declare, whatever its value says. */
export function childOf(map: MapStructure, key: string): Structure {
  const child = map.fields.get(key) ?? map.element
  return child === undefined ? deduced : structureOf(child)
}

/** The path element of a list's item, or the reason why it has none. */
export function itemElement(list: ListStructure, item: unknown): { element: string } | { error: string } {
  if (list.relation === 'set') {
    if (Array.isArray(item)) return { error: 'not supported: associative list with lists as elements' }
    if (item === null) return { error: "associative list without keys has an element that's an explicit null" }
    if (isObject(item)) return { error: "associative list without keys has an element that's a map type" }
    return { element: `v:${JSON.stringify(item)}` }
  }
  if (item === null) return { error: 'associative list with keys may not have a null element' }
  if (!isObject(item)) return { error: 'associative list with keys may not have non-map elements' }
  let text = ''
  for (const key of list.keys) {
    const value = Object.hasOwn(item, key) ? item[key] : list.defaults.get(key)
    if (value !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${JSON.stringify(value)}`
  }
  if (text === '') {
    const keys = list.keys.map(key => JSON.stringify(key)).join(' ')
    const why = "(and doesn't have default values for any key fields)"
    return { error: `associative list with keys has an element that omits all key fields [${keys}] ${why}` }
  }
  return { element: `k:{${text}}` }
}

/** Adds the fields above members: a set with `a.b.c` also owns `a` when the schema names it, but not `a.b` of an open map. */
export function withNamedFields(fields: Fields, structure: Structure): Fields {
  const out: Record<string, Fields> = {}
  let changed = false
  for (const key in fields) {
    const below = fields[key] ?? {}
    if (key === '.') {
      out[key] = below
      continue
    }
    const name = key.startsWith('f:') ? key.slice(2) : undefined
    let child: Structure = deduced
    let named = false
    if (structure.kind === 'map' && name !== undefined) {
      child = childOf(structure, name)
      named = structure.fields.has(name)
    } else if (structure.kind === 'list' && name === undefined) child = structureOf(structure.element)
    let deeper = withNamedFields(below, child)
    if (named && !('.' in deeper) && Object.keys(deeper).length > 0) deeper = { '.': {}, ...deeper }
    if (deeper !== below) changed = true
    out[key] = deeper
  }
  return changed ? out : fields
}
