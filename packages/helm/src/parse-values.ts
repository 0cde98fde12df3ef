/** The text of a values file to a table: its documents merged in order, every number a float as in Go's JSON. */
import { parseDocuments } from '@sluice/yaml'
import { HelmError } from './helm-error.ts'
import { isTable, mergedTables, type Table } from './value-table.ts'
import { yamlReason } from './yaml-reason.ts'

/** How the error for a chart's own values begins. */
export const UNREADABLE_VALUES = 'cannot load values.yaml: cannot unmarshal yaml document'

/** `failure` begins the error for a text that is no YAML, or no mapping. */
export function parseValues(text: string, failure: string): Table {
  let values: Table = {}
  try {
    for (const { value } of parseDocuments(text, { duplicateKeys: 'last' })) {
      if (!isTable(value)) {
        const kind = Array.isArray(value) ? 'array' : typeof value
        const what = `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`
        throw new HelmError(`error unmarshaling JSON: while decoding JSON: ${what}`)
      }
      values = mergedTables(values, value)
    }
  } catch (error) {
    throw new HelmError(`${failure}: ${yamlReason(error)}`, { cause: error })
  }
  return values
}
