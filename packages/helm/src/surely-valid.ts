/**
 * Whether values keep a schema, found out by reading the schema along the values, for schemas of the keywords that charts commonly use. The validator
 * of values-schema.ts knows them all and says what is wrong, but to load it and to compile a schema takes longer than to render the chart:
 * it is only asked when the answer here is no, or when anything in the schema is unknown here or not as it should be.
 */
import { remembered } from './remembered.ts'
import { isTable, type Table } from './value-table.ts'

/** Thrown where the answer is left to the other one. */
class Undecided extends Error {}

/** Schemas that nest deeper, by references too, or take longer are left to the other one. */
const maxDepth = 200
const maxSteps = 300_000

/** Whole numbers of values may be bigints. False says nothing. */
export function surelyValid(text: string, values: Table): boolean {
  try {
    return checkerOf(text)?.holds(values) ?? false
  } catch (error) {
    if (error instanceof Undecided) return false
    throw error
  }
}

/** Of the text of a schema; undefined for what is left to the other validator. */
const checkerOf = remembered(64, learnt)

function learnt(text: string): Checker | undefined {
  try {
    const root: unknown = JSON.parse(text)
    return isTable(root) ? new Checker(root) : undefined
  } catch (error) {
    if (error instanceof Undecided || error instanceof SyntaxError) return undefined
    throw error
  }
}

const isString = (value: unknown): boolean => typeof value === 'string'
const isBoolean = (value: unknown): boolean => typeof value === 'boolean'
const isNumber = (value: unknown): boolean => typeof value === 'number'
const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0
const isList = (value: unknown): value is unknown[] => Array.isArray(value)
const isDistinct = (value: unknown): boolean =>
  isList(value) && value.length > 0 && new Set(value.map(item => JSON.stringify(item))).size === value.length

const typeNames = new Set(['string', 'number', 'integer', 'boolean', 'null', 'array', 'object'])
const isType = (value: unknown): boolean => typeof value === 'string' && typeNames.has(value)

/** What the value of a keyword must be; those whose values are schemas stand in `learn`. */
const keywords = new Map<string, (value: unknown) => boolean>([
  ['title', isString],
  ['description', isString],
  ['$comment', isString],
  ['default', () => true],
  ['examples', isList],
  ['deprecated', isBoolean],
  ['readOnly', isBoolean],
  ['writeOnly', isBoolean],
  ['type', value => isType(value) || (isList(value) && isDistinct(value) && value.every(isType))],
  ['enum', isDistinct],
  ['const', () => true],
  ['required', value => isList(value) && value.every(isString) && (value.length === 0 || isDistinct(value))],
  ['minimum', isNumber],
  ['maximum', isNumber],
  ['exclusiveMinimum', isNumber],
  ['exclusiveMaximum', isNumber],
  ['minLength', isCount],
  ['maxLength', isCount],
  ['minItems', isCount],
  ['maxItems', isCount],
  ['minProperties', isCount],
  ['maxProperties', isCount],
  ['pattern', value => typeof value === 'string' && plainPattern(value) !== undefined],
  ['$ref', isString],
])

/** Keywords that mean something, but not here. */
const unknownHere = new Set(
  (
    '$anchor $dynamicAnchor $dynamicRef $id $recursiveAnchor $recursiveRef $schema $vocabulary additionalItems contains ' +
    'dependencies dependentRequired dependentSchemas format id maxContains minContains multipleOf not nullable prefixItems ' +
    'propertyNames unevaluatedItems unevaluatedProperties uniqueItems discriminator'
  ).split(' '),
)

const ofSchemas = new Set(['properties', 'patternProperties', '$defs', 'definitions'])
const ofAlternatives = new Set(['allOf', 'anyOf', 'oneOf'])
const ofOne = new Set(['additionalProperties', 'items', 'if', 'then', 'else'])

class Checker {
  private readonly root: Table
  private readonly dialect: string
  private readonly learnt = new Set<unknown>()
  private steps = 0

  constructor(root: Table) {
    this.root = root
    this.dialect = typeof root.$schema === 'string' ? root.$schema : ''
    // Its keywords differ in too much.
    if (this.dialect.includes('draft-04')) throw new Undecided()
    this.learn(root, 0)
  }

  /** Throws Undecided. */
  holds(value: unknown): boolean {
    this.steps = 0
    return this.keeps(this.root, value, 0)
  }

  /** Throws unless the whole schema is one that this class understands. */
  private learn(schema: unknown, depth: number): void {
    if (typeof schema === 'boolean' || this.learnt.has(schema)) return
    if (!isTable(schema) || depth > maxDepth) throw new Undecided()
    this.learnt.add(schema)
    for (const [key, value] of Object.entries(schema)) {
      if (keywords.get(key)?.(value) === false) throw new Undecided()
      if (unknownHere.has(key)) this.learnSpecial(schema, key, value)
      else if (ofOne.has(key)) this.learn(value, depth + 1)
      else if (ofSchemas.has(key)) {
        if (!isTable(value)) throw new Undecided()
        for (const [name, item] of Object.entries(value)) {
          if (key === 'patternProperties' && plainPattern(name) === undefined) throw new Undecided()
          this.learn(item, depth + 1)
        }
      } else if (ofAlternatives.has(key)) {
        if (!isList(value) || value.length === 0) throw new Undecided()
        for (const item of value) this.learn(item, depth + 1)
      } else if (key === '$ref') this.learn(this.target(value), depth + 1)
    }
  }

  private learnSpecial(schema: Table, key: string, value: unknown): void {
    // From draft 2019-09 on a format is a remark.
    if (key === 'format' && typeof value === 'string' && !/draft-0[67]/.test(this.dialect)) return
    if (schema === this.root && typeof value === 'string') {
      if (key === '$schema' || (key === '$id' && /^https?:\/\/[\w./-]+$/.test(value))) return
    }
    throw new Undecided()
  }

  /** What a reference within the schema leads to. */
  private target(reference: unknown): unknown {
    if (typeof reference !== 'string' || !/^#(?:\/[\w$.-]+)*$/.test(reference)) throw new Undecided()
    let at: unknown = this.root
    for (const name of reference.split('/').slice(1)) {
      if (!isTable(at) || !Object.hasOwn(at, name)) throw new Undecided()
      at = at[name]
    }
    return at
  }

  private keeps(schema: unknown, value: unknown, depth: number): boolean {
    if (typeof schema === 'boolean') return schema
    if (!isTable(schema) || depth > maxDepth || ++this.steps > maxSteps) throw new Undecided()
    if ('type' in schema && ![schema.type].flat().some(type => hasType(value, type))) return false
    if (isList(schema.enum) && !schema.enum.some(item => same(item, value))) return false
    if ('const' in schema && !same(schema.const, value)) return false
    if ('$ref' in schema && !this.keeps(this.target(schema.$ref), value, depth + 1)) return false
    const count = (key: string): number =>
      this.listOf(schema, key).filter(item => this.keeps(item, value, depth + 1)).length
    if ('allOf' in schema && count('allOf') < this.listOf(schema, 'allOf').length) return false
    if ('anyOf' in schema && count('anyOf') === 0) return false
    if ('oneOf' in schema && count('oneOf') !== 1) return false
    if ('if' in schema) {
      const branch = this.keeps(schema.if, value, depth + 1) ? schema.then : schema.else
      if (branch !== undefined && !this.keeps(branch, value, depth + 1)) return false
    }
    if (typeof value === 'string') return textHolds(schema, value)
    if (typeof value === 'number' || typeof value === 'bigint') return numberHolds(schema, Number(value))
    if (isList(value)) return within(schema, 'Items', value.length) && this.itemsHold(schema, value, depth)
    return isTable(value) ? this.tableHolds(schema, value, depth) : true
  }

  private listOf(schema: Table, key: string): unknown[] {
    const list = schema[key]
    return isList(list) ? list : []
  }

  private itemsHold({ items }: Table, value: unknown[], depth: number): boolean {
    return items === undefined || value.every(item => this.keeps(items, item, depth + 1))
  }

  private tableHolds(schema: Table, value: Table, depth: number): boolean {
    const { properties, patternProperties, additionalProperties, required } = schema
    const names = Object.keys(value)
    if (!within(schema, 'Properties', names.length)) return false
    if (isList(required) && !required.every(name => Object.hasOwn(value, String(name)))) return false
    const patterns = isTable(patternProperties) ? Object.entries(patternProperties) : []
    return names.every(name => {
      const item = value[name]
      let known = false
      if (isTable(properties) && Object.hasOwn(properties, name)) {
        known = true
        if (!this.keeps(properties[name], item, depth + 1)) return false
      }
      for (const [pattern, own] of patterns) {
        if (!matches(pattern, name)) continue
        known = true
        if (!this.keeps(own, item, depth + 1)) return false
      }
      return known || additionalProperties === undefined || this.keeps(additionalProperties, item, depth + 1)
    })
  }
}

function hasType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'string':
    case 'boolean':
      return typeof value === type
    case 'null':
      return value === null
    case 'array':
      return isList(value)
    case 'object':
      return isTable(value)
    case 'integer':
      return typeof value === 'bigint' || Number.isInteger(value)
    default:
      return typeof value === 'bigint' || Number.isFinite(value)
  }
}

/** Lists and tables are left to the other one. */
function same(wanted: unknown, value: unknown): boolean {
  if (typeof wanted === 'object' && wanted !== null) throw new Undecided()
  return typeof value === 'bigint' ? Number(value) === wanted : value === wanted
}

function within(schema: Table, what: 'Items' | 'Properties' | 'Length', size: number): boolean {
  const [least, most] = [schema[`min${what}`], schema[`max${what}`]]
  return !(typeof least === 'number' && size < least) && !(typeof most === 'number' && size > most)
}

function textHolds(schema: Table, text: string): boolean {
  if (!within(schema, 'Length', 'minLength' in schema || 'maxLength' in schema ? [...text].length : 0)) return false
  return typeof schema.pattern !== 'string' || matches(schema.pattern, text)
}

function numberHolds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Table, value: number): boolean {
  if (typeof minimum === 'number' && value < minimum) return false
  if (typeof maximum === 'number' && value > maximum) return false
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) return false
  return !(typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum)
}

/** Patterns that mean the same here as in Go, and take no long time for any short text: characters and classes in a row, few of them repeated freely. */
const plain = /^\^?(?:(?:[\w:/,@ =-]|\\[./dw-]|\[[\w.:/-]+\])(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})?)*\$?$/

function plainPattern(pattern: string): RegExp | undefined {
  const free = pattern.match(/[*+]|,\}/g)?.length ?? 0
  return plain.test(pattern) && free <= 2 ? new RegExp(pattern) : undefined
}

function matches(pattern: string, text: string): boolean {
  const expression = text.length > 1000 ? undefined : plainPattern(pattern)
  if (!expression) throw new Undecided()
  return expression.test(text)
}
