/** JSON merge patch (RFC 7396), as ARM's PATCH uses it inside `properties`. */
import { isJson, type Json } from './field.ts'

export function mergePatch(target: Json, patch: Json): Json {
  const merged: Json = { ...target }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else if (isJson(value)) {
      const into = merged[key]
      merged[key] = mergePatch(isJson(into) ? into : {}, value)
    } else merged[key] = value
  }
  return merged
}
