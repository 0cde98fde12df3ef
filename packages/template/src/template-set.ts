/**
 * A set of templates that may call each other, with the functions they may use. Parsing is remembered by content, so that the same file costs
 * nothing the second time; what is remembered holds no data.
 */
import { builtinFunctions } from './builtins.ts'
import { compile, type Run } from './compile.ts'
import { goQuote } from './go-string.ts'
import { isEmpty, type ListNode } from './nodes.ts'
import { parseTemplate } from './parse.ts'
import { type Budget, type Limits, restart, State } from './state.ts'
import { TemplateError } from './template-error.ts'
import type { TemplateFunction } from './template-function.ts'

export interface TemplateOptions {
  /** Functions beside those of the language itself. */
  functions?: Record<string, TemplateFunction>
  /** What a key is that a map does not have: no value (default), nil of the map's elements, or an error. */
  missingKey?: 'default' | 'zero' | 'error'
  limits?: Partial<Limits>
  /** The clock that templates see, in milliseconds since 1970; that of the machine without. */
  now?: () => number
  /** The time zone that counts as local, by its IANA name, or `Local` for that of the machine; UTC without. */
  timeZone?: string
}

interface Entry {
  run: Run
  empty: boolean
}

interface Parsed {
  entries: Map<string, Entry>
  /** The functions the text names. */
  uses: readonly string[]
}

const defaults: Limits = { depth: 1000, outputBytes: 64 * 1024 * 1024, steps: 50_000_000, milliseconds: 2000 }

/** Parsed templates by text and name, those used longest ago first. */
const remembered = new Map<string, Map<string, Parsed>>()
/** In characters of text; what is compiled from it takes several times as much memory. */
const rememberedLimit = 16 * 1024 * 1024
let rememberedSize = 0

/** Most of a library chart is never run: it is compiled when it is. */
function whenRun(root: ListNode): Run {
  let run: Run | undefined
  return state => {
    run ??= compile(root)
    return run(state)
  }
}

export class TemplateSet {
  readonly missingKey: 'default' | 'zero' | 'error'
  readonly now: () => number
  readonly timeZone: string
  private readonly limits: Limits
  private readonly functions: Map<string, TemplateFunction>
  private readonly entries = new Map<string, Entry>()
  /** The set this one is a copy of; nothing is added to that one while this one is in use. */
  private readonly below: TemplateSet | undefined
  private readonly budget: Budget

  constructor(options: TemplateOptions = {}, from?: TemplateSet) {
    this.missingKey = options.missingKey ?? from?.missingKey ?? 'default'
    this.now = options.now ?? from?.now ?? Date.now
    this.timeZone = options.timeZone ?? from?.timeZone ?? 'UTC'
    this.limits = { ...(from?.limits ?? defaults), ...options.limits }
    // A copy is made for every call of tpl: what is not changed is shared.
    this.functions =
      from && options.functions === undefined
        ? from.functions
        : new Map([
            ...(from?.functions ?? Object.entries(builtinFunctions)),
            ...Object.entries(options.functions ?? {}),
          ])
    this.below = from
    // Renderings within a rendering count together, whichever copy of a set they use.
    this.budget = from?.budget ?? { depth: 0, steps: 0, look: 0, deadline: 0 }
  }

  /**
   * Adds a template and what its `define` and `block` clauses define. A later definition of a name replaces an earlier one, unless it is empty.
   * Throws TemplateError. Returns what renders the text itself, which an empty text with a name that is taken is not found by.
   */
  parse(name: string, text: string): (data: unknown) => string {
    const { entries } = this.parsed(name, text)
    for (const [defined, entry] of entries) {
      if (entry.empty && this.has(defined)) continue
      this.entries.set(defined, entry)
    }
    const own = entries.get(name)
    return data => (own ? this.run(name, own, data) : '')
  }

  private parsed(name: string, text: string): Parsed {
    const byName = remembered.get(text)
    const known = byName?.get(name)
    if (byName && known?.uses.every(used => this.functions.has(used))) {
      if (remembered.size > 1) {
        remembered.delete(text)
        remembered.set(text, byName)
      }
      return known
    }
    const uses = new Set<string>()
    const trees = parseTemplate(name, text, used => {
      uses.add(used)
      return this.functions.has(used)
    })
    const entries = new Map<string, Entry>()
    for (const [defined, root] of trees) entries.set(defined, { run: whenRun(root), empty: isEmpty(root) })
    const parsed = { entries, uses: [...uses] }
    if (byName === undefined) {
      remembered.set(text, new Map([[name, parsed]]))
      rememberedSize += text.length + 1000
    } else byName.set(name, parsed)
    for (const oldest of remembered.keys()) {
      if (rememberedSize <= rememberedLimit) break
      remembered.delete(oldest)
      rememberedSize -= oldest.length + 1000
    }
    return parsed
  }

  has(name: string): boolean {
    return this.find(name) !== undefined
  }

  private find(name: string): Entry | undefined {
    for (let set: TemplateSet | undefined = this; set; set = set.below) {
      const entry = set.entries.get(name)
      if (entry) return entry
    }
    return undefined
  }

  /** All names, in no promised order. */
  names(): string[] {
    const below = this.below?.names() ?? []
    return [...new Set([...this.entries.keys(), ...below])]
  }

  /** Runs a template of the set with its data. Throws TemplateError. */
  render(name: string, data: unknown): string {
    const entry = this.find(name)
    if (entry === undefined) {
      const message = `template: no template ${goQuote(name)} associated with template "gotpl"`
      throw new TemplateError(message, { template: name })
    }
    return this.run(name, entry, data)
  }

  private run(name: string, entry: Entry, data: unknown): string {
    const { budget } = this
    if (budget.depth === 0) restart(budget, this.limits)
    const depth = budget.depth
    const state = new State(this, this.limits, budget, name, data ?? undefined)
    if (depth >= this.limits.depth) state.fail(`exceeded maximum template depth (${this.limits.depth})`)
    budget.depth++
    try {
      entry.run(state)
      return state.out
    } catch (error) {
      if (error instanceof RangeError && error.message.includes('call stack'))
        state.fail('exceeded maximum template depth')
      throw error
    } finally {
      budget.depth = depth
    }
  }

  /** A copy: what is parsed into it later stays out of this set. */
  clone(): TemplateSet {
    return new TemplateSet({}, this)
  }

  /** A copy with more functions, or others for known names. */
  withFunctions(more: Record<string, TemplateFunction>): TemplateSet {
    return new TemplateSet({ functions: more }, this)
  }

  /** What a `template` action runs; for the compiler. */
  lookup(name: string): Run | undefined {
    return this.find(name)?.run
  }

  /** A function; for the compiler. */
  functionNamed(name: string): TemplateFunction | undefined {
    return this.functions.get(name)
  }
}
