/** The functions that text/template itself has; `and` and `or` are part of the compiler, since they leave arguments alone. */

import { printValue, sprint, sprintf, sprintln } from './go-print.ts'
import { compareBytes, goBytes, goSlice, isPrintable } from './go-string.ts'
import { isMap, kindOf, lengthOf, listOf, mapGet, truth, typeName } from './go-value.ts'
import { wholeNumber } from './int64.ts'
import { type TemplateFunction, typed } from './template-function.ts'

const basic = (value: unknown): string | undefined => {
  const kind = kindOf(value)
  if (kind === 'int64') return 'int'
  return kind === 'bool' || kind === 'int' || kind === 'float64' || kind === 'string' ? kind : undefined
}

function equal(first: unknown, others: readonly unknown[]): boolean {
  if (others.length === 0) throw new Error('missing argument for comparison')
  const kind = basic(first)
  for (const other of others) {
    const otherKind = basic(other)
    if (kind !== otherKind) {
      if (first != null && other != null)
        throw new Error(`incompatible types for comparison: ${typeName(first)} and ${typeName(other)}`)
    } else if (kind !== undefined) {
      if ((wholeNumber(first) ?? first) === (wholeNumber(other) ?? other)) return true
    } else if (first == null || other == null) {
      if (first == null && other == null) return true
    } else if (kindOf(first) !== kindOf(other)) {
      throw new Error(
        `non-comparable types ${sprintf('%s', [first])}: ${typeName(first)}, ${typeName(other)}: ${printValue(other)}`,
      )
    } else if (kindOf(other) !== 'struct') {
      throw new Error(`non-comparable type ${sprintf('%s', [other])}: ${typeName(other)}`)
    } else if (first === other) return true
  }
  return false
}

function less(first: unknown, second: unknown): boolean {
  const kind = basic(first)
  const other = basic(second)
  if (kind === undefined || other === undefined) throw new Error('invalid type for comparison')
  if (kind !== other) throw new Error(`incompatible types for comparison: ${typeName(first)} and ${typeName(second)}`)
  if (typeof first === 'string' && typeof second === 'string') return compareBytes(first, second) < 0
  const [left, right] = [wholeNumber(first), wholeNumber(second)]
  if (left !== undefined && right !== undefined) return left < right
  if (typeof first === 'number' && typeof second === 'number') return first < second
  throw new Error('invalid type for comparison')
}

function indexAt(index: unknown, limit: number): number {
  if (index == null) throw new Error('cannot index slice/array with nil')
  const at = wholeNumber(index)
  if (at === undefined) throw new Error(`cannot index slice/array with type ${typeName(index)}`)
  if (at < 0n || at > BigInt(limit)) throw new Error(`index out of range: ${at}`)
  return Number(at)
}

function indexed(item: unknown, indexes: readonly unknown[]): unknown {
  if (item == null) throw new Error('index of untyped nil')
  let at: unknown = item
  for (const index of indexes) {
    if (at == null) throw new Error('index of nil pointer')
    if (typeof at === 'string') {
      const bytes = goBytes(at)
      const place = indexAt(index, bytes.length)
      const byte = bytes[place]
      if (byte === undefined) throw new Error('reflect: string index out of range')
      at = BigInt(byte)
    } else if (kindOf(at) === 'slice') {
      const items = listOf(at)
      const place = indexAt(index, items.length)
      if (place >= items.length) throw new Error(`reflect: slice index out of range`)
      at = items[place] ?? null
    } else if (isMap(at)) {
      if (index == null) throw new Error('value is nil; should be of type string')
      if (typeof index !== 'string' && !(at instanceof Map && at.has(index)))
        throw new Error(`value has type ${typeName(index)}; should be string`)
      const none = typeName(at) === 'map[string]string' ? '' : null
      at = (at instanceof Map ? at.get(index) : mapGet(at, String(index))) ?? none
    } else throw new Error(`can't index item of type ${typeName(at)}`)
  }
  return at
}

function sliced(item: unknown, indexes: readonly unknown[]): unknown {
  if (item == null) throw new Error('slice of untyped nil')
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`)
  const length = lengthOf(item)
  if (length === undefined || isMap(item)) throw new Error(`can't slice item of type ${typeName(item)}`)
  if (typeof item === 'string' && indexes.length === 3) throw new Error('cannot 3-index slice a string')
  const [from = 0, to = length, cap] = indexes.map(index => indexAt(index, length))
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`)
  if (cap !== undefined && to > cap) throw new Error(`invalid slice index: ${to} > ${cap}`)
  return typeof item === 'string'
    ? goSlice(item, from, to)
    : item instanceof Uint8Array
      ? item.subarray(from, to)
      : listOf(item).slice(from, to)
}

const html: Record<string, string> = {
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\0': '\ufffd',
}
const script: Record<string, string> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
}

const hex = (char: string): string => (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')

/** url.QueryEscape. */
export const queryEscape = (text: string): string =>
  Array.from(goBytes(text), byte => {
    const char = String.fromCharCode(byte)
    if (/[A-Za-z0-9\-_.~]/.test(char)) return char
    return char === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')

/** The text of arguments as the escapers see them. */
const textOf = (args: readonly unknown[]): string =>
  args.length === 1 && typeof args[0] === 'string' ? args[0] : sprint(args.map(arg => arg ?? '<no value>'))

export const builtinFunctions: Record<string, TemplateFunction> = {
  // The compiler has its own; these stand here so that the parser knows the names.
  and: typed('value, ...value', args => args.find(arg => !truth(arg)) ?? args.at(-1)),
  or: typed('value, ...value', args => args.find(truth) ?? args.at(-1)),
  not: typed('value', ([arg]) => !truth(arg)),
  eq: typed('value, ...value', ([first, ...others]) => equal(first, others)),
  ne: typed('value, value', ([first, second]) => !equal(first, [second])),
  lt: typed('value, value', ([first, second]) => less(first, second)),
  le: typed('value, value', ([first, second]) => less(first, second) || equal(first, [second])),
  gt: typed('value, value', ([first, second]) => !(less(first, second) || equal(first, [second]))),
  ge: typed('value, value', ([first, second]) => !less(first, second)),
  len: typed('value', ([item]) => {
    if (item === undefined) throw new Error('reflect: call of reflect.Value.Type on zero Value')
    if (item === null) throw new Error('len of nil pointer')
    const length = lengthOf(item)
    if (length === undefined) throw new Error(`len of type ${typeName(item)}`)
    return BigInt(length)
  }),
  index: typed('value, ...value', ([item, ...indexes]) => indexed(item, indexes)),
  slice: typed('value, ...value', ([item, ...indexes]) => sliced(item, indexes)),
  call: typed('value, ...value', ([callee, ...args], { first }) => {
    if (callee == null) throw new Error('call of nil')
    if (typeof callee !== 'function') {
      const text = first ?? (typeof callee === 'string' ? callee : `<${typeName(callee)} Value>`)
      throw new Error(`non-function ${text} of type ${typeName(callee)}`)
    }
    const result: unknown = Reflect.apply(callee, undefined, args)
    return result
  }),
  print: typed('...any', sprint),
  println: typed('...any', sprintln),
  printf: typed('string, ...any', ([format, ...args]) => sprintf(String(format), args)),
  html: typed('...any', args => textOf(args).replace(/["'&<>\0]/g, char => html[char] ?? char)),
  js: typed('...any', args =>
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
    textOf(args).replace(/[\\'"<>&=\x00-\x1f]|[^\x00-\x7f]/gu, char => {
      const fixed = script[char]
      if (fixed !== undefined) return fixed
      return char > '\x7f' && isPrintable(char) ? char : `\\u${hex(char)}`
    }),
  ),
  urlquery: typed('...any', args => queryEscape(textOf(args))),
}
