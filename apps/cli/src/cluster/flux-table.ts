/** Tables as `flux get` prints them: cells padded to their column, a tab between two. */
export function fluxTable(columns: readonly string[], rows: readonly (readonly string[])[], header = true): string {
  const lines = header ? [columns.map(name => name.toUpperCase()), ...rows] : rows
  const widths = columns.map((_, index) => Math.max(0, ...lines.map(line => (line[index] ?? '').length)))
  const text = lines.map(line => `${line.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('\t')}\n`)
  return text.join('')
}
