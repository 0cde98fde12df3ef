/** Whether a value may be given for a parameter, in the words of text/template's validateType and evalArg. */
import { GoTime } from './go-time.ts'
import { isMap, typeName } from './go-value.ts'
import { Int64 } from './int64.ts'
import { nodeText, type Operand } from './nodes.ts'
import type { State } from './state.ts'
import type { Parameter } from './template-function.ts'

/** The value as the function gets it. `node` is the operand it is from; undefined for the value from the pipeline. */
export function checkArgument(state: State, value: unknown, type: Parameter, node: Operand | undefined): unknown {
  if (type === 'any') return value ?? null
  if (type === 'value') return node?.kind === 'nil' ? undefined : value
  if (fits(value, type)) return value
  switch (node?.kind) {
    case 'nil':
      if (canBeNil(type)) return null
      return state.fail(`cannot assign nil to ${type}`)
    case 'bool':
    case 'string':
    case 'number': {
      const literal = fromLiteral(node, type)
      if (literal !== undefined) return literal
      const wanted = literals[type]
      if (wanted) return state.fail(`expected ${wanted}; found ${nodeText(node)}`)
      return state.fail(`can't handle ${nodeText(node)} for arg of type ${type}`)
    }
  }
  if (value === undefined) {
    if (canBeNil(type)) return null
    return state.fail(`invalid value; expected ${type}`)
  }
  return state.fail(`wrong type for value; expected ${type}; got ${typeName(value)}`)
}

const literals: Partial<Record<Parameter, string>> = {
  bool: 'bool',
  string: 'string',
  int: 'integer',
  int64: 'integer',
  float64: 'float',
}

const canBeNil = (type: Parameter): boolean => type.startsWith('map') || type.startsWith('[]') || type.startsWith('*')

function fits(value: unknown, type: Parameter): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string'
    case 'bool':
      return typeof value === 'boolean'
    case 'int':
      return typeof value === 'bigint'
    case 'int64':
      return value instanceof Int64
    case 'float64':
      return typeof value === 'number'
    case 'time.Time':
      return value instanceof GoTime
    case '[]interface {}':
    case '[]string':
      return Array.isArray(value) && typeName(value) === type
    case '[]uint8':
      return value instanceof Uint8Array
    case '*semver.Version':
      return typeName(value) === type
    case 'map[string]string':
      return isMap(value) && typeName(value) === type
    default:
      return isMap(value) && typeName(value) !== 'map[string]string'
  }
}

function fromLiteral(node: Operand, type: Parameter): unknown {
  if (node.kind !== 'number') return undefined
  if (type === 'float64') return node.float
  if (type === 'int64') return node.int === undefined ? undefined : new Int64(node.int)
  return type === 'int' ? node.int : undefined
}
