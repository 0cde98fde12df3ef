/** JSON as Go's encoding/json writes and reads it. */
import { compareBytes } from '../go-string.ts'
import { typeName } from '../go-value.ts'
import { type TemplateFunction, typed } from '../template-function.ts'
import { readable, stringOf } from './cast.ts'
import { plainValue, wasStruct } from './dicts.ts'
import { jsonProblem } from './json-problem.ts'

const html: Record<string, string> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026' }

function quoted(text: string, escapeHtml: boolean): string {
  // Bytes that are no UTF-8 become the replacement character, written as an escape where the character itself is not.
  const parts = text.isWellFormed() ? [text] : text.split(/\p{Cs}/u)
  const json = `"${parts.map(part => JSON.stringify(part).slice(1, -1)).join('\\ufffd')}"`
  const safe = json.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
  return escapeHtml ? safe.replace(/[<>&]/g, char => html[char] ?? char) : safe
}

export function jsonText(value: unknown, escapeHtml = true, indent = ''): string {
  return write(plainValue(value), escapeHtml, indent, '')
}

function write(value: unknown, escapeHtml: boolean, indent: string, pad: string): string {
  if (value == null) return 'null'
  if (typeof value === 'string') return quoted(value, escapeHtml)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`json: unsupported value: ${value}`)
    return Object.is(value, -0) ? '-0' : String(value)
  }
  if (typeof value !== 'object') return String(value)
  const inner = pad + indent
  const wrap = (open: string, items: readonly string[], close: string): string => {
    if (items.length === 0) return open + close
    return indent
      ? `${open}\n${items.map(item => inner + item).join(',\n')}\n${pad}${close}`
      : `${open}${items.join(',')}${close}`
  }
  if (Array.isArray(value))
    return wrap(
      '[',
      value.map(item => write(item, escapeHtml, indent, inner)),
      ']',
    )
  const entries = Object.entries(value)
  if (!wasStruct(value)) entries.sort((a, b) => compareBytes(a[0], b[0]))
  const colon = indent ? ': ' : ':'
  return wrap(
    '{',
    entries.map(([key, item]) => quoted(key, escapeHtml) + colon + write(item, escapeHtml, indent, inner)),
    '}',
  )
}

/** json.Unmarshal into an interface{}. */
export function parseJson(text: string): unknown {
  readable(text)
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    throw new Error(jsonProblem(text))
  }
}

type Read = (text: string) => unknown

/** A map, or one with the text of the error under `Error`. `prefix` begins what is said of a value that is no map. */
export const mapFrom = (read: Read, prefix = ''): TemplateFunction =>
  typed('string', ([text]) => {
    try {
      const value = read(stringOf(text)) ?? {}
      if (typeof value === 'object' && !Array.isArray(value)) return value
      return { Error: prefix + mismatch(value, 'map[string]interface {}') }
    } catch (error) {
      return { Error: error instanceof Error ? error.message : String(error) }
    }
  })

/** A list, or one that holds the text of the error. */
export const listFrom = (read: Read, prefix = ''): TemplateFunction =>
  typed('string', ([text]) => {
    try {
      const value = read(stringOf(text)) ?? []
      return Array.isArray(value) ? value : [prefix + mismatch(value, '[]interface {}')]
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)]
    }
  })

/** What Go says of JSON that does not fit a type. */
function mismatch(value: unknown, wanted: string): string {
  const kind = Array.isArray(value)
    ? 'array'
    : typeof value === 'object'
      ? 'object'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value === 'number'
          ? 'number'
          : typeName(value)
  return `json: cannot unmarshal ${kind} into Go value of type ${wanted}`
}

const lenient = (run: (value: unknown) => string): TemplateFunction =>
  typed('any', ([value]) => {
    try {
      return run(value)
    } catch {
      return ''
    }
  })
const strict = (run: (value: unknown) => string): TemplateFunction => typed('any', ([value]) => run(value))

export const jsonFunctions: Record<string, TemplateFunction> = {
  toJson: lenient(value => jsonText(value)),
  mustToJson: strict(value => jsonText(value)),
  toPrettyJson: lenient(value => jsonText(value, true, '  ')),
  mustToPrettyJson: strict(value => jsonText(value, true, '  ')),
  toRawJson: strict(value => jsonText(value, false)),
  mustToRawJson: strict(value => jsonText(value, false)),
  fromJson: mapFrom(parseJson),
  fromJsonArray: listFrom(parseJson),
  mustFromJson: typed('string', ([text]) => parseJson(stringOf(text))),
}
