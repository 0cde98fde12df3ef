/** Compiles pipelines, commands and operands; evaluates fields, methods and calls as text/template's exec.go does. */
import { checkArgument } from './check-argument.ts'
import { goQuote } from './go-string.ts'
import { fieldOf, isMap, type Method, mapGet, mapHas, methodOf, truth, typeMethod, typeName } from './go-value.ts'
import type { CommandNode, Node, Operand, PipeNode } from './nodes.ts'
import { nodeText } from './nodes.ts'
import type { State } from './state.ts'
import { Interruption } from './template-error.ts'
import type { Parameter, TemplateFunction } from './template-function.ts'

/** The variables in sight while compiling; a variable's place in `names` is its slot at run time. */
export interface Scope {
  names: string[]
  slots: { next: number }
  /** Whether dot is an element of a list or map, and so of type interface {} for Go. */
  dotIsElement: boolean
}

type Evaluate = (state: State) => unknown

/** Stands for "no value from an earlier command". */
const missing = Symbol('missing')
type Final = unknown

export function compilePipe(pipe: PipeNode, scope: Scope): Evaluate {
  const commands = pipe.commands.map(command => compileCommand(command, scope))
  const slots: number[] = []
  for (const name of pipe.variables) {
    if (pipe.assign) slots.push(scope.names.lastIndexOf(name))
    else slots.push(scope.names.push(name) - 1)
  }
  const [only] = commands
  if (only && commands.length === 1 && slots.length === 0) {
    return state => {
      state.node = pipe
      return only(state, missing) ?? undefined
    }
  }
  return state => {
    state.node = pipe
    let value: Final = missing
    for (let at = 0; at < commands.length; at++) value = commands[at]?.(state, value) ?? undefined
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index] ?? -1
      if (slot < 0) state.fail(`undefined variable: ${pipe.variables[index]}`)
      state.vars[slot] = value
    }
    return value
  }
}

type Command = (state: State, final: Final) => unknown

const none: readonly Compiled[] = []

function compileCommand(command: CommandNode, scope: Scope): Command {
  const first = command.args[0]
  if (first === undefined) return () => undefined
  const compiled = (node: Operand): Compiled => ({ node, evaluate: evaluator(node, scope) })
  const args = command.args.length === 1 ? none : command.args.slice(1).map(compiled)
  switch (first.kind) {
    case 'field':
    case 'chain':
    case 'variable':
      if (first.kind !== 'variable' || first.names.length > 0) return compileChain(first, args, scope)
      break
    case 'identifier':
      return compileCall(first, command, args)
    case 'pipe': {
      const pipe = compilePipe(first, scope)
      return (state, final) => {
        if (args.length > 0 || final !== missing) notFunction(state, first)
        return pipe(state)
      }
    }
    case 'nil':
      return (state, final) => {
        state.node = first
        if (args.length > 0 || final !== missing) notFunction(state, first)
        return state.fail('nil is not a command')
      }
  }
  const evaluate = evaluator(first, scope)
  return (state, final) => {
    state.node = first
    if (args.length > 0 || final !== missing) notFunction(state, first)
    return evaluate(state)
  }
}

function notFunction(state: State, node: Operand): never {
  return state.fail(`can't give argument to non-function ${nodeText(node)}`)
}

interface Compiled {
  node: Operand
  evaluate: Evaluate
}

function evaluator(node: Operand, scope: Scope): Evaluate {
  switch (node.kind) {
    case 'dot':
      return state => {
        state.node = node
        return state.dot
      }
    case 'nil':
      return state => {
        state.node = node
        return null
      }
    case 'bool':
    case 'string': {
      const { value } = node
      return state => {
        state.node = node
        return value
      }
    }
    case 'number': {
      const { text, int, float, overflow } = node
      const isFloat =
        float !== undefined && !/^0[xX][^pP]*$/.test(text) && !text.startsWith("'") && /[.eEpP]/.test(text)
      const value = isFloat ? float : int
      return state => {
        state.node = node
        if (overflow) state.fail(`${text} overflows int`)
        return value
      }
    }
    case 'variable': {
      if (node.names.length > 0) break
      const slot = scope.names.lastIndexOf(node.name)
      return state => {
        state.node = node
        if (slot < 0) state.fail(`undefined variable: ${node.name}`)
        return state.vars[slot]
      }
    }
    case 'identifier': {
      const call = compileCall(node, node, [])
      return state => call(state, missing)
    }
    case 'pipe':
      return compilePipe(node, scope)
  }
  if (node.kind !== 'field' && node.kind !== 'chain' && node.kind !== 'variable') return () => undefined
  const chain = compileChain(node, [], scope)
  return state => chain(state, missing)
}

type ChainNode = Extract<Operand, { kind: 'field' | 'chain' | 'variable' }>

/** `.a.b`, `$x.a`, `(pipe).a`; only the last name may be a method with arguments. */
function compileChain(node: ChainNode, args: readonly Compiled[], scope: Scope): Command {
  const { names } = node
  const last = names.at(-1) ?? ''
  const before = names.slice(0, -1)
  let receiver: Evaluate
  if (node.kind === 'field') receiver = state => state.dot
  else if (node.kind === 'chain') {
    if (node.node.kind === 'nil') {
      return state => {
        state.node = node
        return state.fail(`indirection through explicit nil in ${nodeText(node)}`)
      }
    }
    receiver = evaluator(node.node, scope)
  } else {
    const slot = scope.names.lastIndexOf(node.name)
    receiver = state => {
      if (slot < 0) state.fail(`undefined variable: ${node.name}`)
      return state.vars[slot]
    }
  }
  const startsElement = node.kind === 'field' && scope.dotIsElement
  return (state, final) => {
    state.node = node
    let value = receiver(state)
    let element = startsElement
    for (let at = 0; at < before.length; at++) {
      const name = before[at] ?? ''
      const map = isMap(value)
      value = evalField(state, value, name, node, [], missing, element)
      element = map
    }
    return evalField(state, value, last, node, args, final, element)
  }
}

function evalField(
  state: State,
  receiver: unknown,
  name: string,
  node: Node,
  args: readonly Compiled[],
  final: Final,
  element: boolean,
): unknown {
  if (receiver === undefined) {
    if (state.set.missingKey === 'error') state.fail(`nil data; no entry for key ${goQuote(name)}`)
    return undefined
  }
  if (receiver === null) return state.fail(`nil pointer evaluating interface {}.${name}`)
  const hasArgs = args.length > 0 || final !== missing
  if (isMap(receiver)) {
    const named = typeMethod(receiver, name)
    if (named) return callMethod(state, named, name, node, args, final)
    // A method comes first, but only what is no plain data has any.
    const value = mapGet(receiver, name)
    if (typeof value === 'function') {
      const method = methodOf(receiver, name)
      if (method) return callMethod(state, method, name, node, args, final)
    }
    if (receiver instanceof Map && value === undefined) {
      const method = methodOf(receiver, name)
      if (method) return callMethod(state, method, name, node, args, final)
    }
    if (hasArgs) state.fail(`${name} is not a method but has arguments`)
    if (value !== undefined || mapHas(receiver, name)) return value
    if (typeName(receiver) === 'map[string]string') return ''
    if (state.set.missingKey === 'error') state.fail(`map has no entry for key ${goQuote(name)}`)
    return state.set.missingKey === 'zero' ? null : undefined
  }
  const method = methodOf(receiver, name)
  if (method) return callMethod(state, method, name, node, args, final)
  const field = Array.isArray(receiver) ? undefined : fieldOf(receiver, name)
  if (field) {
    if (hasArgs) state.fail(`${name} has arguments but cannot be invoked as function`)
    return field.value
  }
  return state.fail(`can't evaluate field ${name} in type ${element ? 'interface {}' : typeName(receiver)}`)
}

function callMethod(
  state: State,
  method: Method,
  name: string,
  node: Node,
  args: readonly Compiled[],
  final: Final,
): unknown {
  const { arity = method.length, parameters } = method
  const given = args.length + (final === missing ? 0 : 1)
  if (given !== arity) {
    state.node = node
    state.fail(`wrong number of args for ${name}: want ${arity} got ${given}`)
  }
  const typeAt = (index: number): Parameter => parameters?.[index] ?? 'any'
  const values = args.map((arg, index) => checkArgument(state, arg.evaluate(state), typeAt(index), arg.node))
  if (final !== missing) values.push(checkArgument(state, final, typeAt(args.length), undefined))
  try {
    return method(...values)
  } catch (error) {
    state.node = node
    return failedCall(state, name, error)
  }
}

function failedCall(state: State, name: string, error: unknown): never {
  if (error instanceof Interruption) throw error
  if (error instanceof RangeError && error.message.includes('call stack'))
    return state.fail('exceeded maximum template depth')
  const message = error instanceof Error ? error.message : String(error)
  return state.fail(`error calling ${name}: ${message}`, error)
}

function compileCall(
  node: Extract<Operand, { kind: 'identifier' }>,
  command: Node,
  args: readonly Compiled[],
): Command {
  const { name } = node
  if (name === 'and' || name === 'or') return compileLogic(name, node, args)
  const first = name === 'call' && args[0] ? unwrappedText(args[0].node) : undefined
  return (state, final) => {
    state.node = node
    const run = state.set.functionNamed(name)
    if (run === undefined) return state.fail(`${goQuote(name)} is not a defined function`)
    const values = argumentsOf(state, run, name, args, final)
    state.spend(costOf(values) + (run.cost ?? 0))
    try {
      const call = { set: state.set, template: state.name }
      const result = run(values, first === undefined ? call : { ...call, first })
      if (typeof result === 'string' && result.length > 4096) state.spend(checkedCost(result))
      return result
    } catch (error) {
      state.node = command
      return failedCall(state, name, error)
    }
  }
}

/** Longest text that a function may make, in characters. */
const longestText = 16 * 1024 * 1024

function checkedCost(text: string): number {
  if (text.length > longestText) throw new Error(`the result has ${text.length} characters, more than ${longestText}`)
  return text.length >> 10
}

/** Steps that a call counts for: one, and more for long texts and lists. */
function costOf(values: readonly unknown[]): number {
  let cost = 1
  for (let index = 0; index < values.length; index++) {
    const value = values[index]
    if (typeof value === 'string') cost += value.length >> 10
    else if (Array.isArray(value)) cost += value.length >> 3
  }
  return cost
}

/** Without the parentheses around it. */
function unwrappedText(node: Operand): string {
  const text = nodeText(node)
  return node.kind === 'pipe' && text.startsWith('(') ? text.slice(1, -1) : text
}

function argumentsOf(
  state: State,
  run: TemplateFunction,
  name: string,
  args: readonly Compiled[],
  final: Final,
): unknown[] {
  const { signature } = run
  const given = args.length + (final === missing ? 0 : 1)
  const wanted = signature?.parameters.length ?? 0
  if (signature?.variadic !== undefined ? given < wanted : signature !== undefined && given !== wanted) {
    const least = signature?.variadic !== undefined
    state.fail(
      `wrong number of args for ${name}: want ${least ? 'at least ' : ''}${wanted} got ${least ? args.length : given}`,
    )
  }
  const parameters = signature?.parameters
  const others: Parameter = signature?.variadic ?? 'any'
  const first = args[0]
  // Of one value without a loop: a list that grows gets room for many.
  if (first === undefined)
    return final === missing ? [] : [checkArgument(state, final, parameters?.[0] ?? others, undefined)]
  const values = [checkArgument(state, first.evaluate(state), parameters?.[0] ?? others, first.node)]
  // Counted, as everywhere that templates pass often: what runs once is not optimized, and iterators take much longer then.
  for (let index = 1; index < args.length; index++) {
    const arg = args[index]
    if (arg) values.push(checkArgument(state, arg.evaluate(state), parameters?.[index] ?? others, arg.node))
  }
  if (final !== missing) values.push(checkArgument(state, final, parameters?.[args.length] ?? others, undefined))
  return values
}

/** `and` and `or` answer one of their arguments and leave the rest alone once they know it. */
function compileLogic(name: 'and' | 'or', node: Operand, args: readonly Compiled[]): Command {
  return (state, final) => {
    state.node = node
    if (args.length === 0 && final === missing) state.fail(`wrong number of args for ${name}: want at least 1 got 0`)
    let value: unknown
    for (const arg of args) {
      value = arg.evaluate(state)
      if (truth(value) === (name === 'or')) return value
    }
    return final === missing ? value : final
  }
}
