/**
 * The fields of Helm's index structures, in the order in which Go writes them, and the reading of loosely typed values into
 * them: what is empty is left out where Helm leaves it out, what does not fit is an error in the words of Go's decoder.
 */

export class IndexError extends Error {
  override name = 'IndexError'
}

export type Row = Record<string, unknown>

type Kind = 'string' | 'boolean' | 'time' | 'strings' | 'table' | 'any' | Shape
interface Field {
  kind: Kind
  /** Written also when empty. */
  always?: true
  /** A list of it. */
  list?: true
}
export type Shape = ReadonlyMap<string, Field>

const shape = (fields: Record<string, Field>): Shape => new Map(Object.entries(fields))
const text: Field = { kind: 'string' }

const maintainer = shape({ name: text, email: text, url: text })

const dependency = shape({
  name: { kind: 'string', always: true },
  version: text,
  repository: { kind: 'string', always: true },
  condition: text,
  tags: { kind: 'strings' },
  enabled: { kind: 'boolean' },
  'import-values': { kind: 'any' },
  alias: text,
})

const chartVersion = shape({
  name: text,
  home: text,
  sources: { kind: 'strings' },
  version: text,
  description: text,
  keywords: { kind: 'strings' },
  maintainers: { kind: maintainer, list: true },
  icon: text,
  apiVersion: text,
  condition: text,
  tags: text,
  appVersion: text,
  deprecated: { kind: 'boolean' },
  annotations: { kind: 'table' },
  kubeVersion: text,
  dependencies: { kind: dependency, list: true },
  type: text,
  urls: { kind: 'strings', always: true },
  created: { kind: 'time', always: true },
  removed: { kind: 'boolean' },
  digest: text,
  checksum: text,
  engine: text,
  tillerVersion: text,
  url: text,
})

const indexFile = shape({
  serverInfo: { kind: 'any' },
  apiVersion: { kind: 'string', always: true },
  generated: { kind: 'time', always: true },
  entries: { kind: 'any', always: true },
  publicKeys: { kind: 'strings' },
  annotations: { kind: 'table' },
})

/** The file's own fields; its entries are as they were. */
export function readFile(value: Row, strict: boolean): Row {
  return fieldsOf(value, indexFile, strict, 'IndexFile')
}

/** A version of a chart; without an API version it is of the first. */
export function readVersion(value: Row, strict: boolean): Row {
  const whole = value.apiVersion ? value : { ...value, apiVersion: 'v1' }
  return fieldsOf(whole, chartVersion, strict, 'ChartVersion.entries')
}

function fieldsOf(value: Row, fields: Shape, strict: boolean, where: string): Row {
  let given = value
  for (const key in value) {
    if (fields.has(key)) continue
    given = renamed(value, fields, strict)
    break
  }
  const out: Row = {}
  for (const [name, field] of fields) {
    const one = given[name]
    const read = one === undefined || one === null ? undefined : readAs(one, field, strict, `${where}.${name}`)
    if (read !== undefined && !(isEmpty(read) && !field.always)) out[name] = read
    else if (field.always) out[name] = zero[typeof field.kind === 'string' ? field.kind : 'any']
  }
  return out
}

/** Go matches the names of fields without regard to case. */
function renamed(value: Row, fields: Shape, strict: boolean): Row {
  const given: Row = {}
  for (const key of Object.keys(value).sort()) {
    const name = fields.has(key) ? key : canonical(key, fields)
    if (name !== undefined) given[name] = value[key]
    else if (strict) throw new IndexError(`json: unknown field ${JSON.stringify(key)}`)
  }
  return given
}

const zero: Record<string, unknown> = { string: '', time: '0001-01-01T00:00:00Z', strings: null, any: null }

function canonical(key: string, fields: Shape): string | undefined {
  const lower = key.toLowerCase()
  for (const name of fields.keys()) if (name.toLowerCase() === lower) return name
  return undefined
}

function readAs(value: unknown, { kind, list }: Field, strict: boolean, where: string): unknown {
  if (typeof kind !== 'string') {
    const one = (item: unknown) => {
      if (!isRow(item)) throw mismatch(item, where, 'struct')
      return fieldsOf(item, kind, strict, where)
    }
    if (!list) return one(value)
    if (!Array.isArray(value)) throw mismatch(value, where, 'slice')
    return value.filter(item => item !== null).map(one)
  }
  switch (kind) {
    case 'string':
      return stringOf(value, where)
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(value, where, 'bool')
      return value
    case 'time':
      return timeOf(value, where)
    case 'strings':
      if (!Array.isArray(value)) throw mismatch(value, where, '[]string')
      return value.map(item => (item === null ? '' : stringOf(item, where)))
    case 'table': {
      if (!isRow(value)) throw mismatch(value, where, 'map[string]string')
      const table: Row = {}
      for (const key of Object.keys(value).sort()) table[key] = value[key] === null ? '' : stringOf(value[key], where)
      return table
    }
    case 'any':
      return value
  }
}

function stringOf(value: unknown, where: string): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : float32Text(value)
  if (typeof value === 'bigint') return String(value)
  throw mismatch(value, where, 'string')
}

/** As Go prints what YAML read as a number where a text was wanted: with the digits of a 32-bit float. */
function float32Text(value: number): string {
  const short = Math.fround(value)
  for (let digits = 1; digits <= 9; digits++) {
    const text = short.toPrecision(digits)
    if (Math.fround(Number(text)) === short) return String(Number(text))
  }
  return String(short)
}

const RFC3339 = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/

function timeOf(value: unknown, where: string): string {
  const match = typeof value === 'string' ? RFC3339.exec(value) : null
  if (!match) {
    if (typeof value !== 'string') throw new IndexError('Time.UnmarshalJSON: input is not a JSON string')
    throw new IndexError(
      `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": ${where} is no time in that form`,
    )
  }
  const [, date, time, fraction = '', zone] = match
  const digits = fraction.slice(0, 10).replace(/\.?0+$/, '')
  return `${date}T${time}${digits}${zone === '+00:00' ? 'Z' : zone}`
}

function isEmpty(value: unknown): boolean {
  if (value === '' || value === false) return true
  if (Array.isArray(value)) return value.length === 0
  if (!isRow(value)) return false
  for (const _ in value) return false
  return true
}

export function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function mismatch(value: unknown, where: string, wanted: string): IndexError {
  const kind = Array.isArray(value)
    ? 'array'
    : isRow(value)
      ? 'object'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value
  return new IndexError(`json: cannot unmarshal ${kind} into Go struct field ${where} of type ${wanted}`)
}
