/**
 * The strategic merge patch that leads from what a release wanted and what is live to what it wants now
 * (apimachinery's `strategicpatch.CreateThreeWayMergePatch` with overwrite): additions and changes are those between
 * live and wanted, deletions those between formerly and now wanted. What only others wrote is in neither.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Schema } from '@sluice/api/builtin'
import { fieldOf, isJson, type Json, setField } from './json-fields.ts'

export function threeWayPatch(schema: Schema, original: Json, modified: Json, live: Json): Json {
  const changes = diffMaps(schema, live, modified, { changes: true, deletions: false }, false)
  const deletions = diffMaps(schema, original, modified, { changes: false, deletions: true }, false)
  return mergedPatches(schema, deletions, changes)
}

interface Wanted {
  changes: boolean
  deletions: boolean
}

const orderOf = (key: string) => `$setElementOrder/${key}`
const deletedFrom = (key: string) => `$deleteFromPrimitiveList/${key}`

function diffMaps(schema: Schema | undefined, from: Json, to: Json, wanted: Wanted, retain: boolean): Json {
  const patch: Json = {}
  for (const [key, value] of Object.entries(to)) {
    const before = fieldOf(from, key)
    if (!Object.hasOwn(from, key)) {
      if (wanted.changes) setField(patch, key, value)
    } else if (isJson(before) && isJson(value)) diffMap(schema, key, before, value, wanted, patch)
    else if (Array.isArray(before) && Array.isArray(value)) diffList(schema, key, before, value, wanted, patch)
    else if (wanted.changes && !isDeepStrictEqual(before, value)) setField(patch, key, value)
  }
  const gone = Object.keys(from).filter(key => !Object.hasOwn(to, key))
  if (wanted.deletions) for (const key of gone) setField(patch, key, null)
  const kept = Object.keys(to).filter(key => to[key] !== null)
  if (retain && kept.length > 0 && (Object.keys(patch).length > 0 || gone.length > 0)) {
    patch.$retainKeys = kept.sort()
  }
  return patch
}

function diffMap(parent: Schema | undefined, key: string, from: Json, to: Json, wanted: Wanted, patch: Json): void {
  const schema = childOf(parent, key)
  const { strategy, retain } = strategyOf(schema)
  if (strategy === 'replace') {
    if (wanted.changes && !isDeepStrictEqual(from, to)) setField(patch, key, to)
    return
  }
  const inner = diffMaps(schema, from, to, wanted, retain)
  if (Object.keys(inner).length > 0) setField(patch, key, inner)
}

function diffList(
  parent: Schema | undefined,
  key: string,
  from: readonly unknown[],
  to: readonly unknown[],
  wanted: Wanted,
  patch: Json,
): void {
  const schema = childOf(parent, key)
  const { strategy, retain } = strategyOf(schema)
  if (strategy !== 'merge') {
    if (wanted.changes && !isDeepStrictEqual(from, to)) setField(patch, key, to)
  } else if (from.length === 0) {
    if (wanted.changes && to.length > 0) setField(patch, key, to)
  } else if ([...from, ...to].every(isJson)) {
    const mergeKey = schema?.patchMergeKey ?? 'name'
    diffListOfMaps(schema?.items, key, mergeKey, from.filter(isJson), to.filter(isJson), wanted, retain, patch)
  } else diffListOfScalars(key, from, to, wanted, patch)
}

function diffListOfMaps(
  schema: Schema | undefined,
  key: string,
  mergeKey: string,
  from: readonly Json[],
  to: readonly Json[],
  wanted: Wanted,
  retain: boolean,
  patch: Json,
): void {
  const items: Json[] = []
  for (const item of to) {
    const before = from.find(other => other[mergeKey] === item[mergeKey])
    if (!before) {
      if (wanted.changes) items.push(item)
      continue
    }
    const inner = diffMaps(schema, before, item, wanted, retain)
    if (Object.keys(inner).length > 0) items.push({ ...inner, [mergeKey]: item[mergeKey] })
  }
  if (wanted.deletions) {
    for (const item of from) {
      if (to.some(other => other[mergeKey] === item[mergeKey])) continue
      items.push({ $patch: 'delete', [mergeKey]: item[mergeKey] })
    }
  }
  if (items.length > 0) setField(patch, key, items)
  const isReordered = wanted.changes && !sameOrder(from, to, mergeKey)
  if (items.length > 0 || isReordered)
    setField(
      patch,
      orderOf(key),
      to.map(item => ({ [mergeKey]: item[mergeKey] })),
    )
}

/** Whether what both lists hold stands in the same order. */
function sameOrder(from: readonly Json[], to: readonly Json[], mergeKey: string): boolean {
  const common = (list: readonly Json[], other: readonly Json[]) =>
    list.map(item => item[mergeKey]).filter(value => other.some(item => item[mergeKey] === value))
  return isDeepStrictEqual(common(from, to), common(to, from))
}

function diffListOfScalars(
  key: string,
  from: readonly unknown[],
  to: readonly unknown[],
  wanted: Wanted,
  patch: Json,
): void {
  const added = to.filter(item => !from.includes(item))
  const gone = from.filter(item => !to.includes(item))
  if (wanted.changes && added.length > 0) setField(patch, key, added)
  if (wanted.deletions && gone.length > 0) setField(patch, deletedFrom(key), gone)
  const isTold = (wanted.deletions && gone.length > 0) || (wanted.changes && !isDeepStrictEqual(from, to))
  if (isTold) setField(patch, orderOf(key), to)
}

/** Both patches as one; where they meet, `changes` goes over `deletions`. */
function mergedPatches(schema: Schema | undefined, deletions: Json, changes: Json): Json {
  const merged: Json = { ...deletions }
  for (const [key, value] of Object.entries(changes)) {
    const below = fieldOf(deletions, key)
    const inner = childOf(schema, key)
    if (isJson(below) && isJson(value)) setField(merged, key, mergedPatches(inner, below, value))
    else if (Array.isArray(below) && Array.isArray(value) && !key.startsWith('$') && below.some(isJson)) {
      setField(merged, key, mergedItems(inner, below.filter(isJson), value.filter(isJson)))
    } else setField(merged, key, value)
  }
  return merged
}

function mergedItems(schema: Schema | undefined, deletions: readonly Json[], changes: readonly Json[]): Json[] {
  const mergeKey = schema?.patchMergeKey ?? 'name'
  const same = (item: Json) => deletions.find(other => other[mergeKey] === item[mergeKey])
  const changed = changes.map(item => mergedPatches(schema?.items, same(item) ?? {}, item))
  return [...changed, ...deletions.filter(item => !changes.some(other => other[mergeKey] === item[mergeKey]))]
}

function strategyOf(schema: Schema | undefined): { strategy: string | undefined; retain: boolean } {
  const strategies = schema?.patchStrategy?.split(',') ?? []
  return { strategy: strategies.find(name => name !== 'retainKeys'), retain: strategies.includes('retainKeys') }
}

function childOf(schema: Schema | undefined, key: string): Schema | undefined {
  const { properties, additionalProperties } = schema ?? {}
  return (
    (properties && fieldOf(properties, key)) ??
    (typeof additionalProperties === 'object' ? additionalProperties : undefined)
  )
}
