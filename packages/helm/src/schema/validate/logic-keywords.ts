/** The keywords that combine schemas for the same value: `not`, `allOf`, `anyOf`, `oneOf` and `if`. */
import type { Problem } from '../problem.ts'
import type { Schema } from '../schema.ts'
import { wholeText } from '../value-text.ts'
import type { Validation } from './validate.ts'

export function logicKeywords(validation: Validation): void {
  const { not, allOf, anyOf, oneOf, conditional } = validation.schema
  if (not && !validation.itself(not, { isBrief: true })) validation.tell("'not' failed")
  const failed = allOf.flatMap(schema => validation.itself(schema) ?? [])
  if (failed.length > 0) validation.tell("'allOf' failed", failed)
  if (anyOf.length > 0) anyOfKeyword(validation, anyOf)
  if (oneOf.length > 0) oneOfKeyword(validation, oneOf)
  if (!conditional) return
  const isMet = !validation.itself(conditional.condition, { isBrief: true })
  const branch = isMet ? conditional.whenMet : conditional.otherwise
  if (branch) validation.add(validation.itself(branch))
}

function anyOfKeyword(validation: Validation, schemas: readonly Schema[]): void {
  const causes: Problem[] = []
  let isMatched = false
  for (const schema of schemas) {
    const problem = validation.itself(schema)
    if (problem) causes.push(problem)
    else {
      isMatched = true
      // The others may look at what is unevaluated as yet.
      if (validation.unevaluated.isEmpty) break
    }
  }
  if (!isMatched) validation.tell("'anyOf' failed", causes)
}

function oneOfKeyword(validation: Validation, schemas: readonly Schema[]): void {
  const causes: Problem[] = []
  let matched: number | undefined
  for (const [index, schema] of schemas.entries()) {
    const problem = validation.itself(schema, { isBrief: matched !== undefined })
    if (problem) causes.push(problem)
    else if (matched === undefined) matched = index
    else {
      validation.tell(`'oneOf' failed, subschemas ${wholeText(matched)}, ${wholeText(index)} matched`)
      return
    }
  }
  if (matched === undefined) validation.tell("'oneOf' failed, none matched", causes)
}
