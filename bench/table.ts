/** Tables as benchmarks print them: Markdown, padded, so that they read well in a terminal and can be put into docs/benchmarks.md as they are. */

export interface Table {
  columns: string[]
  rows: string[][]
  /** Lines below the table. */
  notes?: string[]
}

export function renderTable({ columns, rows, notes = [] }: Table): string {
  const widths = columns.map((name, at) => Math.max(name.length, 3, ...rows.map(row => (row[at] ?? '').length)))
  const line = (cells: string[]): string =>
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width)).join(' | ')} |\n`
  const rule = `|${widths.map(width => '-'.repeat(width + 2)).join('|')}|\n`
  return line(columns) + rule + rows.map(line).join('') + notes.map(note => `\n${note}\n`).join('')
}
