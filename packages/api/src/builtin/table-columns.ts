/** The columns that the API server prints of a built-in resource (`kubectl get`). Cells are the server's business. */
import text from './generated/columns.ts'

export interface TableColumn {
  name: string
  type: string
  format: string
  /** 0 is always shown, 1 only with `-o wide`. */
  priority: number
}

let table: Record<string, string[]> | undefined

/** Undefined for a resource without a printer of its own (Name and Created At). `group` is empty for the core group. */
export function tableColumns(group: string, version: string, resource: string): TableColumn[] | undefined {
  const known: Record<string, string[]> = table ?? JSON.parse(text)
  table = known
  return known[`${group}/${version}/${resource}`]?.map(column => {
    const [name = '', type = '', priority = '0', format = ''] = column.split('|')
    return { name, type: type === '' ? 'string' : type, format, priority: Number(priority) }
  })
}
