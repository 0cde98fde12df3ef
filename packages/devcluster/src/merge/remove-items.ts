/** A value without the fields and items of a set. Atomic values go as a whole or stay. Follows structured-merge-diff's removal. */
import { type Fields, hasMember, under } from './fields.ts'
import { isObject, put } from './json.ts'
import { childOf, handledAs, itemElement, type Structure, structureOf } from './structure.ts'

/** Shares what stays; undefined when nothing does. */
export function removeItems(structure: Structure, value: unknown, remove: Fields): unknown {
  const as = handledAs(structure, value)
  if (as === undefined || as.kind === 'scalar') return value
  if (as.kind === 'map') {
    if (!isObject(value)) return value
    if (as.atomic) return undefined
    let out: Record<string, unknown> | undefined
    for (const key in value) {
      const element = `f:${key}`
      let kept: unknown = value[key]
      if (hasMember(remove, element)) kept = undefined
      else {
        const below = under(remove, element)
        if (below !== undefined) kept = removeItems(childOf(as, key), kept, below)
      }
      if (kept === value[key]) continue
      out ??= { ...value }
      if (kept === undefined) delete out[key]
      else put(out, key, kept)
    }
    if (out === undefined) return value
    return Object.keys(out).length === 0 ? undefined : out
  }
  if (!Array.isArray(value)) return value
  if (as.relation === 'atomic') return undefined
  const element = structureOf(as.element)
  let changed = false
  const out: unknown[] = []
  for (const item of value) {
    const found = itemElement(as, item)
    if ('error' in found) {
      out.push(item)
      continue
    }
    if (hasMember(remove, found.element)) {
      changed = true
      continue
    }
    const below = under(remove, found.element)
    const kept = below === undefined ? item : removeItems(element, item, below)
    if (kept !== item) changed = true
    if (kept !== undefined) out.push(kept)
  }
  if (!changed) return value
  return out.length === 0 ? undefined : out
}
