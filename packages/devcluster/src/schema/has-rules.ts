/** Whether a schema has CEL rules anywhere: most have none, and are not walked for them. */
import type { Schema } from '@sluice/api/builtin'

const withRules = new WeakMap<Schema, boolean>()

/** Custom schemas are trees: they may be walked to the end, except for the built-in metadata, which has no rules. */
export function hasRules(schema: Schema): boolean {
  const known = withRules.get(schema)
  if (known !== undefined) return known
  withRules.set(schema, false)
  const { validations, properties, items, additionalProperties } = schema
  const found =
    (validations?.length ?? 0) > 0 ||
    Object.values(properties ?? {}).some(hasRules) ||
    (items !== undefined && hasRules(items)) ||
    (typeof additionalProperties === 'object' && hasRules(additionalProperties))
  withRules.set(schema, found)
  return found
}
