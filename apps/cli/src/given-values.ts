/** The values that options of a command give a chart, one source at a time: files first, then the other options in Helm's order. */
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { mergedTables, parseValues, setValues, type Table } from '@sluice/helm'

export interface ValuesOptions {
  values?: string[]
  set?: string[]
  setString?: string[]
  setFile?: string[]
  setJson?: string[]
  setLiteral?: string[]
}

/** All sources together; `each` is told of every one, with the values so far. */
export async function givenValues(
  options: ValuesOptions,
  each: (source: string, before: Table, after: Table) => void = () => {},
): Promise<Table> {
  let values: Table = {}
  const merge = (source: string, more: Table): void => {
    const before = values
    values = mergedTables(values, more)
    each(source, before, values)
  }
  const assign = (option: string, text: string, work: (into: Table) => void): void => {
    const before = values
    const after = structuredClone(values)
    try {
      work(after)
    } catch (error) {
      const key = text.split('=', 1)[0]
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`failed parsing ${option} data of ${key}: ${reason}`, { cause: error })
    }
    values = after
    each(`${option} ${text.split('=', 1)[0]}`, before, after)
  }
  for (const file of options.values ?? []) {
    const text = await readFile(file === '-' ? '/dev/stdin' : file, 'utf8')
    merge(file, parseValues(text, `failed to parse ${file}`))
  }
  for (const text of options.setJson ?? []) {
    if (text.trimStart().startsWith('{')) merge('--set-json', parseValues(text, 'failed parsing --set-json data JSON'))
    else assign('--set-json', text, into => setValues(into, text, 'json'))
  }
  for (const text of options.set ?? []) assign('--set', text, into => setValues(into, text, 'typed'))
  for (const text of options.setString ?? []) assign('--set-string', text, into => setValues(into, text, 'string'))
  for (const text of options.setFile ?? []) {
    assign('--set-file', text, into => setValues(into, text, 'string', path => readFileSync(path, 'utf8')))
  }
  for (const text of options.setLiteral ?? []) assign('--set-literal', text, into => setValues(into, text, 'literal'))
  return values
}
