/**
 * JSON merge patches (RFC 7386) between objects: what custom resources get, for nobody knows the keys of their lists.
 */
import { isDeepStrictEqual } from 'node:util'
import { fieldOf, isJson, type Json, setField } from './json-fields.ts'

/** From one state to another; live edits of fields that both have alike survive. */
export function twoWayMergePatch(from: Json, to: Json): Json {
  const patch: Json = {}
  for (const [key, value] of Object.entries(to)) {
    const before = fieldOf(from, key)
    if (isJson(before) && isJson(value)) {
      const inner = twoWayMergePatch(before, value)
      if (Object.keys(inner).length > 0) setField(patch, key, inner)
    } else if (!isDeepStrictEqual(before, value)) setField(patch, key, value)
  }
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) setField(patch, key, null)
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
    if (isJson(value) && Object.keys(value).length > 0) {
      const inner = only(value, what)
      if (Object.keys(inner).length > 0) setField(kept, key, inner)
    } else if ((value === null) === (what === 'nulls')) setField(kept, key, value)
  }
  return kept
}

function merged(below: Json, over: Json): Json {
  const result: Json = { ...below }
  for (const [key, value] of Object.entries(over)) {
    const base = fieldOf(below, key)
    setField(result, key, isJson(base) && isJson(value) ? merged(base, value) : value)
  }
  return result
}
