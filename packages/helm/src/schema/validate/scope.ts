/** The way on which validating came to a schema, and what depends on it: dynamic references and cycles. */
import type { Budget } from '../budget.ts'
import type { Schema } from '../schema.ts'

export interface Scope {
  schema: Schema
  /** The reference that led there; empty when the schema stands in its parent's. */
  keyword: string
  /** How deep the value lies, so that the scopes of one value have one number. */
  depth: number
  parent: Scope | undefined
}

/** Found on the way from the schema itself outwards, the last one counts. */
export function outermost(from: Scope, find: (schema: Schema) => Schema | undefined): Schema | undefined {
  let found: Schema | undefined
  for (let scope: Scope | undefined = from; scope; scope = scope.parent) found = find(scope.schema) ?? found
  return found
}

/** What is wrong when the same value has come to the same schema before; undefined when it has not. */
export function referenceCycle(scope: Scope, budget: Budget): string | undefined {
  let steps = 0
  for (let earlier = scope.parent; earlier && earlier.depth === scope.depth; earlier = earlier.parent) {
    if (earlier.schema === scope.schema) {
      const ways = `both ${way(scope)} and ${way(earlier)} resolve to "${scope.schema.location}"`
      return `${ways} causing reference cycle`
    }
    steps++
  }
  budget.spend(steps >> 3)
  return undefined
}

/** The keywords that lead from the first schema to one. */
function way(to: Scope): string {
  let text = ''
  for (let at = to; at.parent; at = at.parent) {
    const step = at.keyword === '' ? at.schema.location.slice(at.parent.schema.location.length) : `/${at.keyword}`
    text = step + text
  }
  return text
}
