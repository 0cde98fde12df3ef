/**
 * Fills in what a custom type's schema defaults, in place, and takes out nulls that the schema does not allow. Follows apiextensions'
 * structural defaulting: nested defaults need their parent, list items too, metadata is left alone.
 */
import type { Schema } from '@sluice/api/builtin'
import { isObject } from '../merge/json.ts'

export function applyDefaults(schema: Schema, value: unknown): void {
  if (Array.isArray(value)) {
    if (schema.items !== undefined) for (const item of value) applyDefaults(schema.items, item)
    return
  }
  if (!isObject(value)) return
  const { properties = {}, additionalProperties } = schema
  for (const name in properties) {
    const property = properties[name]
    if (property === undefined || name === 'metadata') continue
    const present = value[name]
    if (present === undefined || (present === null && property.nullable !== true)) {
      if (property.default !== undefined) value[name] = structuredClone(property.default)
      else if (present === null) delete value[name]
    }
    if (value[name] !== undefined) applyDefaults(property, value[name])
  }
  if (typeof additionalProperties !== 'object') return
  for (const name of Object.keys(value)) {
    if (properties[name] !== undefined) continue
    if (value[name] === null && additionalProperties.nullable !== true) {
      if (additionalProperties.default !== undefined) value[name] = structuredClone(additionalProperties.default)
      else delete value[name]
    }
    applyDefaults(additionalProperties, value[name])
  }
}
