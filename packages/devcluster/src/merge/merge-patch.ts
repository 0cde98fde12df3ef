/** JSON merge patch (RFC 7386): null removes, objects merge, all else replaces. */
import { isObject, put } from './json.ts'
import { MergeError } from './merge-error.ts'

/**
 * Shares what does not change with the target.
 * @throws MergeError when the patch is not an object
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (isObject(patch)) return merged(target, patch)
  const type = Array.isArray(patch)
    ? 'array'
    : patch === null
      ? 'null'
      : typeof patch === 'boolean'
        ? 'bool'
        : typeof patch
  throw new MergeError(
    400,
    'BadRequest',
    `error decoding patch: json: cannot unmarshal ${type} into Go value of type map[string]interface {}`,
  )
}

function merged(target: unknown, patch: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key]
    else put(out, key, isObject(value) ? merged(Object.hasOwn(out, key) ? out[key] : undefined, value) : value)
  }
  return out
}
