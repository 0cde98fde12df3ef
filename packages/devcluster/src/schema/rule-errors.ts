/** The rules and patterns of a custom schema that cannot be compiled, for the refusal of its definition. */
import type { Schema } from '@sluice/api/builtin'
import { type Cause, invalid } from './cause.ts'
import { compiledRule } from './cel/cel-environment.ts'
import { patternError } from './pattern.ts'

/** @param path where the schema stands in the definition, such as `spec.versions[0].schema.openAPIV3Schema` */
export function ruleErrors(schema: Schema, path: string): Cause[] {
  const causes: Cause[] = []
  if (schema.pattern !== undefined) {
    const problem = patternError(schema.pattern)
    if (problem !== undefined) {
      causes.push(
        invalid(`${path}.pattern`, schema.pattern, `must be a valid regular expression, but isn't: ${problem}`),
      )
    }
  }
  for (const [at, { rule, messageExpression }] of (schema.validations ?? []).entries()) {
    const where = `${path}.x-kubernetes-validations[${at}]`
    causes.push(
      ...compileError(`${where}.rule`, rule),
      ...compileError(`${where}.messageExpression`, messageExpression),
    )
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (name !== 'metadata') causes.push(...ruleErrors(property, `${path}.properties[${name}]`))
  }
  if (schema.items !== undefined) causes.push(...ruleErrors(schema.items, `${path}.items`))
  if (typeof schema.additionalProperties === 'object') {
    causes.push(...ruleErrors(schema.additionalProperties, `${path}.additionalProperties`))
  }
  return causes
}

function compileError(path: string, expression: string | undefined): Cause[] {
  if (expression === undefined || expression === '') return []
  try {
    compiledRule(expression)
    return []
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return [invalid(path, expression, `compilation failed: ERROR: ${why}`)]
  }
}
