/**
 * Tables of values, as Helm calls mappings: plain objects without a prototype's surprises. What reads, copies and merges them stands here;
 * how charts and their subcharts come together is in coalesce.ts.
 */
export type Table = Record<string, unknown>

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && isPlain(value)
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** A key that every object answers to must not be mistaken for a value, and `__proto__` is a key like any other. */
export function has(table: Table, key: string): boolean {
  return Object.hasOwn(table, key)
}

export function put(table: Table, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(table, key, { value, writable: true, enumerable: true, configurable: true })
  } else table[key] = value
}

export function get(table: Table, key: string): unknown {
  return has(table, key) ? table[key] : undefined
}

/** Tables and lists anew, the rest as it is. */
export function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied)
  return isTable(value) ? copiedTable(value) : value
}

export function copiedTable(table: Table): Table {
  const copy: Table = {}
  for (const key of Object.keys(table)) put(copy, key, copied(table[key]))
  return copy
}

/** Later values files over earlier ones: tables merge, everything else is replaced, nulls stay. Neither argument changes. */
export function mergedTables(base: Table, over: Table): Table {
  const result: Table = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const below = get(result, key)
    put(result, key, isTable(value) && isTable(below) ? mergedTables(below, value) : value)
  }
  return result
}

/** The table at a dotted path, undefined when there is none. */
export function tableAt(table: Table, path: string): Table | undefined {
  let at: unknown = table
  for (const key of path.split('.')) {
    if (!isTable(at)) return undefined
    at = get(at, key)
  }
  return isTable(at) ? at : undefined
}

/** The value at a dotted path; tables do not count as values. */
export function valueAt(table: Table, path: string): unknown {
  const dot = path.lastIndexOf('.')
  const parent = dot < 0 ? table : tableAt(table, path.slice(0, dot))
  const value = parent && get(parent, path.slice(dot + 1))
  return isTable(value) ? undefined : value
}
