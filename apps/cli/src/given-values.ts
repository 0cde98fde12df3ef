/** The values that options of a command give a chart, one source at a time: files first, then the other options in Helm's order. */
import { readFileSync } from 'node:fs'
import { jsonTable, mergedTables, parseValues, setValues, type Table } from '@sluice/helm'

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
    const text = isAddress(file) ? await fetched(file) : readText(file === '-' ? '/dev/stdin' : file)
    merge(file, parseValues(text, `failed to parse ${file}: cannot unmarshal yaml document`))
  }
  for (const text of options.setJson ?? []) {
    if (text.trimStart().startsWith('{')) merge('--set-json', object(text))
    else assign('--set-json', text, into => setValues(into, text, 'json'))
  }
  for (const text of options.set ?? []) assign('--set', text, into => setValues(into, text, 'typed'))
  for (const text of options.setString ?? []) assign('--set-string', text, into => setValues(into, text, 'string'))
  for (const text of options.setFile ?? []) {
    const addresses = new Map<string, string>()
    // What is to be fetched is known only when the option is read: it is read twice.
    const read = (path: string) => addresses.get(path) ?? (isAddress(path) ? missing(addresses, path) : readText(path))
    if (text.includes('://')) {
      setValues({}, text, 'string', read)
      for (const url of addresses.keys()) addresses.set(url, await fetched(url))
    }
    assign('--set-file', text, into => setValues(into, text, 'string', read))
  }
  for (const text of options.setLiteral ?? []) assign('--set-literal', text, into => setValues(into, text, 'literal'))
  return values
}

function object(text: string): Table {
  try {
    return jsonTable(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`failed parsing --set-json data JSON: ${reason}`, { cause: error })
  }
}

/** What helm says of a file that cannot be read. */
const refusals = new Map([
  ['ENOENT', 'no such file or directory'],
  ['EACCES', 'permission denied'],
])

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    if (error.code === 'EISDIR') throw new Error(`read ${path}: is a directory`, { cause: error })
    const reason = refusals.get(String(error.code))
    throw reason ? new Error(`open ${path}: ${reason}`, { cause: error }) : error
  }
}

const isAddress = (path: string): boolean => /^https?:\/\//i.test(path)

function missing(addresses: Map<string, string>, url: string): string {
  addresses.set(url, '')
  return ''
}

async function fetched(url: string): Promise<string> {
  const { fetchBytes } = await import('./template/fetch-located.ts')
  return Buffer.from(await fetchBytes(url, { timeoutMs: 120_000 })).toString('utf8')
}
