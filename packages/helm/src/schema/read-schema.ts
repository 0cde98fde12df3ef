/** Reads the schemas of documents: all that the first one leads to, so that a bad reference is told even where no value comes to it. */
import { goQuote } from '@sluice/template'
import { HelmError } from '../helm-error.ts'
import { isTable, type Table } from '../value-table.ts'
import { Budget } from './budget.ts'
import { decoded, joined, type Location, SchemaDocument } from './document.ts'
import { formats } from './formats.ts'
import { metaschemaDocument } from './metaschemas.ts'
import { type Pattern, pattern, patternProblem } from './pattern.ts'
import { escaped, problemLines } from './problem.ts'
import type { Schema } from './schema.ts'
import { validate } from './validate.ts'

const typeNames = ['null', 'boolean', 'number', 'integer', 'string', 'array', 'object']

/** Everybody's metaschemas are read once. */
let metaschemas: Schemas | undefined

export class Schemas {
  private readonly documents = new Map<string, SchemaDocument>()
  private readonly known = new Map<string, Schema>()
  private readonly queue: [Schema, Location][] = []
  /** Whether formats count whatever the draft says. */
  private readonly strict: boolean

  constructor(strict = false) {
    this.strict = strict
  }

  /** The schema that a document is as a whole. Throws HelmError, in the words of the library, for what is no schema. */
  read(url: string, content: unknown): Schema {
    this.add(url, content)
    return this.readAll(url)
  }

  private readAll(url: string): Schema {
    const root = this.schemaAt({ document: this.document(url), pointer: '' })
    // What is read asks for more to be read.
    for (const next of this.queue) this.fill(...next)
    this.queue.length = 0
    return root
  }

  private add(url: string, content: unknown): SchemaDocument {
    const document = new SchemaDocument(url, content)
    this.documents.set(url, document)
    this.check(document, '')
    return document
  }

  private document(url: string): SchemaDocument {
    const known = this.documents.get(url)
    if (known) return known
    const meta = metaschemaDocument(url)
    if (meta !== undefined) return this.add(url, meta)
    // Helm takes what it cannot resolve there for a schema that everything keeps.
    if (url.startsWith('urn:')) return this.add(url, true)
    throw new HelmError(`failing loading ${goQuote(url)}: schemas are not fetched`)
  }

  /** Holds a schema against that of its draft. */
  private check(document: SchemaDocument, pointer: string): void {
    if (/^https?:\/\/json-schema\.org\//.test(document.url)) return
    const { version } = document.resourceOf(pointer)
    const url = metaschemaUrls[version]
    metaschemas ??= new Schemas(true)
    const problems = validate(metaschemas.readAll(url), document.at(pointer), new Budget())
    if (problems.length === 0) return
    const address = goQuote(document.address(pointer))
    const lines = problemLines(problems).join('\n')
    throw new HelmError(
      `${address} is not valid against metaschema: jsonschema validation failed with '${url}#'\n${lines}`,
    )
  }

  private schemaAt(location: Location): Schema {
    const { document, pointer } = location
    const key = document.address(pointer)
    const known = this.known.get(key)
    if (known) return known
    if (document.include(pointer)) this.check(document, pointer)
    const resource = document.resourceOf(pointer)
    const schema: Schema = {
      ...empty,
      location: key,
      version: resource.version,
      dynamicAnchors: new Map(),
      get resource() {
        return schema
      },
    }
    this.known.set(key, schema)
    this.queue.push([schema, location])
    Object.defineProperty(schema, 'resource', {
      value: resource.pointer === pointer ? schema : this.schemaAt({ document, pointer: resource.pointer }),
    })
    return schema
  }

  private fill(schema: Schema, { document, pointer }: Location): void {
    const content = document.at(pointer)
    const resource = document.resourceOf(pointer)
    if (schema.resource === schema && schema.version >= 2020) {
      for (const anchor of resource.dynamicAnchors) {
        const at = resource.anchors.get(anchor)
        if (at !== undefined) schema.dynamicAnchors.set(anchor, this.schemaAt({ document, pointer: at }))
      }
    }
    if (typeof content === 'boolean') schema.always = content
    if (!isTable(content)) return
    if (Object.keys(content).length === 0) schema.always = true
    else Object.assign(schema, new Reader(content, schema, this.finder({ document, pointer })).keywords(this.strict))
  }

  /** Finds what stands in a schema, and what it refers to. */
  private finder({ document, pointer }: Location): Finder {
    return {
      inside: (...steps) =>
        this.schemaAt({ document, pointer: pointer + steps.map(step => `/${escaped(step)}`).join('') }),
      referred: reference => {
        const [path = '', ...rest] = reference.split('#')
        const fragment = decoded(rest.join('#'))
        const { id } = document.resourceOf(pointer)
        const url = joined(id, path)
        const resource = document.resourceNamed(url)
        if (resource) return this.schemaAt({ document, pointer: document.fragment(fragment, resource) })
        const other = this.document(url)
        return this.schemaAt({ document: other, pointer: other.fragment(fragment, other.resourceOf('')) })
      },
    }
  }
}

const metaschemaUrls = {
  4: 'http://json-schema.org/draft-04/schema',
  6: 'http://json-schema.org/draft-06/schema',
  7: 'http://json-schema.org/draft-07/schema',
  2019: 'https://json-schema.org/draft/2019-09/schema',
  2020: 'https://json-schema.org/draft/2020-12/schema',
} as const

const empty = {
  allOf: [],
  anyOf: [],
  oneOf: [],
  required: [],
  properties: new Map<string, Schema>(),
  patternProperties: [],
  dependencies: [],
  dependentSchemas: [],
  dependentRequired: [],
  firstItems: [],
}

interface Finder {
  inside(...steps: string[]): Schema
  referred(reference: string): Schema
}

class Reader {
  private readonly content: Table
  private readonly schema: Schema
  private readonly find: Finder

  constructor(content: Table, schema: Schema, find: Finder) {
    this.content = content
    this.schema = schema
    this.find = find
  }

  keywords(strict: boolean): Partial<Schema> {
    const { version } = this.schema
    const ref = this.reference('$ref')
    const constant = version >= 6 && this.has('const') ? { value: this.content.const } : undefined
    // Beside a reference nothing counted in those days; the library forgets that for `const`.
    if (version < 2019 && ref) return { ref, const: constant }
    return {
      ref,
      const: constant,
      ...this.combining(),
      ...this.ofTables(),
      ...this.ofLists(),
      ...this.ofScalars(),
      format: strict || version < 2019 ? this.format() : undefined,
      ...(version >= 2019 ? this.later() : {}),
    }
  }

  private combining(): Partial<Schema> {
    const { version } = this.schema
    const condition = version >= 7 ? this.one('if') : undefined
    const type = [this.content.type].flat().filter(name => typeof name === 'string')
    return {
      allOf: this.list('allOf'),
      anyOf: this.list('anyOf'),
      oneOf: this.list('oneOf'),
      not: this.one('not'),
      if: condition,
      // biome-ignore lint/suspicious/noThenProperty: the keyword's name
      then: condition && this.content.if !== false ? this.one('then') : undefined,
      else: condition && this.content.if !== true ? this.one('else') : undefined,
      types: type.length > 0 ? typeNames.filter(name => type.includes(name)) : undefined,
      enum: Array.isArray(this.content.enum) ? this.content.enum : undefined,
    }
  }

  private ofTables(): Partial<Schema> {
    const { version } = this.schema
    return {
      minProperties: this.count('minProperties'),
      maxProperties: this.count('maxProperties'),
      required: strings(this.content.required),
      properties: new Map(this.table('properties')),
      patternProperties: this.table('patternProperties').map(([text, schema]) => [
        this.pattern(text, 'patternProperties'),
        schema,
      ]),
      additionalProperties: this.additional('additionalProperties'),
      propertyNames: version >= 6 ? this.one('propertyNames') : undefined,
      dependencies: this.entries('dependencies').map(([name, value]) => [
        name,
        Array.isArray(value) ? strings(value) : this.find.inside('dependencies', name),
      ]),
    }
  }

  private ofLists(): Partial<Schema> {
    const { version } = this.schema
    const isList = version < 2020 && Array.isArray(this.content.items)
    return {
      minItems: this.count('minItems'),
      maxItems: this.count('maxItems'),
      uniqueItems: this.content.uniqueItems === true,
      firstItems: isList ? this.list('items') : version >= 2020 ? this.list('prefixItems') : [],
      items: isList ? undefined : this.one('items'),
      additionalItems: isList ? this.additional('additionalItems') : undefined,
      contains: version >= 6 ? this.one('contains') : undefined,
    }
  }

  private ofScalars(): Partial<Schema> {
    const { pattern: text } = this.content
    const least = this.number('minimum')
    const most = this.number('maximum')
    // In draft 4 these are marks on the others.
    const excludesLeast = this.content.exclusiveMinimum === true
    const excludesMost = this.content.exclusiveMaximum === true
    return {
      minLength: this.count('minLength'),
      maxLength: this.count('maxLength'),
      pattern: typeof text === 'string' ? this.pattern(text, 'pattern') : undefined,
      minimum: excludesLeast ? undefined : least,
      maximum: excludesMost ? undefined : most,
      exclusiveMinimum: excludesLeast ? least : this.number('exclusiveMinimum'),
      exclusiveMaximum: excludesMost ? most : this.number('exclusiveMaximum'),
      multipleOf: this.number('multipleOf'),
    }
  }

  /** What came with draft 2019-09 and 2020-12. */
  private later(): Partial<Schema> {
    const { $dynamicRef, $dynamicAnchor } = this.content
    const dynamic = this.schema.version >= 2020 ? this.reference('$dynamicRef') : undefined
    const anchor = typeof $dynamicRef === 'string' ? decoded($dynamicRef.split('#').slice(1).join('#')) : ''
    const contains = this.has('contains')
    return {
      recursiveRef: this.reference('$recursiveRef'),
      recursiveAnchor: this.content.$recursiveAnchor === true,
      minContains: contains ? this.count('minContains') : undefined,
      maxContains: contains ? this.count('maxContains') : undefined,
      dependentRequired: this.entries('dependentRequired').map(([name, value]) => [name, strings(value)]),
      dependentSchemas: this.table('dependentSchemas'),
      unevaluatedItems: this.one('unevaluatedItems'),
      unevaluatedProperties: this.one('unevaluatedProperties'),
      dynamicRef: dynamic && { target: dynamic, anchor: anchor.startsWith('/') ? '' : anchor },
      dynamicAnchor: typeof $dynamicAnchor === 'string' ? $dynamicAnchor : undefined,
    }
  }

  private format(): Schema['format'] {
    const { format: name } = this.content
    if (typeof name !== 'string') return undefined
    const problem = name === 'regex' ? patternProblem : formats.get(name)
    return problem && { name, problem }
  }

  private pattern(text: string, keyword: string): Pattern {
    return pattern(text, `${this.schema.location}/${keyword}`)
  }

  private has(keyword: string): boolean {
    return Object.hasOwn(this.content, keyword)
  }

  private reference(keyword: string): Schema | undefined {
    const value = this.has(keyword) ? this.content[keyword] : undefined
    return typeof value === 'string' ? this.find.referred(value) : undefined
  }

  private one(keyword: string): Schema | undefined {
    return this.has(keyword) ? this.find.inside(keyword) : undefined
  }

  private list(keyword: string): Schema[] {
    const value = this.has(keyword) ? this.content[keyword] : undefined
    return Array.isArray(value) ? value.map((_, index) => this.find.inside(keyword, String(index))) : []
  }

  private entries(keyword: string): [string, unknown][] {
    const value = this.has(keyword) ? this.content[keyword] : undefined
    return isTable(value) ? Object.entries(value) : []
  }

  private table(keyword: string): [string, Schema][] {
    return this.entries(keyword).map(([name]) => [name, this.find.inside(keyword, name)])
  }

  private additional(keyword: string): boolean | Schema | undefined {
    const value = this.content[keyword]
    return typeof value === 'boolean' ? value : this.one(keyword)
  }

  private number(keyword: string): number | undefined {
    const value = this.content[keyword]
    return typeof value === 'number' ? value : undefined
  }

  private count(keyword: string): number | undefined {
    const value = this.number(keyword)
    return Number.isInteger(value) ? value : undefined
  }
}

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
