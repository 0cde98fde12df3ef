/**
 * The schema of an older version of a kind, told by what differs from the newest one: so that a field has one description, and
 * what changed between versions can be read in one place. Paths are those of `flatFields`, below the schema they are used on.
 */
import type { RequiredField, Rule, Schema, SchemaNode } from './schema.ts'

export interface SchemaDifferences {
  /** Fields that came later. */
  without?: readonly string[]
  /** Fields that are gone since, and those that were of another shape. */
  with?: Readonly<Record<string, Schema<unknown> | RequiredField<unknown>>>
  /** Fields (`''` is the whole) whose pattern, length, enum or rules came later. */
  unchecked?: readonly string[]
  /** Rules of the whole that there were already. */
  rules?: readonly Rule[]
  /** Fields that need not be there any more. */
  required?: readonly string[]
}

const checks = ['pattern', 'minLength', 'maxLength', 'enum', 'x-kubernetes-validations'] as const

export function olderSchema(newest: Schema<unknown>, differences: SchemaDifferences): Schema<unknown> {
  // Nodes are shared between the calls that make a schema, and must stay as they are.
  const node = structuredClone(newest.node)
  for (const path of differences.without ?? []) {
    const { parent, name } = locate(node, path)
    delete parent.properties?.[name]
    setRequired(parent, name, false)
  }
  for (const [path, field] of Object.entries(differences.with ?? {})) {
    const { parent, name } = locate(node, path)
    parent.properties = { ...parent.properties, [name]: 'required' in field ? field.required.node : field.node }
    setRequired(parent, name, 'required' in field)
  }
  for (const path of differences.unchecked ?? []) {
    const found = at(node, path)
    for (const check of checks) delete found[check]
  }
  if (differences.rules) node['x-kubernetes-validations'] = differences.rules
  for (const path of differences.required ?? []) {
    const { parent, name } = locate(node, path)
    setRequired(parent, name, true)
  }
  return { node }
}

function setRequired(parent: SchemaNode, name: string, isRequired: boolean): void {
  const others = (parent.required ?? []).filter(one => one !== name)
  const names = isRequired ? [...others, name] : others
  if (names.length > 0) parent.required = names
  else delete parent.required
}

function locate(node: SchemaNode, path: string): { parent: SchemaNode; name: string } {
  const dot = path.lastIndexOf('.')
  return { parent: at(node, dot < 0 ? '' : path.slice(0, dot)), name: path.slice(dot + 1) }
}

function at(node: SchemaNode, path: string): SchemaNode {
  let here = node
  for (const step of path ? path.split('.') : []) {
    const [name = '', ...below] = step.split(/(?=\[\]|\{\})/)
    let next = here.properties?.[name]
    for (const one of below) next = one === '[]' ? next?.items : next?.additionalProperties
    if (!next) throw new Error(`there is no field ${path} in the newest version`)
    here = next
  }
  return here
}
