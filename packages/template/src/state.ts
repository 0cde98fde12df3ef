/** One execution of a template: its variables, its output, and the node it is at, which error messages name. */
import { elapsed } from './elapsed.ts'
import { goQuote } from './go-string.ts'
import { type Node, nodeText } from './nodes.ts'
import { TemplateError } from './template-error.ts'
import type { TemplateSet } from './template-set.ts'

export interface Limits {
  /** Deepest nesting of `template` actions and of renderings within renderings. */
  depth: number
  /** Largest output in bytes (UTF-16 units while it grows). */
  outputBytes: number
  /** Most actions, iterations and calls of one rendering, with all it includes; calls count more for larger arguments and results. */
  steps: number
  /** Longest time of one rendering in milliseconds: a template that takes longer fails instead of holding up everybody else. */
  milliseconds: number
}

/** What all renderings within one outermost rendering share. */
export interface Budget {
  depth: number
  steps: number
  /** Steps at which the clock is looked at next. */
  look: number
  /** By `elapsed`. */
  deadline: number
}

/** Steps between two looks at the clock. */
const stride = 256

/** Starts to count anew. */
export function restart(budget: Budget, limits: Limits): void {
  budget.steps = 0
  budget.look = stride
  budget.deadline = elapsed() + limits.milliseconds
}

export class State {
  readonly set: TemplateSet
  readonly limits: Limits
  readonly budget: Budget
  name: string
  dot: unknown
  vars: unknown[]
  node: Node | undefined
  out = ''

  constructor(set: TemplateSet, limits: Limits, budget: Budget, name: string, data: unknown) {
    this.set = set
    this.limits = limits
    this.budget = budget
    this.name = name
    this.dot = data
    this.vars = [data]
  }

  write(text: string): void {
    this.out += text
    if (this.out.length > this.limits.outputBytes)
      this.fail(`the output is larger than ${this.limits.outputBytes} bytes`)
  }

  step(): void {
    if (++this.budget.steps >= this.budget.look) this.look()
  }

  /** Counts work that is more than a step. */
  spend(steps: number): void {
    this.budget.steps += steps
    if (this.budget.steps >= this.budget.look) this.look()
  }

  private look(): void {
    const { budget, limits } = this
    budget.look = budget.steps + stride
    if (budget.steps > limits.steps) this.fail(`the template takes more than ${limits.steps} steps`)
    if (elapsed() > budget.deadline) {
      this.fail(`the template takes longer than ${limits.milliseconds} milliseconds`)
    }
  }

  fail(message: string, cause?: unknown): never {
    const { node } = this
    if (node === undefined) {
      throw new TemplateError(`template: ${this.name}: ${message}`, { template: this.name, cause })
    }
    const { file, text } = node.source
    const before = text.slice(0, node.pos)
    const start = before.lastIndexOf('\n') + 1
    const line = before.split('\n').length
    const column = Buffer.byteLength(before.slice(start))
    const place = `${file}:${line}:${column}`
    throw new TemplateError(`template: ${place}: executing ${goQuote(this.name)} at <${nodeText(node)}>: ${message}`, {
      template: file,
      line,
      column,
      cause,
    })
  }
}
