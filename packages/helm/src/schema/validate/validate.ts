/**
 * Holds a value against a schema. The order of the keywords is that of santhosh-tekuri/jsonschema 6, whose words
 * users of Helm know. Where that library goes through a map, in Go's random order, this one goes through it in the
 * order of the text.
 */
import { HelmError } from '../../helm-error.ts'
import { isTable } from '../../value-table.ts'
import type { Budget } from '../budget.ts'
import type { Place, Problem } from '../problem.ts'
import type { Schema } from '../schema.ts'
import { mismatch } from './any-type-keywords.ts'
import { arrayKeywords } from './array-keywords.ts'
import { isNumber } from './equality.ts'
import { logicKeywords } from './logic-keywords.ts'
import { numberKeywords } from './number-keywords.ts'
import { objectKeywords } from './object-keywords.ts'
import { dynamicReferences, referenceProblem } from './reference-keywords.ts'
import { referenceCycle, type Scope } from './scope.ts'
import { stringKeywords } from './string-keywords.ts'
import { Unevaluated } from './unevaluated.ts'

/**
 * What is wrong with a value; nothing when it keeps the schema. Throws HelmError when that takes too long to say.
 */
export function validate(schema: Schema, value: unknown, budget: Budget): Problem[] {
  const scope = { schema, keyword: '', depth: 0, parent: undefined }
  const unevaluated = new Unevaluated(schema, value, false)
  try {
    const found = new Validation(scope, value, undefined, unevaluated, false, budget).problem()
    if (!found) return []
    return found.kind === 'group' ? found.causes : [found]
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new HelmError('the values or their schema are nested too deeply', { cause: error })
  }
}

/** One value held against one schema. The keywords, a group a file, are functions that tell it what they find. */
export class Validation {
  readonly scope: Scope
  readonly budget: Budget
  readonly unevaluated: Unevaluated
  private readonly value: unknown
  private readonly at: Place
  /** Whether only the answer counts, not the reasons. */
  private readonly isBrief: boolean
  private readonly problems: Problem[] = []

  constructor(scope: Scope, value: unknown, at: Place, unevaluated: Unevaluated, isBrief: boolean, budget: Budget) {
    this.scope = scope
    this.value = value
    this.at = at
    this.unevaluated = unevaluated
    this.isBrief = isBrief
    this.budget = budget
  }

  get schema(): Schema {
    return this.scope.schema
  }

  /** Whether more problems would change nothing. */
  get isDecided(): boolean {
    return this.isBrief && this.problems.length > 0
  }

  /** What is wrong; undefined when nothing is, and then `unevaluated` is up to date. */
  problem(): Problem | undefined {
    const { schema, value } = this
    this.budget.spend()
    if (schema.always !== undefined) return schema.always ? undefined : this.problemHere('false schema')
    const whole = referenceCycle(this.scope, this.budget) ?? mismatch(schema, value, this.budget)
    if (whole !== undefined) return this.problemHere(whole)
    if (schema.ref) {
      const problem = referenceProblem(this, schema.ref, '$ref')
      // Beside a reference nothing counted before draft 2019-09.
      if (schema.draft < 2019) return problem
      this.add(problem)
    }
    if (isTable(value)) objectKeywords(this, value)
    else if (Array.isArray(value)) arrayKeywords(this, value)
    else if (typeof value === 'string') stringKeywords(this, value)
    else if (isNumber(value)) numberKeywords(this, value)
    if (!this.isDecided) {
      dynamicReferences(this)
      logicKeywords(this)
      this.unevaluatedKeywords()
    }
    const [only] = this.problems
    if (this.problems.length < 2) return only
    return this.problemHere('validation failed', this.problems, 'group')
  }

  /** The same value against another schema. */
  itself(schema: Schema, { isBrief = false, keyword = '' } = {}): Problem | undefined {
    const scope = { schema, keyword, depth: this.scope.depth, parent: this.scope }
    const unevaluated = new Unevaluated(schema, this.value, !this.unevaluated.isEmpty)
    const brief = this.isBrief || isBrief
    const problem = new Validation(scope, this.value, this.at, unevaluated, brief, this.budget).problem()
    if (!problem) this.unevaluated.removeAllBut(unevaluated)
    return problem
  }

  /** A value inside this one. */
  inside(schema: Schema, value: unknown, step: string): Problem | undefined {
    const scope = { schema, keyword: '', depth: this.scope.depth + 1, parent: this.scope }
    const at = { step, above: this.at }
    const unevaluated = new Unevaluated(schema, value, false)
    return new Validation(scope, value, at, unevaluated, this.isBrief, this.budget).problem()
  }

  /** A value on its own, as the name of a property is. */
  apart(schema: Schema, value: unknown): Problem[] {
    return validate(schema, value, this.budget)
  }

  tell(text: string, causes: Problem[] = []): void {
    this.problems.push(this.problemHere(text, causes))
  }

  add(problem: Problem | undefined): void {
    if (problem) this.problems.push(problem)
  }

  problemHere(text: string, causes: Problem[] = [], kind: Problem['kind'] = 'other'): Problem {
    return { kind, at: this.at, text, causes }
  }

  /** Of the other keywords, subschemas included, these have to know. */
  private unevaluatedKeywords(): void {
    const { value, unevaluated } = this
    const { unevaluatedProperties, unevaluatedItems } = this.schema
    if (isTable(value) && unevaluatedProperties) {
      for (const name of unevaluated.takeKeys()) this.add(this.inside(unevaluatedProperties, value[name], name))
    }
    if (Array.isArray(value) && unevaluatedItems) {
      for (const index of unevaluated.takeIndices()) {
        this.add(this.inside(unevaluatedItems, value[index], String(index)))
      }
    }
  }
}
