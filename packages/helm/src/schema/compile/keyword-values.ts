/**
 * The values of keywords in the text of a schema, by the shape that each keyword asks for. The schema has kept its
 * metaschema, so a value of another shape is one that the keyword has in another draft, and counts as none.
 */
import { get, isTable, type Table } from '../../value-table.ts'
import type { Schema } from '../schema.ts'

/** Where the compiler finds other schemas for this one. */
export interface SchemaFinder {
  /** The schema that stands behind these steps, the keyword first. */
  inside(...steps: string[]): Schema
  /** Throws HelmError when the reference leads nowhere. */
  referred(reference: string): Schema
}

export class KeywordValues {
  private readonly content: Table
  private readonly find: SchemaFinder

  constructor(content: Table, find: SchemaFinder) {
    this.content = content
    this.find = find
  }

  has(keyword: string): boolean {
    return Object.hasOwn(this.content, keyword)
  }

  get(keyword: string): unknown {
    return get(this.content, keyword)
  }

  text(keyword: string): string | undefined {
    const value = this.get(keyword)
    return typeof value === 'string' ? value : undefined
  }

  isTrue(keyword: string): boolean {
    return this.get(keyword) === true
  }

  number(keyword: string): number | undefined {
    const value = this.get(keyword)
    return typeof value === 'number' ? value : undefined
  }

  count(keyword: string): number | undefined {
    const value = this.number(keyword)
    return Number.isInteger(value) ? value : undefined
  }

  array(keyword: string): unknown[] | undefined {
    const value = this.get(keyword)
    return Array.isArray(value) ? value : undefined
  }

  entries(keyword: string): [name: string, value: unknown][] {
    const value = this.get(keyword)
    return isTable(value) ? Object.entries(value) : []
  }

  schema(keyword: string): Schema | undefined {
    return this.has(keyword) ? this.find.inside(keyword) : undefined
  }

  /** Of `additionalProperties` and `additionalItems`: what is said of the rest without a schema needs none. */
  schemaOrBoolean(keyword: string): boolean | Schema | undefined {
    const value = this.get(keyword)
    return typeof value === 'boolean' ? value : this.schema(keyword)
  }

  schemaList(keyword: string): Schema[] {
    return (this.array(keyword) ?? []).map((_, index) => this.find.inside(keyword, String(index)))
  }

  schemaTable(keyword: string): [name: string, schema: Schema][] {
    return this.entries(keyword).map(([name]) => [name, this.find.inside(keyword, name)])
  }

  /** The schema of one entry of a table. */
  schemaIn(keyword: string, name: string): Schema {
    return this.find.inside(keyword, name)
  }

  reference(keyword: string): Schema | undefined {
    const value = this.text(keyword)
    return value === undefined ? undefined : this.find.referred(value)
  }
}

/** The texts of a list. */
export const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
