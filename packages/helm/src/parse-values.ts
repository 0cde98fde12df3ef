/** The text of a values file to a table: its documents merged in order, every number a float as in Go's JSON. */
import { parseDocuments } from '@sluice/yaml'
import { HelmError } from './helm-error.ts'
import { isTable, mergedTables, type Table } from './value-table.ts'

/** `failure` begins the error for a text that is no YAML, or no mapping. */
export function parseValues(text: string, failure: string): Table {
  let values: Table = {}
  try {
    for (const { value } of parseDocuments(text, { duplicateKeys: 'last' })) {
      if (!isTable(value)) {
        const kind = Array.isArray(value) ? 'array' : typeof value
        throw new HelmError(`json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`)
      }
      values = mergedTables(values, value)
    }
  } catch (error) {
    throw new HelmError(`${failure}: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
  return values
}
