/** What changed between two values of one type, as sets of fields. Follows structured-merge-diff's comparison. */
import type { Fields, MutableFields } from './fields.ts'
import { noFields } from './fields.ts'
import { equal, isObject } from './json.ts'
import {
  childOf,
  handledAs,
  itemElement,
  type ListStructure,
  type MapStructure,
  type Structure,
  structureOf,
} from './structure.ts'

export interface Comparison {
  added: Fields
  removed: Fields
  modified: Fields
}

interface Change {
  added?: MutableFields | Fields
  removed?: MutableFields | Fields
  modified?: MutableFields | Fields
}

const kinds = ['added', 'removed', 'modified'] as const

/** `undefined` stands for a value that is not there. */
export function compare(structure: Structure, before: unknown, after: unknown): Comparison {
  const { added = noFields, removed = noFields, modified = noFields } = changeOf(structure, before, after) ?? {}
  return { added: top(added), removed: top(removed), modified: top(modified) }
}

/** The object as a whole has no owner. */
function top(fields: Fields): Fields {
  if (!('.' in fields)) return fields
  const { '.': _, ...rest } = fields
  return rest
}

function mark(change: Change, kind: (typeof kinds)[number]): void {
  const below = change[kind]
  change[kind] = below === undefined ? noFields : { '.': noFields, ...below }
}

function attach(change: Change, element: string, child: Change | undefined): void {
  if (child === undefined) return
  for (const kind of kinds) {
    const below = child[kind]
    if (below === undefined) continue
    const fields = change[kind]
    if (fields === undefined) change[kind] = { [element]: below }
    else (fields as MutableFields)[element] = below
  }
}

function leaf(change: Change, before: unknown, after: unknown): void {
  if (before === undefined) mark(change, 'added')
  else if (after === undefined) mark(change, 'removed')
  else if (!equal(before, after)) mark(change, 'modified')
}

function changeOf(structure: Structure, before: unknown, after: unknown): Change | undefined {
  if (before === after) return undefined
  const change: Change = {}
  const beforeAs = handledAs(structure, before)
  const afterAs = handledAs(structure, after)
  let inLeaf = false
  if (after === undefined || afterAs === undefined) inLeaf = handle(beforeAs, before, after, change)
  else if (before === undefined || beforeAs === undefined || beforeAs.kind === afterAs.kind) {
    inLeaf = handle(afterAs, before, after, change)
  } else {
    handle(beforeAs, before, after, change)
    inLeaf = handle(afterAs, before, after, change)
  }
  if (!inLeaf) {
    if (before === undefined) mark(change, 'added')
    else if (after === undefined) mark(change, 'removed')
  }
  return change
}

/** True when the value was taken as one. */
function handle(
  as: MapStructure | ListStructure | { kind: 'scalar' } | undefined,
  before: unknown,
  after: unknown,
  change: Change,
): boolean {
  if (as?.kind === 'map') {
    const left = isObject(before) ? before : undefined
    const right = isObject(after) ? after : undefined
    const nothing = (left === undefined || isBare(left)) && (right === undefined || isBare(right))
    if (!as.atomic && !nothing) {
      compareMaps(as, left, right, change)
      return false
    }
  } else if (as?.kind === 'list') {
    const left = Array.isArray(before) ? before : []
    const right = Array.isArray(after) ? after : []
    if (as.relation !== 'atomic' && left.length + right.length > 0) {
      compareLists(as, left, right, change)
      return false
    }
  }
  leaf(change, before, after)
  return true
}

function isBare(value: Record<string, unknown>): boolean {
  for (const _ in value) return false
  return true
}

function compareMaps(
  map: MapStructure,
  before: Record<string, unknown> | undefined,
  after: Record<string, unknown> | undefined,
  change: Change,
): void {
  if (before !== undefined) {
    for (const key in before) {
      const left = before[key]
      const right = after !== undefined && Object.hasOwn(after, key) ? after[key] : undefined
      if (left !== right) attach(change, `f:${key}`, changeOf(childOf(map, key), left, right))
    }
  }
  if (after !== undefined) {
    for (const key in after) {
      if (before !== undefined && Object.hasOwn(before, key)) continue
      attach(change, `f:${key}`, changeOf(childOf(map, key), undefined, after[key]))
    }
  }
}

function byElement(list: ListStructure, items: unknown[]): Map<string, unknown[]> {
  const out = new Map<string, unknown[]>()
  for (const item of items) {
    const found = itemElement(list, item)
    if ('error' in found) continue
    const same = out.get(found.element)
    if (same === undefined) out.set(found.element, [item])
    else same.push(item)
  }
  return out
}

function compareLists(list: ListStructure, before: unknown[], after: unknown[], change: Change): void {
  const left = byElement(list, before)
  const right = byElement(list, after)
  const element = structureOf(list.element)
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const mine = left.get(key) ?? []
    const theirs = right.get(key) ?? []
    if (mine.length <= 1 && theirs.length <= 1) attach(change, key, changeOf(element, mine[0], theirs[0]))
    else if (mine.length >= 2 && theirs.length >= 2) {
      if (!equal(mine, theirs)) attach(change, key, { modified: noFields })
    } else if (mine.length >= 2) {
      if (theirs.length > 0) attach(change, key, changeOf(element, undefined, theirs[0]))
      attach(change, key, { removed: noFields })
    } else {
      if (mine.length > 0) attach(change, key, changeOf(element, mine[0], undefined))
      attach(change, key, { added: noFields })
    }
  }
}
