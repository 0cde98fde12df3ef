/**
 * What a template can call. A function gets its arguments as an array; its signature, when it has one, lets the engine count and check them in
 * Go's words before the call.
 */
import type { TemplateSet } from './template-set.ts'

export interface Call {
  /** The set that runs; `include` and `tpl` render with it. */
  set: TemplateSet
  /** The name of the template that calls. */
  template: string
  /** The first argument as it is written, for `call` alone. */
  first?: string
}

/** Types as Go names them in errors; `any` takes everything, `value` tells no value (undefined) from a nil interface (null). */
export type Parameter =
  | 'any'
  | 'value'
  | 'string'
  | 'bool'
  | 'int'
  | 'int64'
  | 'float64'
  | 'map[string]interface {}'
  | 'map[string]string'
  | '[]interface {}'
  | '[]string'
  | '[]uint8'
  | 'time.Time'
  | '*semver.Version'

export interface Signature {
  parameters: readonly Parameter[]
  /** The type of further arguments; without it their number is fixed. */
  variadic?: Parameter
}

export interface TemplateFunction {
  (args: readonly unknown[], call: Call): unknown
  signature?: Signature
  /** Steps that a call counts for; 1 without. */
  cost?: number
}

/** Gives a function its signature, written as `string, int, ...any`; one that has another already is copied. */
export function typed(signature: string, run: TemplateFunction): TemplateFunction {
  const typed: TemplateFunction = run.signature === undefined ? run : (args, call) => run(args, call)
  typed.signature = signatureOf(signature)
  return typed
}

/** Many functions share one. */
const signatures = new Map<string, Signature>()

function signatureOf(text: string): Signature {
  const known = signatures.get(text)
  if (known) return known
  const parameters: Parameter[] = []
  let variadic: Parameter | undefined
  for (const part of text === '' ? [] : text.split(', ')) {
    const name = part.replace('...', '')
    const parameter = shorthand[name]
    if (parameter === undefined) throw new Error(`${name} is no parameter type`)
    if (part.startsWith('...')) variadic = parameter
    else parameters.push(parameter)
  }
  const signature = variadic === undefined ? { parameters } : { parameters, variadic }
  signatures.set(text, signature)
  return signature
}

const shorthand: Record<string, Parameter> = {
  any: 'any',
  value: 'value',
  string: 'string',
  bool: 'bool',
  int: 'int',
  int64: 'int64',
  float64: 'float64',
  map: 'map[string]interface {}',
  strings: '[]string',
  list: '[]interface {}',
  bytes: '[]uint8',
  time: 'time.Time',
}
