/** Helm's TOML functions, written as BurntSushi/toml does: values first, then tables, indented by their depth. */
import { parse } from 'smol-toml'
import { floatText } from '../go-float.ts'
import { compareBytes } from '../go-string.ts'
import { isMap, isObject, kindOf, listOf, mapEntries, mapSet, NilMap } from '../go-value.ts'
import { Int64 } from '../int64.ts'
import { type TemplateFunction, typed } from '../template-function.ts'
import { readable, stringOf } from './cast.ts'

type Fields = [string, unknown][]

function fieldsOf(value: unknown): Fields | undefined {
  const own = isMap(value)
    ? mapEntries(value)
    : kindOf(value) === 'struct' && isObject(value)
      ? Object.entries(value)
      : undefined
  const fields = own?.flatMap(
    ([key, item]): Fields =>
      item == null || item instanceof NilMap || typeof item === 'function' ? [] : [[String(key), item]],
  )
  return isMap(value) ? fields?.sort((a, b) => compareBytes(a[0], b[0])) : fields
}

const bare = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : quoted(key))

const escapes: Record<string, string> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
}

function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
  const safe = text.replace(/["\\\x00-\x1f\x7f]/g, char => {
    return escapes[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return `"${safe}"`
}

const isTable = (value: unknown): boolean => isMap(value) || (kindOf(value) === 'struct' && !hasText(value))
const hasText = (value: unknown): boolean => isObject(value) && typeof value.toGoJson === 'function'
const isTables = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(item => isTable(item))

function inline(value: unknown): string {
  if (value == null) throw new Error('toml: cannot encode array with nil element')
  if (value instanceof Int64) return String(value.value)
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number') {
    const text = floatText(value)
    return /[.enI]/.test(text) ? text.replace('+Inf', 'inf').replace('-Inf', '-inf').replace('NaN', 'nan') : `${text}.0`
  }
  if (kindOf(value) === 'slice') return `[${listOf(value).map(inline).join(', ')}]`
  if (hasText(value) && isObject(value) && typeof value.toGoJson === 'function') return String(value.toGoJson())
  const fields = fieldsOf(value)
  if (fields) return `{${fields.map(([key, item]) => `${bare(key)} = ${inline(item)}`).join(', ')}}`
  return String(value)
}

function write(fields: Fields, path: readonly string[], out: string[]): void {
  const pad = '  '.repeat(path.length)
  for (const [key, value] of fields)
    if (!isTable(value) && !isTables(value)) out.push(`${pad}${bare(key)} = ${inline(value)}`)
  for (const [key, value] of fields) {
    const inner = [...path, bare(key)]
    if (isTable(value)) {
      if (path.length === 0 && out.length > 0) out.push('')
      out.push(`${pad}[${inner.join('.')}]`)
      write(fieldsOf(value) ?? [], inner, out)
    } else if (isTables(value)) {
      for (const item of listOf(value)) {
        if (out.length > 0) out.push('')
        out.push(`${pad}[[${inner.join('.')}]]`)
        write(fieldsOf(item) ?? [], inner, out)
      }
    }
  }
}

function tomlText(value: unknown): string {
  const fields = fieldsOf(value)
  if (fields === undefined) {
    if (kindOf(value) === 'slice') throw new Error('toml: top-level values must be Go maps or structs')
    return inline(value)
  }
  const out: string[] = []
  write(fields, [], out)
  return out.length > 0 ? `${out.join('\n')}\n` : ''
}

/** Integers of TOML are int64. */
function goNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return new Int64(value)
  if (Array.isArray(value)) return value.map(goNumbers)
  if (!isMap(value)) return value
  const out: Record<string, unknown> = {}
  for (const [key, item] of mapEntries(value)) mapSet(out, String(key), goNumbers(item))
  return out
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export const tomlFunctions: Record<string, TemplateFunction> = {
  toToml: typed('any', ([value]) => {
    if (value == null) throw new Error('reflect: call of reflect.Value.Type on zero Value')
    try {
      return tomlText(value)
    } catch (error) {
      return message(error)
    }
  }),
  mustToToml: typed('any', ([value]) => tomlText(value)),
  fromToml: typed('string', ([text]) => {
    try {
      readable(stringOf(text))
      return goNumbers(parse(stringOf(text), { integersAsBigInt: true }))
    } catch (error) {
      return { Error: message(error) }
    }
  }),
}
