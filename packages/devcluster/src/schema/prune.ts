/** Drops, in place, the fields that a schema does not know. */
import type { Schema } from '@sluice/api/builtin'
import { isObject } from '../merge/json.ts'

/** The paths dropped, as field validation names them: `spec.list[0].foo`. */
export function prune(schema: Schema, value: unknown): string[] {
  const dropped: string[] = []
  walk(schema, value, '', dropped)
  return dropped
}

function walk(schema: Schema, value: unknown, path: string, dropped: string[]): void {
  if (Array.isArray(value)) {
    if (schema.items === undefined) return
    for (const [at, item] of value.entries()) walk(schema.items, item, `${path}[${at}]`, dropped)
    return
  }
  if (!isObject(value)) return
  const { properties, additionalProperties, preserveUnknownFields } = schema
  for (const name of Object.keys(value)) {
    const property = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined
    const child = property ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
    const at = path === '' ? name : `${path}.${name}`
    if (child !== undefined) walk(child, value[name], at, dropped)
    else if (preserveUnknownFields !== true && additionalProperties !== true) {
      delete value[name]
      dropped.push(at)
    }
  }
}
