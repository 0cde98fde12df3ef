/**
 * JSON merge patches (RFC 7386) between objects: what custom resources get, for nobody knows the keys of their lists.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Json } from './strategic-diff.ts'

/** From one state to another; live edits of fields that both have alike survive. */
export function twoWayMergePatch(from: Json, to: Json): Json {
  const patch: Json = {}
  for (const [key, value] of Object.entries(to)) {
    const before = from[key]
    if (isMap(before) && isMap(value)) {
      const inner = twoWayMergePatch(before, value)
      if (Object.keys(inner).length > 0) patch[key] = inner
    } else if (!isDeepStrictEqual(before, value)) patch[key] = value
  }
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch[key] = null
  return patch
}

/** Changes from `live`, deletions from `original` (apimachinery's `jsonmergepatch.CreateThreeWayJSONMergePatch`). */
export function threeWayMergePatch(original: Json, modified: Json, live: Json): Json {
  return merged(only(twoWayMergePatch(original, modified), 'nulls'), only(twoWayMergePatch(live, modified), 'values'))
}

function only(patch: Json, what: 'nulls' | 'values'): Json {
  const kept: Json = {}
  for (const [key, value] of Object.entries(patch)) {
    // An empty table is a value, not a patch of nothing.
    if (isMap(value) && Object.keys(value).length > 0) {
      const inner = only(value, what)
      if (Object.keys(inner).length > 0) kept[key] = inner
    } else if ((value === null) === (what === 'nulls')) kept[key] = value
  }
  return kept
}

function merged(below: Json, over: Json): Json {
  const result: Json = { ...below }
  for (const [key, value] of Object.entries(over)) {
    const base = below[key]
    result[key] = isMap(base) && isMap(value) ? merged(base, value) : value
  }
  return result
}

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
