/**
 * Field paths of replacements: `spec.containers.[name=app].image`, `metadata.annotations.[a.b/c]`, `list.*.name`, `list.0`. Finds the places in an object,
 * makes missing ones when asked, and reaches into YAML or JSON that is held in a text.
 */
import { unanchored } from './go-regexp.ts'
import { KustomizeError } from './kustomize-error.ts'
import { isMapping, isMissing, isNull, kindOf, type Mapping, own, put, textOf, untyped } from './tree.ts'

/** A place in an object that can be read and written. */
export interface Slot {
  get(): unknown
  set(value: unknown): void
}

export type Leaf = 'scalar' | 'mapping' | 'sequence'

/** Splits at dots; a backslash before a dot keeps it, brackets keep what is in them together. */
export function splitPath(path: string): string[] {
  const parts: string[] = []
  for (const part of path.split('.')) {
    const last = parts.at(-1)
    if (last?.endsWith('\\')) parts[parts.length - 1] = `${last.slice(0, -1)}.${part}`
    else parts.push(part)
  }
  if (parts.length > 1 && parts[0] === '') parts.shift()
  const joined: string[] = []
  for (let i = 0; i < parts.length; i++) {
    let part = parts[i] ?? ''
    if (part.startsWith('[') && !part.endsWith(']')) {
      while (i < parts.length - 1) {
        part += `.${parts[++i]}`
        if (part.endsWith(']')) break
      }
      if (!part.includes('=')) part = part.replace(/^[[\]]+|[[\]]+$/g, '')
    }
    joined.push(part)
  }
  return joined
}

export function mappingSlot(map: Mapping, key: string): Slot {
  return { get: () => own(map, key), set: value => put(map, key, value) }
}

export function listSlot(list: unknown[], index: number): Slot {
  return {
    get: () => list[index],
    set: value => {
      list[index] = value
    },
  }
}

/** Looks a value up for reading: exact matches only, no wildcards. Undefined when something on the way is missing. */
export function lookup(root: unknown, parts: readonly string[]): unknown {
  let node = root
  for (const raw of parts) {
    const part = raw.trim()
    if (part === '') continue
    if (isMissing(node)) return undefined
    if (/^-?\d+$/.test(part) || part === '-') {
      if (!Array.isArray(node)) throw wrongKind(node, 'SequenceNode')
      if (part !== '-' && Number(part) < 0) throw new KustomizeError(`array index ${part} cannot be negative`)
      node = part === '-' ? node.at(-1) : node[Number(part)]
    } else if (part === '*') throw new KustomizeError('wildcard is not supported in PathGetter')
    else if (isListIndex(part)) {
      const { name, value } = splitIndex(part)
      if (!Array.isArray(node)) throw wrongKind(node, 'SequenceNode')
      node = node.find(element =>
        name === ''
          ? textOf(element) === value
          : isMapping(element) && Object.hasOwn(element, name) && textOf(element[name]) === value,
      )
    } else {
      if (!isMapping(node)) throw wrongKind(node, 'MappingNode')
      node = own(node, part)
    }
    if (node === undefined) return undefined
  }
  return node
}

/** All places that a path means. `create` says what a missing last part becomes; without it missing parts match nothing. */
export function places(slot: Slot, parts: readonly string[], create: Leaf | undefined): Slot[] {
  const [part, ...rest] = parts
  if (part === undefined) return [slot]
  const node = slot.get()
  if (/^\d+$/.test(part)) return atIndex(node, Number(part), rest, create)
  if (isListIndex(part)) return atMatches(node, part, rest, create)
  if (part === '*') {
    if (!Array.isArray(node)) throw wrongKind(node, 'SequenceNode')
    return node.flatMap((_, i) => places(listSlot(node, i), rest, create))
  }
  return atField(slot, node, part, rest, create)
}

function atField(slot: Slot, node: unknown, part: string, rest: readonly string[], create: Leaf | undefined): Slot[] {
  let map = node
  if (isMissing(map) && create) {
    map = {}
    slot.set(map)
  }
  if (isMissing(map)) return []
  if (!isMapping(map)) throw wrongKind(map, 'MappingNode')
  const field = mappingSlot(map, part)
  if (field.get() === undefined) {
    if (!create) return []
    field.set(emptyFor(rest[0], create))
  }
  return places(field, rest, create)
}

function atIndex(node: unknown, index: number, rest: readonly string[], create: Leaf | undefined): Slot[] {
  if (!Array.isArray(node)) throw wrongKind(node, 'SequenceNode')
  if (index === node.length && create) node.push(emptyFor(rest[0], create))
  if (index >= node.length) {
    throw new KustomizeError(`index ${index} specified but only ${node.length} elements found`)
  }
  return places(listSlot(node, index), rest, create)
}

function atMatches(node: unknown, part: string, rest: readonly string[], create: Leaf | undefined): Slot[] {
  const { name, value } = splitIndex(part)
  if (!Array.isArray(node)) throw wrongKind(node, 'SequenceNode')
  const matches = unanchored(value)
  const found = node.flatMap((element, i) => {
    if (name === '') return matches(textOf(element)) ? [listSlot(node, i)] : []
    if (!isMapping(element) || !Object.hasOwn(element, name) || !matches(shown(element[name]))) return []
    return places(listSlot(node, i), rest, create)
  })
  if (found.length > 0 || !create) return found
  node.push(name === '' ? value : { [name]: untyped(value) })
  const made = listSlot(node, node.length - 1)
  return name === '' ? [made] : places(made, rest, create)
}

function shown(value: unknown): string {
  return isNull(value) ? 'null' : textOf(value)
}

function emptyFor(next: string | undefined, create: Leaf): unknown {
  if (next === undefined) return create === 'scalar' ? createdScalar : create === 'sequence' ? [] : {}
  return isListIndex(next) || /^\d+$/.test(next) ? [] : {}
}

/** Stands for a scalar that was just made and has no type yet. */
export const createdScalar: unique symbol = Symbol('created scalar')

function isListIndex(part: string): boolean {
  return part.startsWith('[') && part.endsWith(']')
}

function splitIndex(part: string): { name: string; value: string } {
  const inner = part.slice(1, -1)
  const equals = inner.indexOf('=')
  if (equals < 0) throw new KustomizeError('list path element must contain fieldName=fieldValue for element to match')
  return { name: inner.slice(0, equals), value: inner.slice(equals + 1) }
}

function wrongKind(node: unknown, expected: string): KustomizeError {
  return new KustomizeError(`wrong node kind: expected ${expected} but got ${kindOf(node)}: ${textOf(node)}`)
}
