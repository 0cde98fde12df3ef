import { Environment, ParseError, type ParseResult } from '@marcbachmann/cel-js'
import { evaluationText, syntaxText } from './cel-words.ts'

/**
 * Common Expression Language as Flux's `readyExpr` and `healthCheckExprs` use it (fluxcd/pkg/runtime/cel): variables are
 * whole JSON values, integers are CEL ints, limits keep a hostile expression small.
 */
export class CelError extends Error {
  override name = 'CelError'
}

export interface CelExpression {
  readonly text: string
  /** Type the expression is known to have, `dyn` when that depends on values. */
  readonly type: string
  /** Throws CelError when the values do not fit, for instance when a field is missing. */
  evaluate(values: Record<string, unknown>): unknown
}

const limits = { maxAstNodes: 2_000, maxDepth: 100, maxListElements: 1_000, maxMapEntries: 1_000, maxCallArguments: 32 }

/** Names declared; without them every name is a value that may be there. */
export function compileCel(text: string, names?: readonly string[]): CelExpression {
  const options = { enableOptionalTypes: true, unlistedVariablesAreDyn: names === undefined, limits }
  const environment = new Environment(options)
  for (const name of names ?? []) environment.registerVariable(name, 'dyn')
  let parsed: ParseResult
  try {
    parsed = environment.parse(text)
  } catch (cause) {
    const reason = syntaxText(text, { message: messageOf(cause), at: placeOf(cause) })
    throw new CelError(`failed to parse the CEL expression '${text}': ${reason}`, { cause })
  }
  const checked = parsed.check()
  if (!checked.valid)
    throw new CelError(`failed to parse the CEL expression '${text}': ${checked.error?.message ?? ''}`)
  return {
    text,
    type: String(checked.type ?? 'dyn'),
    evaluate(values) {
      try {
        const context = Object.fromEntries(Object.entries(values).map(([k, v]) => [k, celValue(v)]))
        return parsed(context)
      } catch (cause) {
        const reason = evaluationText(text, messageOf(cause))
        throw new CelError(`failed to evaluate the CEL expression '${text}': ${reason}`, { cause })
      }
    },
  }
}

/** JSON as CEL sees it: whole numbers are ints. */
function celValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (Array.isArray(value)) return value.map(celValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, celValue(v)]))
}

/** The first line: what follows is a picture of the expression, which the message has already. */
function messageOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause)
  return message.split('\n', 1)[0] ?? message
}

/** Where in the text the mistake is, if that is known. */
function placeOf(cause: unknown): number | undefined {
  return cause instanceof ParseError ? cause.range?.start : undefined
}
