/**
 * Holds a value against a schema, keyword by keyword in the order of santhosh-tekuri/jsonschema 6, whose words users of Helm know. Where that library goes
 * through a map, in Go's random order, this one goes through it in the order of the text.
 */
import { HelmError } from '../helm-error.ts'
import { isTable, type Table } from '../value-table.ts'
import type { Budget } from './budget.ts'
import { duplicates, equal, isNumber } from './equality.ts'
import { allQuoted, decimal, display, isPrimitive, type Place, type Problem, quoted, whole } from './problem.ts'
import type { Schema } from './schema.ts'

/** What is wrong with a value; nothing when it keeps the schema. Throws HelmError when that takes too long to say. */
export function validate(schema: Schema, value: unknown, budget: Budget): Problem[] {
  try {
    return wholeProblems(schema, value, undefined, budget)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new HelmError('the values or their schema are nested too deeply', { cause: error })
  }
}

function wholeProblems(schema: Schema, value: unknown, at: Place, budget: Budget): Problem[] {
  const scope = { schema, keyword: '', value: 0, parent: undefined }
  const found = new Validator(schema, value, at, scope, leftOf(value, schema, false), false, budget).run()
  if (!found) return []
  return found.kind === 'group' ? found.causes : [found]
}

/** How the validator came to a schema. Those of one value have one number: to come to one of them again is to go round for ever. */
interface Scope {
  schema: Schema
  /** The reference that led there; empty when the schema stands in its parent's. */
  keyword: string
  value: number
  parent: Scope | undefined
}

/** Keys and indices that no keyword has looked at. */
interface Left {
  keys?: Set<string>
  indices?: Set<number>
}

function leftOf(value: unknown, schema: Schema, isAsked: boolean): Left {
  if (Array.isArray(value)) {
    const { items, additionalItems, firstItems, unevaluatedItems, version } = schema
    const all = items !== undefined || (version < 2020 && additionalItems !== undefined)
    if (all || !(isAsked || unevaluatedItems) || firstItems.length >= value.length) return {}
    const indices = new Set<number>()
    for (let index = firstItems.length; index < value.length; index++) indices.add(index)
    return { indices }
  }
  if (!isTable(value) || schema.additionalProperties !== undefined) return {}
  return isAsked || schema.unevaluatedProperties ? { keys: new Set(Object.keys(value)) } : {}
}

const isNone = ({ keys, indices }: Left): boolean => !keys?.size && !indices?.size

class Validator {
  private readonly schema: Schema
  private readonly value: unknown
  private readonly at: Place
  private readonly scope: Scope
  private readonly left: Left
  /** Whether only the answer counts, not the reasons. */
  private readonly brief: boolean
  private readonly budget: Budget
  private readonly problems: Problem[] = []

  constructor(schema: Schema, value: unknown, at: Place, scope: Scope, left: Left, brief: boolean, budget: Budget) {
    this.schema = schema
    this.value = value
    this.at = at
    this.scope = scope
    this.left = left
    this.brief = brief
    this.budget = budget
  }

  /** The problem; undefined when there is none, and then what is left of the value is up to date. */
  run(): Problem | undefined {
    const { schema, value } = this
    this.budget.spend()
    if (schema.always !== undefined) return schema.always ? undefined : this.problem('false schema')
    const again = this.earlierScope()
    if (again) {
      const roads = `both ${roadOf(this.scope)} and ${roadOf(again)} resolve to "${schema.location}"`
      return this.problem(`${roads} causing reference cycle`)
    }
    const first = this.firstProblem()
    if (first) return first
    if (schema.ref) {
      const problem = this.referred(schema.ref, '$ref')
      // Beside a reference nothing counted in those days.
      if (schema.version < 2019) return problem
      this.add(problem)
    }
    if (isTable(value)) this.table(value)
    else if (Array.isArray(value)) this.list(value)
    else if (typeof value === 'string') this.text(value)
    else if (isNumber(value)) this.number(value)
    if (!(this.brief && this.problems.length > 0)) {
      if (schema.version >= 2019) this.laterReferences()
      this.combined()
      if (schema.version >= 2019) this.unevaluated()
    }
    const [only] = this.problems
    if (this.problems.length < 2) return only
    return { kind: 'group', at: this.at, text: 'validation failed', causes: this.problems }
  }

  /** Of keywords that say all there is to say. */
  private firstProblem(): Problem | undefined {
    const { schema, value, budget } = this
    const { types, format } = schema
    const type = typeOf(value)
    if (types && !types.includes(type) && !(types.includes('integer') && isInteger(value))) {
      return this.problem(`got ${type}, want ${types.join(' or ')}`)
    }
    if (schema.const && !equal(value, schema.const.value, budget)) {
      const wanted = schema.const.value
      return this.problem(isPrimitive(wanted) ? `value must be ${display(wanted)}` : "'const' failed")
    }
    if (schema.enum && !schema.enum.some(item => equal(value, item, budget))) {
      return this.problem(enumeration(schema.enum))
    }
    if (format && typeof value === 'string') {
      budget.spend(value.length >> 4)
      const reason = format.problem(value)
      if (reason !== undefined) return this.problem(`${quoted(value)} is not valid ${format.name}: ${reason}`)
    }
    return undefined
  }

  private table(value: Table): void {
    const { schema } = this
    const { minProperties, maxProperties, version } = schema
    const names = Object.keys(value)
    this.budget.spend(names.length)
    this.within('minProperties', names.length, minProperties, undefined)
    this.within('maxProperties', names.length, undefined, maxProperties)
    const missing = this.missing(value, schema.required)
    if (missing.length === 1) this.tell(`missing property ${allQuoted(missing)}`)
    else if (missing.length > 0) this.tell(`missing properties ${allQuoted(missing)}`)
    if (this.brief && this.problems.length > 0) return
    for (const [name, rule] of schema.dependencies) {
      if (!Object.hasOwn(value, name)) continue
      if ('version' in rule) this.add(this.itself(rule))
      else this.dependent(value, name, rule)
    }
    if (!this.properties(value, names) || version === 4) return
    if (schema.propertyNames) {
      for (const name of names) {
        const causes = wholeProblems(schema.propertyNames, name, undefined, this.budget)
        if (causes.length > 0) {
          // The library forgets where it was.
          this.add({ kind: 'other', at: undefined, text: `invalid propertyName ${quoted(name)}`, causes })
        }
      }
    }
    for (const [name, rule] of schema.dependentSchemas) if (Object.hasOwn(value, name)) this.add(this.itself(rule))
    for (const [name, rule] of schema.dependentRequired) {
      if (Object.hasOwn(value, name)) this.dependent(value, name, rule)
    }
  }

  /** False when enough is known. */
  private properties(value: Table, names: readonly string[]): boolean {
    const { properties, patternProperties, additionalProperties } = this.schema
    const more: string[] = []
    for (const name of names) {
      if (this.brief && this.problems.length > 0) return false
      let isKnown = false
      const own = properties.get(name)
      if (own) {
        isKnown = true
        this.add(this.inside(own, value[name], name))
      }
      for (const [pattern, rule] of patternProperties) {
        if (!pattern.matches(name, this.budget)) continue
        isKnown = true
        this.add(this.inside(rule, value[name], name))
      }
      if (!isKnown && additionalProperties !== undefined) {
        isKnown = true
        if (additionalProperties === false) more.push(name)
        else if (additionalProperties !== true) this.add(this.inside(additionalProperties, value[name], name))
      }
      if (isKnown) this.left.keys?.delete(name)
    }
    if (more.length > 0) this.tell(`additional properties ${allQuoted(more)} not allowed`)
    return true
  }

  private list(value: readonly unknown[]): void {
    const { schema } = this
    this.budget.spend(value.length)
    this.within('minItems', value.length, schema.minItems, undefined)
    this.within('maxItems', value.length, undefined, schema.maxItems)
    if (schema.uniqueItems) {
      const twins = duplicates(value, this.budget)
      if (twins) this.tell(`items at ${whole(twins[0])} and ${whole(twins[1])} are equal`)
    }
    const behind = schema.firstItems.length
    for (const [index, rule] of schema.firstItems.entries()) {
      if (index < value.length) this.add(this.inside(rule, value[index], String(index)))
    }
    const rest = schema.items ?? schema.additionalItems
    if (rest === false) {
      if (value.length > behind) this.tell(`last ${whole(value.length - behind)} additionalItem(s) not allowed`)
    } else if (rest !== undefined && rest !== true) {
      for (let index = behind; index < value.length; index++) {
        // The library counts anew behind the first ones.
        this.add(this.inside(rest, value[index], String(index - behind)))
      }
    }
    this.contained(value)
  }

  private contained(value: readonly unknown[]): void {
    const { contains, minContains, maxContains, version } = this.schema
    if (!contains) return
    const causes: Problem[] = []
    const found: number[] = []
    for (const [index, item] of value.entries()) {
      const problem = this.inside(contains, item, String(index))
      if (problem) causes.push(problem)
      else {
        found.push(index)
        if (version >= 2020) this.left.indices?.delete(index)
      }
    }
    const matched = `matched ${whole(found.length)} items at ${found.join(' ')}`
    if (minContains !== undefined) {
      const instead = found.length === 0 ? 'none matched' : matched
      const text = `min ${whole(minContains)} items required to match contains schema, but ${instead}`
      if (found.length < minContains) this.tell(text, causes)
    } else if (found.length === 0) this.tell('no items match contains schema', causes)
    if (maxContains !== undefined && found.length > maxContains) {
      this.tell(`max ${whole(maxContains)} items required to match contains schema, but ${matched}`)
    }
  }

  private text(value: string): void {
    const { minLength, maxLength, pattern } = this.schema
    this.budget.spend(value.length >> 6)
    if (minLength !== undefined || maxLength !== undefined) {
      let length = 0
      for (const _ of value) length++
      this.within('minLength', length, minLength, undefined)
      this.within('maxLength', length, undefined, maxLength)
    }
    if (pattern && !pattern.matches(value, this.budget)) {
      this.tell(`${quoted(value)} does not match pattern ${quoted(pattern.text)}`)
    }
  }

  private number(value: number | bigint): void {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = this.schema
    const breach = (keyword: string, wanted: number): void =>
      this.tell(`${keyword}: got ${decimal(Number(value))}, want ${decimal(wanted)}`)
    if (minimum !== undefined && value < minimum) breach('minimum', minimum)
    if (maximum !== undefined && value > maximum) breach('maximum', maximum)
    if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) breach('exclusiveMinimum', exclusiveMinimum)
    if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) breach('exclusiveMaximum', exclusiveMaximum)
    if (multipleOf !== undefined && !isMultiple(Number(value), multipleOf)) breach('multipleOf', multipleOf)
  }

  private combined(): void {
    const { not, allOf, anyOf, oneOf } = this.schema
    if (not && !this.itself(not, true)) this.tell("'not' failed")
    const failed = allOf.flatMap(rule => this.itself(rule) ?? [])
    if (failed.length > 0) this.tell("'allOf' failed", failed)
    if (anyOf.length > 0) this.any(anyOf)
    if (oneOf.length > 0) this.exactlyOne(oneOf)
    if (!this.schema.if) return
    const branch = this.itself(this.schema.if, true) ? this.schema.else : this.schema.then
    if (branch) this.add(this.itself(branch))
  }

  private any(rules: readonly Schema[]): void {
    const causes: Problem[] = []
    let isMatched = false
    for (const rule of rules) {
      const problem = this.itself(rule)
      if (problem) causes.push(problem)
      else {
        isMatched = true
        // For the sake of what nobody has looked at all have their turn.
        if (isNone(this.left)) break
      }
    }
    if (!isMatched) this.tell("'anyOf' failed", causes)
  }

  private exactlyOne(rules: readonly Schema[]): void {
    const causes: Problem[] = []
    let matched: number | undefined
    for (const [index, rule] of rules.entries()) {
      const problem = this.itself(rule, matched !== undefined)
      if (problem) causes.push(problem)
      else if (matched === undefined) matched = index
      else {
        this.tell(`'oneOf' failed, subschemas ${whole(matched)}, ${whole(index)} matched`)
        return
      }
    }
    if (matched === undefined) this.tell("'oneOf' failed, none matched", causes)
  }

  private laterReferences(): void {
    const { recursiveRef, dynamicRef } = this.schema
    if (recursiveRef) {
      const outermost = this.outermost(({ schema }) => (schema.resource.recursiveAnchor ? schema : undefined))
      this.add(this.referred((recursiveRef.recursiveAnchor && outermost) || recursiveRef, '$recursiveRef'))
    }
    if (dynamicRef) {
      const { target, anchor } = dynamicRef
      const isDynamic = anchor !== '' && target.dynamicAnchor === anchor
      const outermost = isDynamic && this.outermost(({ schema }) => schema.resource.dynamicAnchors.get(anchor))
      this.add(this.referred(outermost || target, '$dynamicRef'))
    }
  }

  private outermost(find: (scope: Scope) => Schema | undefined): Schema | undefined {
    let found: Schema | undefined
    for (let scope: Scope | undefined = this.scope; scope; scope = scope.parent) found = find(scope) ?? found
    return found
  }

  private unevaluated(): void {
    const { unevaluatedProperties, unevaluatedItems } = this.schema
    const { value, left } = this
    if (isTable(value) && unevaluatedProperties) {
      for (const name of left.keys ?? []) this.add(this.inside(unevaluatedProperties, value[name], name))
      left.keys = undefined
    }
    if (Array.isArray(value) && unevaluatedItems) {
      for (const index of left.indices ?? []) this.add(this.inside(unevaluatedItems, value[index], String(index)))
      left.indices = undefined
    }
  }

  /** The same value against another schema. */
  private itself(schema: Schema, brief = false, keyword = ''): Problem | undefined {
    const scope = { schema, keyword, value: this.scope.value, parent: this.scope }
    const left = leftOf(this.value, schema, !isNone(this.left))
    const validator = new Validator(schema, this.value, this.at, scope, left, this.brief || brief, this.budget)
    const problem = validator.run()
    if (problem) return problem
    for (const key of this.left.keys ?? []) if (!left.keys?.has(key)) this.left.keys?.delete(key)
    for (const index of this.left.indices ?? []) if (!left.indices?.has(index)) this.left.indices?.delete(index)
    return undefined
  }

  /** A value inside this one. */
  private inside(schema: Schema, value: unknown, step: string): Problem | undefined {
    const scope = { schema, keyword: '', value: this.scope.value + 1, parent: this.scope }
    const at = { step, above: this.at }
    return new Validator(schema, value, at, scope, leftOf(value, schema, false), this.brief, this.budget).run()
  }

  private referred(schema: Schema, keyword: string): Problem | undefined {
    const problem = this.itself(schema, false, keyword)
    if (!problem) return undefined
    const causes = problem.kind === 'group' ? problem.causes : [problem]
    return { kind: 'reference', at: this.at, text: 'validation failed', causes }
  }

  private earlierScope(): Scope | undefined {
    let steps = 0
    for (let scope = this.scope.parent; scope && scope.value === this.scope.value; scope = scope.parent) {
      if (scope.schema === this.schema) return scope
      steps++
    }
    this.budget.spend(steps >> 3)
    return undefined
  }

  private dependent(value: Table, name: string, wanted: readonly string[]): void {
    const missing = this.missing(value, wanted)
    if (missing.length > 0) this.tell(`properties ${allQuoted(missing)} required, if ${quoted(name)} exists`)
  }

  private missing(value: Table, wanted: readonly string[]): string[] {
    this.budget.spend(wanted.length)
    return wanted.filter(name => !Object.hasOwn(value, name))
  }

  private within(keyword: string, size: number, least: number | undefined, most: number | undefined): void {
    const bound = least !== undefined && size < least ? least : most !== undefined && size > most ? most : undefined
    if (bound !== undefined) this.tell(`${keyword}: got ${whole(size)}, want ${whole(bound)}`)
  }

  private problem(text: string, causes: Problem[] = []): Problem {
    return { kind: 'other', at: this.at, text, causes }
  }

  private tell(text: string, causes: Problem[] = []): void {
    this.problems.push(this.problem(text, causes))
  }

  private add(problem: Problem | undefined): void {
    if (problem) this.problems.push(problem)
  }
}

/** The keywords that lead from the first schema to one. */
function roadOf(scope: Scope): string {
  let road = ''
  for (let at = scope; at.parent; at = at.parent) {
    road = (at.keyword === '' ? at.schema.location.slice(at.parent.schema.location.length) : `/${at.keyword}`) + road
  }
  return road
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'bigint' ? 'number' : typeof value
}

const isInteger = (value: unknown): boolean => typeof value === 'bigint' || Number.isInteger(value)

function enumeration(allowed: readonly unknown[]): string {
  if (!allowed.every(isPrimitive)) return "'enum' failed"
  const shown = allowed.map(display).join(', ')
  return allowed.length === 1 ? `value must be ${shown}` : `value must be one of ${shown}`
}

/** Of decimal numbers as they are written: 0.3 is three times 0.1. */
function isMultiple(value: number, of: number): boolean {
  const [a, b] = [decimals(value), decimals(of)]
  const places = Math.max(a.places, b.places)
  const divisor = b.digits * 10n ** BigInt(places - b.places)
  return divisor !== 0n && (a.digits * 10n ** BigInt(places - a.places)) % divisor === 0n
}

function decimals(value: number): { digits: bigint; places: number } {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e')
  const [before = '', after = ''] = mantissa.split('.')
  const places = after.length - Number(exponent)
  const digits = BigInt(before + after)
  return places < 0 ? { digits: digits * 10n ** BigInt(-places), places: 0 } : { digits, places }
}
