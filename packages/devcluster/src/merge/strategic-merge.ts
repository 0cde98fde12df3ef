/**
 * Strategic merge patch of built-in kinds: lists merge by the keys their type names, and directives in the patch replace, delete, order and
 * retain. Follows apimachinery's strategicpatch, its order of list items and its texts included.
 */
import type { Schema } from '@sluice/api/builtin'
import { equal, isObject, type JsonObject, put } from './json.ts'
import { MergeError } from './merge-error.ts'
import { inOrder, partition } from './strategic-order.ts'

const directive = '$patch'
const retainKeys = '$retainKeys'
const deletePrefix = '$deleteFromPrimitiveList/'
const orderPrefix = '$setElementOrder/'

const bad = (message: string) => new MergeError(400, 'BadRequest', message)
const failed = (message: string) => new MergeError(500, undefined, message)

/**
 * Shares what does not change with the original.
 * @throws MergeError
 */
export function strategicMerge(schema: Schema | undefined, original: unknown, patch: unknown): unknown {
  if (!isObject(patch)) throw bad('invalid JSON document')
  return mergeMap(schema, isObject(original) ? original : {}, patch)
}

function childSchema(schema: Schema | undefined, key: string): Schema | undefined {
  const { properties, additionalProperties } = schema ?? {}
  return properties?.[key] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
}

/** `merge` or `replace`; retainKeys only says that the directive may be used. */
function strategyOf(schema: Schema | undefined): string | undefined {
  return schema?.patchStrategy?.split(',').find(strategy => strategy !== 'retainKeys')
}

function mergeMap(schema: Schema | undefined, original: JsonObject, patch: JsonObject): JsonObject {
  if (directive in patch) {
    const { [directive]: how, ...rest } = patch
    if (how === 'replace') return rest
    if (how === 'delete') return {}
    throw failed(`unknown patch type: ${goText(how)} in map: ${goText(patch)}`)
  }
  const out: JsonObject = { ...original }
  const todo: JsonObject = { ...patch }
  if (retainKeys in todo) {
    const keep = todo[retainKeys]
    delete todo[retainKeys]
    retain(out, todo, keep)
  }
  for (const key of Object.keys(todo)) {
    if (key.startsWith(orderPrefix)) mergeOrdered(schema, out, todo, key)
  }
  for (const [key, value] of Object.entries(todo)) {
    if (key.startsWith(deletePrefix)) removePrimitives(out, key.slice(deletePrefix.length), value)
    else mergeKey(childSchema(schema, key), out, key, value)
  }
  return out
}

function mergeKey(schema: Schema | undefined, out: JsonObject, key: string, value: unknown): void {
  if (value === null) {
    delete out[key]
    return
  }
  const mine = Object.hasOwn(out, key) ? out[key] : undefined
  const strategy = strategyOf(schema)
  if (isObject(mine) && isObject(value)) put(out, key, strategy === 'replace' ? value : mergeMap(schema, mine, value))
  else if (Array.isArray(mine) && Array.isArray(value)) put(out, key, mergeLists(schema, mine, value))
  else put(out, key, withoutDirectives(value))
}

function retain(out: JsonObject, patch: JsonObject, keep: unknown): void {
  if (!Array.isArray(keep)) throw bad('invalid patch format of retainKeys')
  for (const [key, value] of Object.entries(patch)) {
    const special = key.startsWith(deletePrefix) || key.startsWith(orderPrefix)
    if (value !== null && !special && !keep.includes(key)) throw bad('invalid patch format of retainKeys')
  }
  for (const key of Object.keys(out)) if (!keep.includes(key)) delete out[key]
}

function removePrimitives(out: JsonObject, key: string, value: unknown): void {
  if (!Array.isArray(value)) throw bad('invalid patch format of primitive list')
  const mine = out[key]
  if (Array.isArray(mine)) out[key] = mine.filter(item => !value.includes(item))
}

/** A list whose order the patch gives; the list's own part of the patch is dealt with here too. */
function mergeOrdered(schema: Schema | undefined, out: JsonObject, patch: JsonObject, directiveKey: string): void {
  const order = patch[directiveKey]
  delete patch[directiveKey]
  if (!Array.isArray(order)) throw bad('invalid patch format of setElementOrder list')
  const key = directiveKey.slice(orderPrefix.length)
  const listSchema = childSchema(schema, key)
  const mergeKeyName = listSchema?.patchMergeKey ?? ''
  const mine = out[key]
  const theirs = patch[key]
  if (theirs !== undefined && !Array.isArray(theirs)) throw bad('invalid patch format of setElementOrder list')
  checkOrder(theirs ?? [], order, mergeKeyName)
  delete patch[key]
  if (!Array.isArray(mine) && theirs === undefined) return
  const original = Array.isArray(mine) ? mine : []
  const merged = !Array.isArray(mine)
    ? withoutDirectives(theirs)
    : theirs === undefined
      ? mine
      : mergeLists(listSchema, mine, theirs)
  if (!Array.isArray(merged)) return
  const { listed, others } = partition(merged, order, mergeKeyName)
  out[key] = inOrder(listed, others, order, original, mergeKeyName)
}

function checkOrder(patch: unknown[], order: unknown[], mergeKeyName: string): void {
  const items = patch.filter(item => !(isObject(item) && item[directive] === 'delete'))
  let at = 0
  for (const wanted of order) {
    const item = items[at]
    if (at >= items.length) break
    const same =
      mergeKeyName === ''
        ? item === wanted
        : isObject(item) && isObject(wanted) && equal(item[mergeKeyName], wanted[mergeKeyName])
    if (same) at++
  }
  if (at < items.length) {
    throw failed(
      `The order in patch list:\n${goText(patch)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`,
    )
  }
}

function mergeLists(schema: Schema | undefined, original: unknown[], patch: unknown[]): unknown[] {
  if (strategyOf(schema) !== 'merge') return patch
  if (original.length === 0 && patch.length === 0) return original
  if ([...original, ...patch].some(Array.isArray)) {
    throw new MergeError(422, 'Invalid', 'the server rejected our request due to an error in our request')
  }
  if (!isObject(patch[0] ?? original[0])) {
    const merged = [...new Set([...original, ...patch])]
    const { listed, others } = partition(merged, patch, '')
    return inOrder(listed, others, patch, original, '')
  }
  const key = schema?.patchMergeKey ?? ''
  if (key === '') throw failed('cannot merge lists without merge key for type')
  const special = withoutSpecialItems(original, patch, key)
  const merged = [...special.original]
  for (const item of special.patch) {
    const value = item[key]
    if (value === undefined) throw missingKey(item, key)
    const at = merged.findIndex(other => isObject(other) && equal(other[key], value))
    const mine = merged[at]
    if (isObject(mine)) merged[at] = mergeMap(schema?.items, mine, item)
    else merged.push(withoutDirectives(item))
  }
  const { listed, others } = partition(merged, special.patch, key)
  return inOrder(listed, others, special.patch, special.original, key)
}

const missingKey = (item: JsonObject, key: string) =>
  failed(`map: ${goText(item)} does not contain declared merge key: ${key}`)

/** Carries out `$patch` items. */
function withoutSpecialItems(
  original: unknown[],
  patch: unknown[],
  key: string,
): { original: unknown[]; patch: JsonObject[] } {
  let rest = original
  let replace = false
  const plain: JsonObject[] = []
  for (const item of patch) {
    if (!isObject(item)) throw bad('invalid JSON document')
    const how = item[directive]
    if (how === undefined) plain.push(item)
    else if (how === 'replace') replace = true
    else if (how === 'delete') {
      const value = item[key]
      if (value === undefined) throw missingKey(item, key)
      rest = rest.filter(other => !(isObject(other) && equal(other[key], value)))
    } else if (how === 'merge') throw failed('merging lists cannot yet be specified in the patch')
    else throw failed(`unknown patch type: ${goText(how)} in map: ${goText(item)}`)
  }
  return replace ? { original: plain, patch: [] } : { original: rest, patch: plain }
}

/** A value that is new: directives in it have nothing to act on, and its nulls mean nothing. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter(item => !(isObject(item) && directive in item)).map(withoutDirectives)
  }
  if (!isObject(value)) return value
  const out: JsonObject = {}
  for (const [key, inner] of Object.entries(value)) {
    const special =
      key === directive || key === retainKeys || key.startsWith(deletePrefix) || key.startsWith(orderPrefix)
    if (!special && inner !== null) put(out, key, withoutDirectives(inner))
  }
  return out
}

/** Go's `%v`. */
function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (!isObject(value)) return String(value)
  const keys = Object.keys(value).sort()
  return `map[${keys.map(key => `${key}:${goText(value[key])}`).join(' ')}]`
}
