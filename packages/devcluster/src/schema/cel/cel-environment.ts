/** The language of validation rules: CEL with Kubernetes' libraries. One environment serves all definitions; compiled rules are kept. */
import { Environment, type ParseResult } from '@marcbachmann/cel-js'
import { registerAddresses } from './addresses.ts'
import { registerAuthorizer } from './authorizer.ts'
import { withAnyHas } from './has-macro.ts'
import { registerLists } from './lists.ts'
import { registerQuantities } from './quantities.ts'
import { registerStrings } from './strings.ts'
import { registerUrls } from './urls.ts'

let environment: Environment | undefined
const compiled = new Map<string, ParseResult>()

function ready(): Environment {
  if (environment !== undefined) return environment
  environment = new Environment({
    unlistedVariablesAreDyn: true,
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
  })
  for (const register of [
    registerLists,
    registerStrings,
    registerQuantities,
    registerUrls,
    registerAddresses,
    registerAuthorizer,
  ]) {
    register(environment)
  }
  return environment
}

/** @throws ParseError when the expression is none */
export function compiledRule(expression: string): ParseResult {
  let rule = compiled.get(expression)
  if (rule === undefined) {
    rule = ready().parse(withAnyHas(expression))
    compiled.set(expression, rule)
  }
  return rule
}

/** A CEL duration, or undefined when the text is none. */
export function parsedDuration(text: string): unknown {
  try {
    return compiledRule('duration(self)')({ self: text })
  } catch {
    return undefined
  }
}
