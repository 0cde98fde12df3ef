/** The keywords for objects, but for `unevaluatedProperties`. */
import type { Table } from '../../value-table.ts'
import { allQuoted, quoted } from '../value-text.ts'
import { sizeKeywords } from './size-keywords.ts'
import type { Validation } from './validate.ts'

export function objectKeywords(validation: Validation, value: Table): void {
  const { schema, budget } = validation
  const names = Object.keys(value)
  budget.spend(names.length)
  sizeKeywords(validation, 'Properties', names.length, schema.minProperties, schema.maxProperties)
  const missing = missingOf(schema.required, validation, value)
  if (missing.length === 1) validation.tell(`missing property ${allQuoted(missing)}`)
  else if (missing.length > 0) validation.tell(`missing properties ${allQuoted(missing)}`)
  if (validation.isDecided) return
  for (const [name, rule] of schema.dependencies) {
    if (!Object.hasOwn(value, name)) continue
    if ('location' in rule) validation.add(validation.itself(rule))
    else dependentRequired(validation, value, name, rule)
  }
  propertiesKeywords(validation, value, names)
  if (validation.isDecided) return
  if (schema.propertyNames) {
    for (const name of names) {
      const causes = validation.apart(schema.propertyNames, name)
      // The library forgets where it was.
      const problem = { kind: 'other', at: undefined, text: `invalid propertyName ${quoted(name)}`, causes } as const
      if (causes.length > 0) validation.add(problem)
    }
  }
  for (const [name, rule] of schema.dependentSchemas) {
    if (Object.hasOwn(value, name)) validation.add(validation.itself(rule))
  }
  for (const [name, rule] of schema.dependentRequired) {
    if (Object.hasOwn(value, name)) dependentRequired(validation, value, name, rule)
  }
}

function propertiesKeywords(validation: Validation, value: Table, names: readonly string[]): void {
  const { properties, patternProperties, additionalProperties } = validation.schema
  const forbidden: string[] = []
  for (const name of names) {
    if (validation.isDecided) return
    const schema = properties.get(name)
    if (schema) validation.add(validation.inside(schema, value[name], name))
    let isEvaluated = schema !== undefined
    for (const [pattern, rule] of patternProperties) {
      if (!pattern.matches(name, validation.budget)) continue
      isEvaluated = true
      validation.add(validation.inside(rule, value[name], name))
    }
    if (!isEvaluated && additionalProperties !== undefined) {
      isEvaluated = true
      if (additionalProperties === false) forbidden.push(name)
      else if (additionalProperties !== true) validation.add(validation.inside(additionalProperties, value[name], name))
    }
    if (isEvaluated) validation.unevaluated.removeKey(name)
  }
  if (forbidden.length > 0) validation.tell(`additional properties ${allQuoted(forbidden)} not allowed`)
}

function dependentRequired(validation: Validation, value: Table, name: string, wanted: readonly string[]): void {
  const missing = missingOf(wanted, validation, value)
  if (missing.length > 0) validation.tell(`properties ${allQuoted(missing)} required, if ${quoted(name)} exists`)
}

function missingOf(wanted: readonly string[], { budget }: Validation, value: Table): string[] {
  budget.spend(wanted.length)
  return wanted.filter(name => !Object.hasOwn(value, name))
}
