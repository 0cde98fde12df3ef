/** What templates may call on `.Values` and on the map at the top: the methods of helm's `common.Values`. */
import { goTypeMethods, method, withGoType, yamlText } from '@sluice/template'
import { get, isTable, type Table } from './value-table.ts'

/** Helm's own type of the maps at the top. */
export const valuesType = 'common.Values'

goTypeMethods(valuesType, {
  // The type without a name: `dig` and others take no other.
  AsMap: values => () => (isTable(values) ? { ...values } : {}),
  YAML: values => () => `${yamlText(values)}\n`,
  Table: values => method(['string'], path => tableAt(values, texts(path))),
  PathValue: values => method(['string'], path => valueAt(values, texts(path))),
})

const texts = (path: unknown): string[] => String(path).split('.')

function tableAt(values: unknown, path: readonly string[]): Table {
  let at = values
  for (const name of path) {
    const next: unknown = isTable(at) ? get(at, name) : undefined
    if (!isTable(next)) throw new Error(`${JSON.stringify(name)} is not a table`)
    at = next
  }
  // A view of its own: the table where it stands has no such type.
  return withGoType(isTable(at) ? { ...at } : {}, valuesType)
}

function valueAt(values: unknown, path: readonly string[]): unknown {
  if (path.join('.') === '') throw new Error('YAML path cannot be empty')
  const name = path.at(-1) ?? ''
  let value: unknown
  try {
    const table = path.length === 1 ? values : tableAt(values, path.slice(0, -1))
    value = isTable(table) ? get(table, name) : undefined
  } catch {
    value = undefined
  }
  if (value === undefined || isTable(value)) throw new Error(`${JSON.stringify(name)} is not a value`)
  return value
}
