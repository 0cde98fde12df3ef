/** The set of fields that a value consists of: what an applier owns by applying it. */
import type { Fields, MutableFields } from './fields.ts'
import { noFields } from './fields.ts'
import { isObject } from './json.ts'
import {
  childOf,
  handledAs,
  itemElement,
  type ListStructure,
  type MapStructure,
  type Structure,
  structureOf,
} from './structure.ts'

export function fieldSetOf(structure: Structure, value: unknown): Fields {
  return nodeOf(structure, value) ?? noFields
}

/** The node of a value: undefined when it is no member and nothing below it is. */
function nodeOf(structure: Structure, value: unknown): Fields | undefined {
  const as = handledAs(structure, value)
  if (as === undefined || as.kind === 'scalar') return noFields
  if (as.kind === 'map') {
    if (as.atomic) return noFields
    return isObject(value) ? mapNode(as, value) : undefined
  }
  if (as.relation === 'atomic') return noFields
  return Array.isArray(value) ? listNode(as, value) : undefined
}

function asMember(node: Fields | undefined): Fields {
  if (node === undefined) return noFields
  for (const key in node) return key === '.' ? node : { '.': noFields, ...node }
  return node
}

function mapNode(map: MapStructure, value: Record<string, unknown>): Fields | undefined {
  let out: MutableFields | undefined
  for (const key in value) {
    const inner = value[key]
    let node = nodeOf(childOf(map, key), inner)
    const nothing = inner === null || (isObject(inner) && Object.keys(inner).length === 0)
    if (nothing || !map.fields.has(key)) node = asMember(node)
    if (node !== undefined) {
      out ??= {}
      out[`f:${key}`] = node
    }
  }
  return out
}

function listNode(list: ListStructure, value: unknown[]): Fields | undefined {
  let out: MutableFields | undefined
  const element = structureOf(list.element)
  for (const item of value) {
    const found = itemElement(list, item)
    if ('error' in found) continue
    out ??= {}
    // An item that is there twice is owned as a whole: nobody can tell its fields apart.
    out[found.element] = found.element in out ? noFields : asMember(nodeOf(element, item))
  }
  return out
}
