import type { KubeObject } from '@sluice/api'
import { CelError, type CelExpression, compileCel } from './cel.ts'

/**
 * Whether a dependency is ready by a `readyExpr`. Throws CelError when the expression can never be evaluated: it does
 * not compile, or is no boolean.
 */
export function isReadyBy(text: string, self: KubeObject, dependency: KubeObject): boolean {
  const wrong = (message: string) =>
    new CelError(`terminal error: failed to evaluate dependency ${dependency.metadata.name}: ${message}`)
  let expression: CelExpression
  try {
    expression = compileCel(text, ['self', 'dep'])
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error))
  }
  // cel-go knows a bare selection to be of any type, which is not boolean for sure.
  if (expression.type !== 'bool')
    throw wrong(`CEL expression output type mismatch: expected bool, got ${expression.type}`)
  try {
    return expression.evaluate({ self, dep: dependency }) === true
  } catch {
    // A missing field may yet appear.
    return false
  }
}
