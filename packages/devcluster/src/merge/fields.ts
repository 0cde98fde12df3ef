/**
 * Sets of field paths in the very form in which `managedFields` keeps them (FieldsV1), so that nothing is decoded or encoded: an object's
 * keys are path elements (`f:name`, `k:{"key":"value"}`, `v:"item"`, `i:0`), its values the sets below. A node that is a
 * member itself is `{}` when nothing below it is, and has the key `.` otherwise. Sets are never changed once made: the
 * operations share what stays.
 */
export interface Fields {
  readonly [element: string]: Fields
}

/** A set under construction. */
export interface MutableFields {
  [element: string]: MutableFields | Fields
}

export const noFields: Fields = Object.freeze({})
const self = '.'

export function isEmpty(fields: Fields): boolean {
  for (const _ in fields) return false
  return true
}

/** Is the node itself in the set (and not only something below it)? */
function isMember(node: Fields): boolean {
  return self in node || isEmpty(node)
}

/** Joins membership with what is below; undefined when that is nothing. */
function node(member: boolean, below: MutableFields | undefined): Fields | undefined {
  if (below === undefined) return member ? noFields : undefined
  return member ? { [self]: noFields, ...below } : below
}

export function union(a: Fields, b: Fields): Fields {
  if (a === b || isEmpty(b)) return a
  if (isEmpty(a)) return b
  let out: MutableFields | undefined
  let added = false
  for (const key in b) {
    if (key === self) continue
    const below = b[key] ?? noFields
    const mine = a[key]
    if (mine === undefined) {
      out ??= { ...a }
      out[key] = below
      added = true
      continue
    }
    const joined = unionNode(mine, below)
    if (joined !== mine) {
      out ??= { ...a }
      out[key] = joined
    }
  }
  if (out === undefined) return a
  return added ? sorted(out) : out
}

function unionNode(a: Fields, b: Fields): Fields {
  if (a === b) return a
  const wasMember = isMember(a)
  const member = wasMember || isMember(b)
  const joined = union(a, b)
  if (isEmpty(joined)) return noFields
  if (!member || self in joined) return joined
  return { [self]: noFields, ...joined }
}

/** What is in `a` and not in `b`; a parent in `b` leaves children in `a` alone. */
export function difference(a: Fields, b: Fields): Fields {
  return subtract(a, b, false) ?? noFields
}

/** As {@link difference}, but a member of `b` takes everything below it along. */
export function exclude(a: Fields, b: Fields): Fields {
  return subtract(a, b, true) ?? noFields
}

/** The elements below `a` that are not below `b`; undefined when there are none, `a` itself when all stay. */
function subtract(a: Fields, b: Fields, recursive: boolean): Fields | undefined {
  let out: MutableFields | undefined
  let changed = false
  for (const key in a) {
    if (key === self) continue
    const mine = a[key] ?? noFields
    const other = b[key]
    let rest: Fields | undefined = mine
    if (other !== undefined) {
      const otherIsMember = isMember(other)
      if (recursive && otherIsMember) rest = undefined
      else rest = subtractNode(mine, other, otherIsMember, recursive)
    }
    if (rest !== mine) changed = true
    if (rest !== undefined) {
      out ??= {}
      out[key] = rest
    }
  }
  return changed ? out : a
}

function subtractNode(mine: Fields, other: Fields, otherIsMember: boolean, recursive: boolean): Fields | undefined {
  const wasMember = isMember(mine)
  const member = wasMember && !otherIsMember
  const below = isEmpty(mine) ? undefined : subtract(mine, other, recursive)
  if (below === mine && member === wasMember) return mine
  if (below === undefined || isEmpty(below)) return member ? noFields : undefined
  const { [self]: _, ...rest } = below
  return node(member, isEmpty(rest) ? undefined : rest)
}

export function intersection(a: Fields, b: Fields): Fields {
  return intersect(a, b) ?? noFields
}

function intersect(a: Fields, b: Fields): MutableFields | undefined {
  let out: MutableFields | undefined
  for (const key in a) {
    if (key === self) continue
    const mine = a[key]
    const other = b[key]
    if (mine === undefined || other === undefined) continue
    const both = node(isMember(mine) && isMember(other), intersect(mine, other))
    if (both !== undefined) {
      out ??= {}
      out[key] = both
    }
  }
  return out
}

export function sameFields(a: Fields, b: Fields): boolean {
  if (a === b) return true
  let count = 0
  for (const key in a) {
    const mine = a[key]
    const other = b[key]
    if (mine === undefined || other === undefined || !sameFields(mine, other)) return false
    count++
  }
  for (const _ in b) count--
  return count === 0
}

/** Each member's path, in order. */
export function pathsIn(fields: Fields, prefix: readonly string[] = []): string[][] {
  const out: string[][] = []
  for (const key in fields) {
    if (key === self) continue
    const below = fields[key] ?? noFields
    const path = [...prefix, key]
    if (isMember(below)) out.push(path)
    out.push(...pathsIn(below, path))
  }
  return out
}

/** Is the node under this element a member? */
export function hasMember(fields: Fields, element: string): boolean {
  const below = fields[element]
  return below !== undefined && isMember(below)
}

/** What is below the element, or undefined when nothing is. */
export function under(fields: Fields, element: string): Fields | undefined {
  const below = fields[element]
  if (below === undefined) return undefined
  for (const key in below) if (key !== self) return below
  return undefined
}

/** The set with all keys in the server's order. */
export function ordered(fields: Fields): Fields {
  let out: MutableFields | undefined
  for (const key in fields) {
    const below = fields[key] ?? noFields
    const better = ordered(below)
    if (better !== below) {
      out ??= { ...fields }
      out[key] = better
    }
  }
  return sorted(out ?? fields)
}

/** One level in order: `.`, fields by name, then keys, values and indices. */
function sorted(fields: Fields | MutableFields): Fields {
  const keys = Object.keys(fields)
  let inOrder = true
  for (let i = 1; i < keys.length && inOrder; i++) inOrder = compareElements(keys[i - 1] ?? '', keys[i] ?? '') <= 0
  if (inOrder) return fields
  keys.sort(compareElements)
  const out: MutableFields = {}
  for (const key of keys) out[key] = fields[key] ?? noFields
  return out
}

const ranks: Record<string, number> = { '.': 0, f: 1, k: 2, v: 3, i: 4 }

function compareElements(a: string, b: string): number {
  const rank = (ranks[a.charAt(0)] ?? 5) - (ranks[b.charAt(0)] ?? 5)
  if (rank !== 0) return rank
  const type = a.charAt(0)
  if (type === 'k' || type === 'v' || type === 'i') return compareValues(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)))
  return a < b ? -1 : a > b ? 1 : 0
}

const typeRank = (value: unknown) => ['number', 'string', 'boolean', 'object'].indexOf(typeof value)

function compareValues(a: unknown, b: unknown): number {
  const rank = typeRank(a) - typeRank(b)
  if (rank !== 0) return rank
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return Number(a) - Number(b)
  const left = Object.entries(a)
  const right = Object.entries(b)
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [leftName = '', leftValue] = left[i] ?? []
    const [rightName = '', rightValue] = right[i] ?? []
    if (leftName !== rightName) return leftName < rightName ? -1 : 1
    const order = compareValues(leftValue, rightValue)
    if (order !== 0) return order
  }
  return left.length - right.length
}

/** `.spec.ports[port=80,protocol="TCP"]`, as conflicts name a path. */
export function pathText(path: readonly string[]): string {
  return path.map(elementText).join('')
}

export function elementText(element: string): string {
  const rest = element.slice(2)
  switch (element.charAt(0)) {
    case 'f':
      return `.${rest}`
    case 'k': {
      const key: Record<string, unknown> = JSON.parse(rest)
      return `[${Object.entries(key)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',')}]`
    }
    case 'v':
      return `[=${rest}]`
    default:
      return `[${rest}]`
  }
}
