/**
 * A schema as a flat table of fields, `spec.include[].repository.name`: what the comparison with Flux's definitions and the
 * reference pages both want to see. `[]` is an item of a list, `{}` a value of a map.
 */
import type { SchemaNode } from './schema.ts'

export interface FlatField {
  path: string
  node: SchemaNode
  required: boolean
}

/** Every field below a node, parents before children, in the order of definition. */
export function flatFields(node: SchemaNode, path = ''): FlatField[] {
  const fields: FlatField[] = []
  const add = (childPath: string, child: SchemaNode, isRequired: boolean) => {
    fields.push({ path: childPath, node: child, required: isRequired }, ...flatFields(child, childPath))
  }
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    add(path ? `${path}.${name}` : name, child, node.required?.includes(name) ?? false)
  }
  if (node.items) add(`${path}[]`, node.items, false)
  if (node.additionalProperties) add(`${path}{}`, node.additionalProperties, false)
  return fields
}
