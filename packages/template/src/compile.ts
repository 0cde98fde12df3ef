/** Turns a parsed template into closures: statements that write, expressions that answer a value. */
import { compilePipe, type Scope } from './compile-pipe.ts'
import { printValue } from './go-print.ts'
import { goQuote } from './go-string.ts'
import { isMap, kindOf, listOf, sortedEntries, truth } from './go-value.ts'
import { Int64, wholeNumber } from './int64.ts'
import type { ListNode, PipeNode, Statement } from './nodes.ts'
import type { State } from './state.ts'

/** How a statement ended. */
export type Ended = 0 | 1 | 2
const done = 0
const broken = 1
const continued = 2

export type Run = (state: State) => Ended

export function compile(root: ListNode): Run {
  return compileList(root, { names: ['$'], slots: { next: 1 }, dotIsElement: false })
}

function compileList(list: ListNode, scope: Scope): Run {
  const runs = list.nodes.map(node => compileStatement(node, scope))
  const first = runs[0]
  if (first === undefined) return () => done
  if (runs.length === 1) return first
  return state => {
    for (let at = 0; at < runs.length; at++) {
      const ended = runs[at]?.(state) ?? done
      if (ended !== done) return ended
    }
    return done
  }
}

function compileStatement(node: Statement, scope: Scope): Run {
  switch (node.kind) {
    case 'text': {
      const { text } = node
      return state => {
        state.write(text)
        return done
      }
    }
    case 'action': {
      const pipe = compilePipe(node.pipe, scope)
      const prints = node.pipe.variables.length === 0
      return state => {
        state.step()
        const value = pipe(state)
        if (prints) {
          if (typeof value === 'string') state.write(value)
          else {
            state.node = node
            if (kindOf(value) === 'func') state.fail(`can't print ${node.pipe.commands.length} of type func()`)
            state.write(value == null ? '<no value>' : printed(state, value))
          }
        }
        return done
      }
    }
    case 'break':
      return () => broken
    case 'continue':
      return () => continued
    case 'template':
      return compileTemplate(node, scope)
    case 'range':
      return compileRange(node.pipe, node, scope)
    default:
      return compileBranch(node.kind, node, scope)
  }
}

function printed(state: State, value: unknown): string {
  try {
    return printValue(value)
  } catch (error) {
    return state.fail(error instanceof Error ? error.message : String(error))
  }
}

interface Branches {
  pipe: PipeNode
  list: ListNode
  otherwise: ListNode | undefined
}

function compileBranch(kind: 'if' | 'with', node: Branches, scope: Scope): Run {
  const known = scope.names.length
  const pipe = compilePipe(node.pipe, scope)
  const inside = scope.names.length
  const list = compileList(node.list, kind === 'with' ? { ...scope, dotIsElement: false } : scope)
  scope.names.length = inside
  const otherwise = node.otherwise && compileList(node.otherwise, scope)
  scope.names.length = known
  return state => {
    state.step()
    const value = pipe(state)
    if (!truth(value)) return otherwise ? otherwise(state) : done
    if (kind === 'if') return list(state)
    const { dot } = state
    state.dot = value
    const ended = list(state)
    state.dot = dot
    return ended
  }
}

function compileRange(pipe: PipeNode, node: Branches, scope: Scope): Run {
  const known = scope.names.length
  const evaluate = compilePipe(pipe, scope)
  const inside = scope.names.length
  // The slots that the pipeline declared, or those of the variables it assigns to.
  const slots = pipe.variables.map((name, index) =>
    pipe.assign ? scope.names.lastIndexOf(name) : inside - pipe.variables.length + index,
  )
  const two = slots.length > 1
  const indexSlot = two ? slots[0] : undefined
  const elementSlot = two ? slots[1] : slots[0]
  const list = compileList(node.list, { ...scope, dotIsElement: true })
  scope.names.length = inside
  const otherwise = node.otherwise && compileList(node.otherwise, scope)
  scope.names.length = known

  return state => {
    state.step()
    const value = evaluate(state)
    const { dot } = state
    let ended: Ended = done
    const each = (index: unknown, element: unknown): boolean => {
      state.step()
      if (elementSlot !== undefined) state.vars[elementSlot] = element
      if (indexSlot !== undefined) state.vars[indexSlot] = index
      state.dot = element
      ended = list(state)
      return ended !== broken
    }
    let ran = false
    switch (kindOf(value)) {
      case 'int':
      case 'int64': {
        if (two) state.fail(`can't use ${printValue(value)} to iterate over more than one variable`)
        const end = wholeNumber(value) ?? 0n
        const wide = value instanceof Int64
        ran = end > 0n
        for (let index = 0n; index < end; index++) if (!each(undefined, wide ? new Int64(index) : index)) break
        break
      }
      case 'slice': {
        const items = listOf(value)
        ran = items.length > 0
        for (let index = 0; index < items.length; index++) {
          const element = items[index]
          if (!each(BigInt(index), element === undefined ? null : element)) break
        }
        break
      }
      case 'map': {
        const entries = isMap(value) ? sortedEntries(value) : []
        ran = entries.length > 0
        for (const [key, element] of entries) if (!each(key, element)) break
        break
      }
      case 'invalid':
        break
      default:
        state.fail(`range can't iterate over ${printValue(value)}`)
    }
    state.dot = dot
    return !ran && otherwise ? otherwise(state) : done
  }
}

function compileTemplate(node: Extract<Statement, { kind: 'template' }>, scope: Scope): Run {
  const pipe = node.pipe && compilePipe(node.pipe, scope)
  return state => {
    state.step()
    state.node = node
    const run = state.set.lookup(node.name)
    if (run === undefined) return state.fail(`template ${goQuote(node.name)} not defined`)
    if (state.budget.depth >= state.limits.depth) state.fail(`exceeded maximum template depth (${state.limits.depth})`)
    const data = pipe ? pipe(state) : undefined
    const { dot, vars, name } = state
    state.budget.depth++
    state.dot = data
    state.vars = [data]
    state.name = node.name
    run(state)
    state.dot = dot
    state.vars = vars
    state.name = name
    state.budget.depth--
    return done
  }
}
