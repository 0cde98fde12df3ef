/**
 * Where schemas stand in a schema. Only in these places are `$id` and `$anchor` names; elsewhere, as in `enum`,
 * they are data.
 */
import { isTable, type Table } from '../../value-table.ts'
import { escaped } from '../json-pointer.ts'
import type { Draft } from './draft.ts'

/** The keyword, the draft it came with, and what its value is: a schema, a table of schemas or a list of them. */
const places: readonly (readonly [keyword: string, since: Draft, shape: 'one' | 'table' | 'list'])[] = [
  ['definitions', 4, 'table'],
  ['not', 4, 'one'],
  ['allOf', 4, 'list'],
  ['anyOf', 4, 'list'],
  ['oneOf', 4, 'list'],
  ['properties', 4, 'table'],
  ['additionalProperties', 4, 'one'],
  ['patternProperties', 4, 'table'],
  ['items', 4, 'one'],
  ['items', 4, 'list'],
  ['additionalItems', 4, 'one'],
  ['dependencies', 4, 'table'],
  ['propertyNames', 6, 'one'],
  ['contains', 6, 'one'],
  ['if', 7, 'one'],
  ['then', 7, 'one'],
  ['else', 7, 'one'],
  ['$defs', 2019, 'table'],
  ['dependentSchemas', 2019, 'table'],
  ['unevaluatedProperties', 2019, 'one'],
  ['unevaluatedItems', 2019, 'one'],
  ['contentSchema', 2019, 'one'],
  ['prefixItems', 2020, 'list'],
]

/** What stands in the places of a schema, by its pointer from there. Not all of it need be a schema. */
export function* subschemas(schema: Table, draft: Draft): Iterable<[pointer: string, content: unknown]> {
  for (const [keyword, since, shape] of places) {
    if (since > draft || !Object.hasOwn(schema, keyword)) continue
    const value = schema[keyword]
    const pointer = `/${escaped(keyword)}`
    if (shape === 'one') {
      if (!Array.isArray(value)) yield [pointer, value]
    } else if (shape === 'list') {
      if (Array.isArray(value)) for (const [index, item] of value.entries()) yield [`${pointer}/${index}`, item]
    } else if (isTable(value)) {
      for (const [name, item] of Object.entries(value)) yield [`${pointer}/${escaped(name)}`, item]
    }
  }
}
