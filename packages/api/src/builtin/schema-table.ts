/**
 * Reads the generated table of built-in schemas. A node of the table is a number (a reference), an array (a reference wrapped in
 * `allOf`, with or without the default `{}`), a letter (a frequent leaf) or an object with one-letter keys; see scripts/generate/builtin.mjs.
 */
import text from './generated/schemas.ts'

export interface TableNode {
  t?: string
  r?: string[]
  e?: unknown[]
  f?: string
  d?: unknown
  l?: 'atomic' | 'set' | 'map'
  k?: string[]
  m?: 'atomic' | 'granular'
  s?: string
  y?: string
  u?: unknown[]
  /** `group/version/kind` */
  g?: string[]
  o?: { type: string }[]
  p?: Record<string, TableEntry>
  i?: TableEntry
  a?: TableEntry
  R?: number
}

export type TableEntry = number | [number] | [number, 0] | string | TableNode

export interface SchemaTable {
  names: string[]
  nodes: TableEntry[]
  /** `group/version/kind` to the position of its type. */
  byKind: Map<string, number>
}

const leaves: Record<string, TableNode> = {
  s: { t: 'string' },
  S: { t: 'string', d: '' },
  b: { t: 'boolean' },
  B: { t: 'boolean', d: false },
  i: { t: 'integer', f: 'int32' },
  I: { t: 'integer', f: 'int32', d: 0 },
  l: { t: 'integer', f: 'int64' },
}

const emptyDefault: Record<string, never> = {}

/** The entry as an object with one-letter keys. */
export function expand(entry: TableEntry): TableNode {
  if (typeof entry === 'number') return { R: entry }
  if (typeof entry === 'string') {
    const leaf = leaves[entry]
    if (leaf === undefined) throw new Error(`the table of built-in schemas has an unknown leaf ${entry}`)
    return leaf
  }
  if (Array.isArray(entry)) return entry.length === 2 ? { R: entry[0], d: emptyDefault } : { R: entry[0] }
  return entry
}

let table: SchemaTable | undefined

/** Parsed on first use. */
export function schemaTable(): SchemaTable {
  if (table !== undefined) return table
  const { names, nodes }: { names: string[]; nodes: TableEntry[] } = JSON.parse(text)
  const byKind = new Map<string, number>()
  nodes.forEach((entry, at) => {
    for (const kind of expand(entry).g ?? []) byKind.set(kind, at)
  })
  table = { names, nodes, byKind }
  return table
}
