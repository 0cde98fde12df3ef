/**
 * Kubernetes' API types as Go has them: for each struct its fields with their names in JSON, numbers in protobuf, and whether an
 * empty value is left out. Read from a generated table (scripts/generate/go-types.mjs), one struct at a time, when first asked for.
 */
import table from './generated/types.ts'

export type GoScalar =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'float64'
  | 'bytes'
  | 'time'
  | 'microTime'
  | 'duration'
  | 'quantity'
  | 'intOrString'
  | 'raw'
  | 'fields'
  | 'json'
  | 'schemaOrBool'
  | 'schemaOrArray'
  | 'schemaOrStrings'

export type GoType =
  | { kind: GoScalar }
  | { kind: 'list'; of: GoType /** A named slice type: a message of its own in protobuf. */; named: boolean }
  | { kind: 'map'; of: GoType }
  | { kind: 'struct'; name: string }

export interface GoField {
  /** Empty for an embedded struct, whose fields stand in its place. */
  json: string
  /** 0: not in protobuf. */
  number: number
  type: GoType
  pointer: boolean
  /** Encoded even when empty. */
  always: boolean
  /** Left out when zero although a struct (`omitzero`). */
  omitZero: boolean
}

export interface GoStruct {
  /** `apps/v1.DeploymentSpec` */
  name: string
  /** `DeploymentSpec` */
  shortName: string
  /** By JSON name, those of embedded structs included. */
  fields: ReadonlyMap<string, GoField>
  byNumber: ReadonlyMap<number, GoField>
}

const scalars: Readonly<Record<string, GoScalar>> = {
  s: 'string',
  b: 'bool',
  i: 'int32',
  l: 'int64',
  d: 'float64',
  y: 'bytes',
  T: 'time',
  M: 'microTime',
  D: 'duration',
  Q: 'quantity',
  I: 'intOrString',
  R: 'raw',
  F: 'fields',
  J: 'json',
  JB: 'schemaOrBool',
  JA: 'schemaOrArray',
  JS: 'schemaOrStrings',
}

function typeOf(code: string): GoType {
  const rest = code.slice(1)
  switch (code[0]) {
    case '[':
      return { kind: 'list', of: typeOf(rest), named: false }
    case '^':
      return { kind: 'list', of: typeOf(rest), named: true }
    case '{':
      return { kind: 'map', of: typeOf(rest) }
    case '@':
      return { kind: 'struct', name: rest }
    default: {
      const kind = scalars[code]
      if (!kind) throw new Error(`the table of Go types has an unknown type ${code}`)
      return { kind }
    }
  }
}

let rows: Map<string, string> | undefined
const structs = new Map<string, GoStruct>()

function rowOf(name: string): string | undefined {
  rows ??= new Map(
    table.split('\n').map(line => {
      const space = line.indexOf(' ')
      return [line.slice(0, space), line.slice(space + 1)]
    }),
  )
  return rows.get(name)
}

/** A struct without fields when the table has none of the name (Go's empty structs). */
export function goStruct(name: string): GoStruct {
  const known = structs.get(name)
  if (known) return known
  const fields = new Map<string, GoField>()
  const byNumber = new Map<number, GoField>()
  for (const text of (rowOf(name) ?? '').split(' ')) {
    if (!text) continue
    const [json = '', number = '0', code = '', flags = ''] = text.split(',')
    const field: GoField = {
      json: flags.includes('=') ? '' : json,
      number: Number(number),
      type: typeOf(code),
      pointer: flags.includes('*'),
      always: flags.includes('!'),
      omitZero: flags.includes('0'),
    }
    byNumber.set(field.number, field)
    if (field.json) fields.set(field.json, field)
    else if (field.type.kind === 'struct') {
      for (const [inner, embedded] of goStruct(field.type.name).fields) fields.set(inner, embedded)
    }
  }
  const struct = { name, shortName: name.slice(name.lastIndexOf('.') + 1), fields, byNumber }
  structs.set(name, struct)
  return struct
}

/** The struct of a built-in kind; undefined when the table does not have it. */
export function goStructOf(apiVersion: string, kind: string): GoStruct | undefined {
  const [group = '', version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion]
  const name = `${group.split('.')[0]}/${version}.${kind}`
  return rowOf(name) === undefined ? undefined : goStruct(name)
}
