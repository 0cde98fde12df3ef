/**
 * A live value with an applied one laid over it. What the applied value does not say stays, and what stays is shared, not copied: an apply
 * that changes nothing gives back the live value itself. Follows structured-merge-diff's merge, the order of list items included.
 */
import { equal, isObject, put } from './json.ts'
import {
  childOf,
  handledAs,
  itemElement,
  type ListStructure,
  type MapStructure,
  type Structure,
  structureOf,
} from './structure.ts'

/** `undefined` stands for a value that is not there. */
export function mergeValues(structure: Structure, live: unknown, applied: unknown): unknown {
  if (applied === undefined || live === applied) return live
  const as = handledAs(structure, applied) ?? handledAs(structure, live)
  if (as?.kind === 'map' && !as.atomic) {
    const left = isObject(live) ? live : undefined
    const right = isObject(applied) ? applied : undefined
    const nothing = (left === undefined || isBare(left)) && (right === undefined || isBare(right))
    if (!nothing) return right === undefined ? live : mergeMaps(as, left, right)
  }
  if (as?.kind === 'list' && as.relation !== 'atomic') {
    const left = Array.isArray(live) ? live : []
    const right = Array.isArray(applied) ? applied : []
    if (left.length + right.length > 0) {
      const merged = mergeLists(as, left, right)
      return left.length === merged.length && merged.every((item, at) => item === left[at]) ? live : merged
    }
  }
  return equal(live, applied) ? live : applied
}

function isBare(value: Record<string, unknown>): boolean {
  for (const _ in value) return false
  return true
}

function mergeMaps(
  map: MapStructure,
  live: Record<string, unknown> | undefined,
  applied: Record<string, unknown>,
): Record<string, unknown> | undefined {
  if (live === undefined) {
    const out: Record<string, unknown> = {}
    for (const key in applied) set(out, key, mergeValues(childOf(map, key), undefined, applied[key]))
    return isBare(out) ? undefined : out
  }
  let out: Record<string, unknown> | undefined
  for (const key in applied) {
    const mine = Object.hasOwn(live, key) ? live[key] : undefined
    const merged = mergeValues(childOf(map, key), mine, applied[key])
    if (merged === mine) continue
    out ??= { ...live }
    set(out, key, merged)
  }
  return out ?? live
}

function set(target: Record<string, unknown>, key: string, value: unknown): void {
  if (value !== undefined) put(target, key, value)
}

interface Indexed {
  elements: string[]
  /** undefined for an element that is there more than once. */
  items: Map<string, unknown>
}

function index(list: ListStructure, items: unknown[]): Indexed {
  const elements: string[] = []
  const found = new Map<string, unknown>()
  for (const item of items) {
    const named = itemElement(list, item)
    if ('error' in named) continue
    elements.push(named.element)
    found.set(named.element, found.has(named.element) ? undefined : item)
  }
  return { elements, items: found }
}

/** Shared items follow the applied order, live-only ones keep their place before the next shared one. */
function mergeLists(list: ListStructure, live: unknown[], applied: unknown[]): unknown[] {
  const left = index(list, live)
  const right = index(list, applied)
  const element = structureOf(list.element)
  const shared = right.elements.filter(key => left.items.has(key))
  let next = shared.shift()
  const done = new Set<string>()
  const out: unknown[] = []
  const take = (key: string) => {
    done.add(key)
    out.push(mergeValues(element, left.items.get(key), right.items.get(key)))
  }
  for (let l = 0, r = 0; l < left.elements.length || r < right.elements.length; ) {
    const mine = left.elements[l]
    const theirs = right.elements[r]
    if (mine !== undefined && theirs !== undefined) {
      if (mine === theirs) {
        take(mine)
        l++
        r++
        next = shared.shift()
        continue
      }
      if (right.items.has(mine) && next !== undefined && next !== mine) {
        l++
        continue
      }
    }
    if (mine !== undefined) {
      if (!right.items.has(mine)) {
        out.push(live[l])
        l++
        continue
      }
      if (done.has(mine)) l++
    }
    if (theirs !== undefined) {
      take(theirs)
      r++
      if (next === theirs) next = shared.shift()
    }
  }
  return out
}
