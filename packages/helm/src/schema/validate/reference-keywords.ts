/** The keywords that refer to another schema for the same value. */
import type { Problem } from '../problem.ts'
import type { Schema } from '../schema.ts'
import { outermost } from './scope.ts'
import type { Validation } from './validate.ts'

/** What `$ref` and its like say of what is wrong with the value there. */
export function referenceProblem(validation: Validation, schema: Schema, keyword: string): Problem | undefined {
  const problem = validation.itself(schema, { keyword })
  if (!problem) return undefined
  const causes = problem.kind === 'group' ? problem.causes : [problem]
  return validation.problemHere('validation failed', causes, 'reference')
}

/**
 * `$recursiveRef` of draft 2019-09 and `$dynamicRef` of 2020-12. Both lead to the outermost resource that offers
 * itself.
 */
export function dynamicReferences(validation: Validation): void {
  const { scope } = validation
  const { recursiveRef, dynamicRef } = validation.schema
  if (recursiveRef) {
    const extended = outermost(scope, schema => (schema.resource.recursiveAnchor ? schema : undefined))
    const target = (recursiveRef.recursiveAnchor && extended) || recursiveRef
    validation.add(referenceProblem(validation, target, '$recursiveRef'))
  }
  if (dynamicRef) {
    const { target, anchor } = dynamicRef
    const isDynamic = anchor !== '' && target.dynamicAnchor === anchor
    const extended = isDynamic && outermost(scope, schema => schema.resource.dynamicAnchors.get(anchor))
    validation.add(referenceProblem(validation, extended || target, '$dynamicRef'))
  }
}
