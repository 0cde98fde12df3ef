/**
 * Strategic merge as kustomize does it (kyaml's merge2 and walk packages): maps merge, lists of built-in kinds merge by their keys with the
 * patch's elements first, all other lists are replaced, `$patch` directives and nulls delete.
 */

import { stringify } from '@sluice/yaml'
import { KustomizeError } from './kustomize-error.ts'
import { mergeKinds, mergeTypes } from './merge-types.ts'
import { isEmpty, isMapping, isMissing, isNull, kindOf, type Mapping, own, plain, put, textOf } from './tree.ts'

/** What is known of the lists below a value. */
export interface MergeSchema {
  field(name: string): MergeSchema | undefined
  /** Keys by which a list merges; empty for a set of scalars; undefined when the list is replaced. */
  listKeys: readonly string[] | undefined
  /** The schema of a list's elements. */
  elements: MergeSchema | undefined
}

/** Finds the schema of a kind, undefined when the kind is not known. */
export type SchemaLookup = (apiVersion: string, kind: string) => MergeSchema | undefined

/** Known to have nothing to merge by key below it. */
const flat: MergeSchema = { field: () => flat, listKeys: undefined, elements: undefined }

const types = new Map<number, MergeSchema>()

function typeSchema(index: number): MergeSchema {
  const known = types.get(index)
  if (known) return known
  const fields = new Map<string, MergeSchema>()
  const schema: MergeSchema = { field: name => fields.get(name) ?? flat, listKeys: undefined, elements: undefined }
  types.set(index, schema)
  for (const entry of (mergeTypes[index] ?? '').split(' ')) {
    const [, name = '', keys, type] = /^([^@>]+)(?:@([^>]*))?(?:>(\d+))?$/.exec(entry) ?? []
    const below = type === undefined ? undefined : typeSchema(Number(type))
    const field =
      keys === undefined ? below : { ...flat, listKeys: keys === '' ? [] : keys.split('+'), elements: below ?? flat }
    if (field) fields.set(name, field)
  }
  return schema
}

/** The built-in kinds that kustomize has a schema for. */
export const builtinSchema: SchemaLookup = (apiVersion, kind) => {
  if (!Object.hasOwn(mergeKinds, apiVersion)) return undefined
  for (const [type, kinds] of Object.entries(mergeKinds[apiVersion] ?? {})) {
    if (` ${kinds} `.includes(` ${kind} `)) return typeSchema(Number(type))
  }
  return undefined
}

/**
 * Merges a patch into an object, in place where it can; undefined when the patch deletes the object. The patch is consumed: pass a copy.
 */
export function strategicMerge(object: Mapping, patch: Mapping, lookup: SchemaLookup = builtinSchema): unknown {
  return merge(object, patch, undefined, lookup)
}

function merge(target: unknown, patch: unknown, known: MergeSchema | undefined, lookup: SchemaLookup): unknown {
  const first = isMissing(target) ? patch : target
  if (isMissing(first)) return mergeNothing(target, patch)
  const schema = known ?? schemaOf(target, lookup) ?? schemaOf(patch, lookup)
  const kind = kindOf(first)
  if (!isMissing(patch)) expectKind(patch, kind)
  if (kind === 'MappingNode') return mergeMappings(target, patch, schema, lookup)
  if (kind === 'SequenceNode') {
    if (schema?.listKeys) return mergeLists(target, patch, schema.listKeys, schema.elements, lookup)
    return patch === undefined ? target : patch
  }
  return patch === undefined ? target : patch
}

/** Neither side has a value: an explicit null of the object stays, a blank one goes. */
function mergeNothing(target: unknown, patch: unknown): unknown {
  return patch === undefined && target !== undefined && textOf(target) !== '' ? target : undefined
}

function schemaOf(value: unknown, lookup: SchemaLookup): MergeSchema | undefined {
  if (!isMapping(value)) return undefined
  const apiVersion = textOf(own(value, 'apiVersion'))
  const kind = textOf(own(value, 'kind'))
  return apiVersion === '' || kind === '' ? undefined : lookup(apiVersion, kind)
}

function expectKind(value: unknown, kind: ReturnType<typeof kindOf>): void {
  const actual = kindOf(value)
  if (actual === kind) return
  throw new KustomizeError(
    `wrong node kind: expected ${kind} but got ${actual}: node contents:\n${stringify(plain(value))}`,
  )
}

type Directive = 'delete' | 'replace' | 'merge'

function asDirective(text: string): Directive {
  if (text === 'delete' || text === 'replace' || text === 'merge') return text
  throw new KustomizeError(`unknown patch strategy '${text}' (use delete, replace or merge)`)
}

/** Takes the directive out of a mapping of the patch. */
function mappingDirective(patch: unknown): Directive {
  if (!isMapping(patch) || !Object.hasOwn(patch, '$patch')) return 'merge'
  const directive = asDirective(textOf(patch.$patch))
  delete patch.$patch
  return directive
}

/** Takes the directive out of a list of the patch: an element that holds nothing but `$patch`. */
function listDirective(patch: unknown): Directive {
  if (!Array.isArray(patch)) return 'merge'
  const element: unknown = patch.find(item => isMapping(item) && Object.hasOwn(item, '$patch'))
  if (!isMapping(element) || Object.keys(element).length > 1) return 'merge'
  const text = textOf(element.$patch)
  const directive = asDirective(text)
  setElement(patch, undefined, ['$patch'], [text])
  return directive
}

function mergeMappings(
  target: unknown,
  patch: unknown,
  schema: MergeSchema | undefined,
  lookup: SchemaLookup,
): unknown {
  let result: unknown
  if (isMissing(target)) {
    if (mappingDirective(patch) === 'delete') return undefined
    result = patch
  } else {
    if (isNull(patch)) return undefined
    const directive = mappingDirective(patch)
    if (directive === 'delete') return undefined
    result = directive === 'replace' ? patch : target
  }
  if (!isMapping(result)) return result
  const other = isMapping(patch) ? patch : undefined
  const keys =
    other && other !== result ? new Set([...Object.keys(result), ...Object.keys(other)]) : Object.keys(result)
  for (const key of keys) {
    const mine = own(result, key)
    const theirs = other && own(other, key)
    // Most of an object is scalars that no patch touches.
    if (theirs === undefined && (typeof mine === 'string' || typeof mine === 'number' || typeof mine === 'boolean'))
      continue
    const value = merge(mine, theirs, schema?.field(key), lookup)
    if (value === undefined || (isNull(value) && theirs !== undefined)) delete result[key]
    else put(result, key, value)
  }
  return result
}

function mergeLists(
  target: unknown,
  patch: unknown,
  keys: readonly string[],
  elements: MergeSchema | undefined,
  lookup: SchemaLookup,
): unknown {
  let result: unknown
  if (isMissing(target)) result = patch
  else {
    if (isNull(patch)) return undefined
    const directive = listDirective(patch)
    if (directive === 'delete') return undefined
    result = directive === 'replace' ? patch : target
  }
  if (!Array.isArray(result)) return result
  const theirs = Array.isArray(patch) ? patch : undefined
  if (!theirs && untouched(result, keys)) {
    for (const element of result) merge(element, undefined, elements, lookup)
    return result
  }
  const own = new ListMerge(result, theirs, keys, elements, lookup)
  return own.run()
}

/** Whether a list that no patch touches comes out of the merge as it is: every element has its own first key. */
function untouched(list: readonly unknown[], keys: readonly string[]): boolean {
  const [key] = keys
  if (key === undefined) return new Set(list.map(textOf)).size === list.length
  const seen = new Set<string>()
  for (const element of list) {
    const value = isMapping(element) ? textOf(own(element, key)) : ''
    if (value === '' || seen.has(value)) return false
    seen.add(value)
    // A blank null inside may empty an element, which the full merge would drop.
    if (isMapping(element) && Object.values(element).some(isNull)) return false
  }
  return true
}

/** One merge of two lists by key, step by step as kyaml's associative sequences do it. */
class ListMerge {
  private readonly target: unknown[]
  private readonly patch: unknown[] | undefined
  private readonly keys: readonly string[]
  private readonly elements: MergeSchema | undefined
  private readonly lookup: SchemaLookup

  constructor(
    target: unknown[],
    patch: unknown[] | undefined,
    keys: readonly string[],
    elements: MergeSchema | undefined,
    lookup: SchemaLookup,
  ) {
    this.target = target
    this.patch = patch
    this.keys = keys.length === 0 ? [''] : keys
    this.elements = elements
    this.lookup = lookup
  }

  run(): unknown {
    const tuples = this.tuples()
    if (this.keys.length > 1) unify(tuples)
    const items: unknown[] = []
    let validKeys: readonly string[] = []
    for (const tuple of tuples) {
      const valid = validPart(tuples, tuple, this.keys)
      validKeys = valid.keys
      const value = merge(
        this.find(this.target, valid.keys, valid.values),
        this.patch && this.find(this.patch, valid.keys, valid.values),
        this.elements,
        this.lookup,
      )
      if (isMissing(value) || (isMapping(value) && Object.keys(value).length === 0)) {
        setElement(this.target, undefined, valid.keys, valid.values)
        continue
      }
      if (isMapping(value)) {
        for (const [i, key] of valid.keys.entries()) {
          const text = valid.values[i]
          if (text && own(value, key) === undefined) put(value, key, text)
        }
      }
      setElement(items, value, valid.keys, valid.values)
    }
    return tuples.length > 0 ? appendList(items, this.target, validKeys) : this.target
  }

  /** The key values of all elements, the patch's first, each once. */
  private tuples(): string[][] {
    const seen = new Set<string>()
    const tuples: string[][] = []
    for (const list of this.patch === this.target ? [this.target] : [this.patch ?? [], this.target]) {
      for (const element of list) {
        const tuple = this.keys.map(key =>
          key === ''
            ? textOf(element)
            : isMapping(element) && !isEmpty(own(element, key))
              ? textOf(own(element, key))
              : '',
        )
        const text = JSON.stringify(tuple)
        if (seen.has(text)) continue
        seen.add(text)
        tuples.push(tuple)
      }
    }
    return tuples
  }

  private find(list: readonly unknown[], allKeys: readonly string[], allValues: readonly string[]): unknown {
    const { keys, values } = validPart([allValues], allValues, allKeys)
    if (keys[0] === '') return list.find(element => textOf(element) === values[0])
    return list.find(
      element =>
        isMapping(element) && keys.every((key, i) => Object.hasOwn(element, key) && textOf(element[key]) === values[i]),
    )
  }
}

/** Drops keys that no element has a value for, so that a missing second key does not matter. */
function validPart(
  tuples: readonly (readonly string[])[],
  tuple: readonly string[],
  keys: readonly string[],
): { keys: readonly string[]; values: readonly string[] } {
  const valid = new Set<string>()
  for (const values of tuples) for (const [i, value] of values.entries()) if (value !== '') valid.add(keys[i] ?? '')
  if (valid.size === 0) return { keys, values: tuple }
  return {
    keys: keys.filter(key => valid.has(key)),
    values: tuple.filter((value, i) => value !== '' || valid.has(keys[i] ?? '')),
  }
}

/** Two tuples that agree where both have a value, and agree somewhere, become one. */
function unify(tuples: string[][]): void {
  for (let i = 0; i < tuples.length; i++) {
    for (let j = 0; j < tuples.length; j++) {
      const united = united2(tuples[i] ?? [], tuples[j] ?? [])
      if (united) {
        tuples[i] = united
        tuples[j] = united
      }
    }
  }
}

function united2(a: readonly string[], b: readonly string[]): string[] | undefined {
  if (a.length !== b.length) return undefined
  let common = false
  const united: string[] = []
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? ''
    if (x === y) common = true
    else if (x !== '' && y !== '') return undefined
    united.push(x || y)
  }
  return common ? united : undefined
}

/** kyaml's ElementSetter: replaces the elements with these key values, or removes them, or appends. */
function setElement(list: unknown[], element: unknown, keys: readonly string[], values: readonly string[]): void {
  const kept: unknown[] = []
  let found = false
  const forMappings = keys[0] !== undefined && keys[0] !== '' && values[0] !== undefined && values[0] !== ''
  for (const item of list) {
    if (isMissing(item) || (isMapping(item) && Object.keys(item).length === 0)) continue
    if (!isMapping(item) && forMappings) {
      kept.push(item)
      continue
    }
    if (matches(item, keys, values)) {
      found = true
      if (element !== undefined) kept.push(element)
    } else if (values.length > 0) kept.push(item)
  }
  if (!found && !isMissing(element)) kept.push(element)
  list.splice(0, list.length, ...kept)
}

function matches(item: unknown, keys: readonly string[], values: readonly string[]): boolean {
  let last = false
  for (const [i, key] of keys.entries()) {
    const value = values[i]
    if (value !== undefined) {
      if (key === '') last = textOf(item) === value
      else if (!isMapping(item) || !Object.hasOwn(item, key)) last = false
      else last = value === '' || textOf(item[key]) === value
    }
    if (!last) return false
  }
  return true
}

/** Puts the elements of the object after those that the patch named. */
function appendList(items: unknown[], target: readonly unknown[], keys: readonly string[]): unknown[] {
  for (const element of [...target]) {
    if (keys[0] === '') {
      setElement(items, element, [''], [textOf(element)])
      continue
    }
    const values: string[] = []
    for (const key of keys) {
      const value = isMapping(element) ? own(element, key) : undefined
      if (value === undefined) items.push(element)
      else values.push(textOf(value))
    }
    if (keys.length > 1) setElement(items, undefined, keys, values)
    setElement(items, element, keys, values)
  }
  return items
}
