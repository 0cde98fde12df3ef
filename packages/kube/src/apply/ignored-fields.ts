import type { KubeObject, ManagedFieldsEntry } from '@sluice/api'
import { equalJson } from './equal.ts'
import { pointerTokens, valueAt, withValueAt } from './json-pointer.ts'

/** What ignored fields mean for comparing an object and for applying it. */
export function withoutIgnored(object: KubeObject, paths: readonly string[]): KubeObject {
  return paths.reduce((result, path) => withValueAt(result, pointerTokens(path), undefined), object)
}

/**
 * The object to apply when the live one must keep its ignored fields: a field that another applier owns is left out, any
 * other takes the live value over.
 */
export function keepingIgnored(
  object: KubeObject,
  live: KubeObject,
  paths: readonly string[],
  manager: string,
): KubeObject {
  let result = object
  for (const path of paths) {
    const tokens = pointerTokens(path)
    const value = valueAt(live, tokens)
    if (equalJson(valueAt(object, tokens), value)) continue
    const owned = live.metadata.managedFields?.some(
      entry => isOtherApplier(entry, manager) && owns(entry, live, tokens),
    )
    result = withValueAt(result, tokens, owned ? undefined : value)
  }
  return result
}

const isOtherApplier = (entry: ManagedFieldsEntry, manager: string): boolean =>
  entry.operation === 'Apply' && entry.manager !== manager && !entry.subresource

/** Whether the entry owns the field or something below it. List elements are found by the keys their set names. */
function owns(entry: ManagedFieldsEntry, live: KubeObject, tokens: readonly string[]): boolean {
  let set: unknown = entry.fieldsV1
  let value: unknown = live
  for (const token of tokens) {
    if (typeof set !== 'object' || set === null) return false
    const child = valueAt(value, [token])
    const fields = set as Record<string, unknown>
    const key = Array.isArray(value)
      ? Object.keys(fields).find(k => k.startsWith('k:') && hasKeys(child, k.slice(2)))
      : `f:${token}`
    if (key === undefined || !(key in fields)) return false
    set = fields[key]
    value = child
  }
  return true
}

function hasKeys(element: unknown, keyJson: string): boolean {
  const wanted = Object.entries(JSON.parse(keyJson) as Record<string, unknown>)
  return wanted.every(([key, v]) => valueAt(element, [key]) === v)
}
