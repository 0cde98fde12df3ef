/**
 * What commands print on stdout, in one place: a table for people, JSON or YAML for programs. A command builds one
 * value and says how it looks as a table; `--output` decides.
 */
import { stringify } from '@sluice/yaml'
import { Option } from 'commander'
import { writeOut } from './standard-output.ts'

export type OutputFormat = 'table' | 'json' | 'yaml'

export interface Table {
  columns: string[]
  rows: string[][]
}

/** `-o, --output table|json|yaml`, the same on every command. */
export const outputOption = (): Option =>
  new Option('-o, --output <format>', 'how to print the result').choices(['table', 'json', 'yaml']).default('table')

const column = (cells: string[]): number => Math.max(...cells.map(cell => cell.length))

/** Columns padded to their widest cell, three blanks apart, nothing behind the last one: as kubectl prints. */
export function renderTable({ columns, rows }: Table): string {
  const lines = [columns.map(name => name.toUpperCase()), ...rows]
  const widths = columns.map((_, index) => column(lines.map(line => line[index] ?? '')))
  return lines
    .map(
      line =>
        `${line
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** Prints `value` on stdout in the format asked for; `table` is called only when a table is. */
export function print(format: OutputFormat, value: unknown, table: () => Table): void {
  writeOut(format === 'table' ? renderTable(table()) : document(format, value))
}

/** One value as JSON or YAML text. */
export function document(format: 'json' | 'yaml', value: unknown): string {
  return format === 'json' ? `${JSON.stringify(value, null, 2)}\n` : stringify(value)
}
