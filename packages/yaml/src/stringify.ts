/**
 * Writes JSON-born values as sigs.k8s.io/yaml does: keys sorted, sequences not indented under their key, go-yaml v2's quoting, literal blocks for
 * texts of several lines, long lines wrapped at 80 columns.
 */
import { compareCodePoints, compareKeys } from './key-order.ts'
import { type ScalarStyle, scalarStyle } from './scalar-style.ts'
import { SourceScalar } from './source-scalar.ts'
import { depthReason, withinStack } from './within-stack.ts'
import { YamlError } from './yaml-error.ts'

const defaultWidth = 80

/** Deepest nesting that is written. go-yaml has no bound of its own here; values that hold themselves end. */
const maxDepth = 1000
const encoder = new TextEncoder()

export interface StringifyOptions {
  /** `sorted` (default) as Go writes maps, `bytes` by their UTF-8 bytes, or `kept` as the objects hold them. */
  keys?: 'sorted' | 'bytes' | 'kept'
  /** Longer lines are wrapped at blanks; 80 by default. */
  width?: number
}

/** One document, ending in a newline. `undefined` fields are left out; bigint writes all its digits. Throws YamlError. */
export function stringify(value: unknown, options: StringifyOptions = {}): string {
  return stringifyDocuments([value], options)
}

/** Several documents, joined by `---` lines. Throws YamlError. */
export function stringifyDocuments(values: readonly unknown[], options: StringifyOptions = {}): string {
  const writer = new Writer(orders[options.keys ?? 'sorted'], options.width ?? defaultWidth)
  for (const [index, value] of values.entries()) {
    if (index > 0) writer.parts.push('---\n')
    withinStack(maxDepth, () => writer.value(value, -2, 'root', 0))
  }
  return writer.text
}

type KeyOrder = (a: string, b: string) => number

const orders: Record<'sorted' | 'bytes' | 'kept', KeyOrder | undefined> = {
  sorted: compareKeys,
  bytes: compareCodePoints,
  kept: undefined,
}

/** Where a value stands: at the root, after `key:`, after `- `, or after the `: ` of an explicit key. */
type Place = 'root' | 'key' | 'item' | 'explicit'

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: object): value is Fields => !Array.isArray(value)

/** Keys of a mapping that are sorted by insertion. */
const few = 16

class Writer {
  /** Joined at the end: adding to one text, bit by bit, costs much more. */
  readonly parts: string[] = []
  private readonly order: KeyOrder | undefined
  private readonly width: number
  private readonly keyTexts = new Map<string, string | undefined>()
  private readonly pads: string[] = []
  private depth = 0

  constructor(order: KeyOrder | undefined, width: number) {
    this.order = order
    this.width = width
  }

  get text(): string {
    return this.parts.join('')
  }

  /** Writes a value and the newline after it. `indent` is that of the collection the value is in; `column` is where the line stands. */
  value(value: unknown, indent: number, place: Place, column: number): void {
    if (value instanceof SourceScalar) {
      this.value(value.value, indent, place, column)
    } else if (typeof value === 'string') {
      this.scalar(value, indent, place, column)
    } else if (value === null || value === undefined) {
      this.word('null', place)
    } else if (typeof value === 'object') {
      if (++this.depth > maxDepth) throw new YamlError(depthReason(maxDepth))
      if (Array.isArray(value)) this.sequence(value, indent, place)
      else if (isFields(value)) this.mapping(value, indent, place)
      this.depth--
    } else if (typeof value === 'number') {
      this.word(numberText(value), place)
    } else if (typeof value === 'boolean' || typeof value === 'bigint') {
      this.word(String(value), place)
    } else throw new YamlError(`cannot write a ${typeof value}`)
  }

  private word(text: string, place: Place): void {
    this.parts.push(place === 'key' ? ` ${text}\n` : `${text}\n`)
  }

  private sequence(items: readonly unknown[], indent: number, place: Place): void {
    if (items.length === 0) {
      this.word('[]', place)
      return
    }
    const own = place === 'key' ? indent : indent + 2
    const pad = this.blanks(own)
    if (place === 'key') this.parts.push('\n')
    for (let at = 0; at < items.length; at++) {
      if (at > 0 || (place !== 'item' && place !== 'explicit')) this.parts.push(pad)
      this.parts.push('- ')
      this.value(items[at], own, 'item', own + 2)
    }
  }

  private mapping(fields: Fields, indent: number, place: Place): void {
    const keys = this.keysOf(fields)
    if (keys.length === 0) {
      this.word('{}', place)
      return
    }
    const own = indent + 2
    const pad = this.blanks(own)
    if (place === 'key') this.parts.push('\n')
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at] ?? ''
      const item = fields[key]
      if (at > 0 || (place !== 'item' && place !== 'explicit')) this.parts.push(pad)
      const text = this.keyText(key)
      if (text === undefined) {
        this.parts.push('? ')
        this.scalar(key, own, 'explicit', own + 2)
        this.parts.push(`${pad}: `)
        this.value(item, own, 'explicit', own + 2)
      } else {
        this.parts.push(text)
        this.value(item, own, 'key', own + text.length)
      }
    }
  }

  /** Those with a value, in order. */
  private keysOf(fields: Fields): string[] {
    const keys = Object.keys(fields)
    let count = 0
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at] ?? ''
      if (fields[key] !== undefined) keys[count++] = key
    }
    keys.length = count
    const { order } = this
    if (order === undefined) return keys
    if (count > few) return keys.sort(order)
    // Most are few, and in order already: no copy of them is made as by the engine's own sorting.
    for (let end = 1; end < count; end++) {
      const key = keys[end] ?? ''
      let at = end
      for (; at > 0 && order(keys[at - 1] ?? '', key) > 0; at--) keys[at] = keys[at - 1] ?? ''
      keys[at] = key
    }
    return keys
  }

  private blanks(count: number): string {
    this.pads[count] ??= ' '.repeat(count)
    return this.pads[count] ?? ''
  }

  /** The key and its colon as they are written on one line, undefined when it needs the explicit form. */
  private keyText(key: string): string | undefined {
    let text = this.keyTexts.get(key)
    if (text === undefined && !this.keyTexts.has(key)) {
      const simple = !/[\n\r\u0085\u2028\u2029]/.test(key) && (key.length <= 42 || encoder.encode(key).length <= 128)
      text = simple ? `${flat(key, scalarStyle(key, true))}:` : undefined
      this.keyTexts.set(key, text)
    }
    return text
  }

  private scalar(given: string, around: number, place: Place, column: number): void {
    // What is no UTF-8 does not survive Go's way through JSON.
    const text = given.isWellFormed() ? given : given.toWellFormed()
    const style = scalarStyle(text, false)
    // At the root further lines are indented, too: for go-yaml a scalar opens a level of its own.
    const indent = place === 'root' ? 0 : around
    if (place === 'key') {
      this.parts.push(' ')
      column++
    }
    if (style === 'literal') {
      this.literal(text, indent)
    } else if (style === 'single' && separators.test(text)) {
      this.parts.push(`${flat(indented(text, indent + 2), style)}\n`)
    } else if (!text.includes(' ') || text.startsWith('\ufeff') || column + flat(text, style).length <= this.width) {
      this.parts.push(`${flat(text, style)}\n`)
    } else {
      this.parts.push(`${wrapped(text, style, indent + 2, column, this.width)}\n`)
    }
  }

  private literal(text: string, indent: number): void {
    const own = ' '.repeat(indent + 2)
    const hint = /^[ \n\r\u0085\u2028\u2029]/.test(text) ? '2' : ''
    const chomp = !/[\n\u2028\u2029]$/.test(text)
      ? '-'
      : /(?:^|[\n\u2028\u2029])[\n\u2028\u2029]$/.test(text)
        ? '+'
        : ''
    const lines = text.split('\n')
    if (text.endsWith('\n')) lines.pop()
    this.parts.push(`|${hint}${chomp}\n`)
    // Such a break at the end is the end of the line, too.
    const end = /[\u2028\u2029]$/.test(text) ? '' : '\n'
    for (const [at, line] of lines.entries()) {
      const pad = /^(?:$|[\u2028\u2029])/.test(line) ? '' : own
      this.parts.push(`${pad}${indented(line, own.length)}${at < lines.length - 1 ? '\n' : end}`)
    }
  }
}

/** Line breaks in go-yaml's eyes that it writes as they are. */
const separators = /[\u2028\u2029]/

/** After such a break go-yaml indents, as after any other. */
function indented(text: string, indent: number): string {
  return separators.test(text) ? text.replace(/[\u2028\u2029]+(?=[^\u2028\u2029])/g, `$&${' '.repeat(indent)}`) : text
}

/** Numbers as Go writes a float64 that came through JSON: all digits where it is a 64-bit integer, else the shortest `%g`. */
function numberText(value: number): string {
  if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 64) {
    return String(value === 0 ? 0 : value)
  }
  return goFloatText(value)
}

/** A float64 as Go's `%g` writes it with as few digits as it needs. */
export function goFloatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf'
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (value === 0 || (exponent >= -4 && exponent < 6)) return String(value)
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

function flat(text: string, style: ScalarStyle): string {
  switch (style) {
    case 'single':
      return `'${text.replaceAll("'", "''")}'`
    case 'double':
      return `"${escaped(text)}"`
    default:
      return text
  }
}

/** Wraps as the emitter does: a single blank becomes a line break once the column is past the width. */
function wrapped(text: string, style: ScalarStyle, indent: number, start: number, width: number): string {
  const pad = `\n${' '.repeat(indent)}`
  const quote = style === 'single' ? "'" : style === 'double' ? '"' : ''
  let out = quote
  let column = start + quote.length
  let spaces = false
  const last = text.length - 1
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    if (char === ' ') {
      const inner = quote === '' || (i > 0 && i < last)
      const nextSpace = text[i + 1] === ' '
      if (!spaces && column > width && inner && (style === 'double' || !nextSpace)) {
        out += pad
        column = indent
        if (nextSpace) {
          out += '\\'
          column++
        }
      } else {
        out += ' '
        column++
      }
      spaces = true
      continue
    }
    spaces = false
    const code = text.codePointAt(i) ?? 0
    const whole = code > 0xffff ? text.slice(i, i + 2) : char
    const written = style === 'double' ? escaped(whole) : style === 'single' && char === "'" ? "''" : whole
    if (code > 0xffff) i++
    out += written
    column += code > 0xffff && style !== 'double' ? 1 : written.length
  }
  return out + quote
}

const shortEscapes = new Map<number, string>([
  [0x00, '\\0'],
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x1b, '\\e'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
  [0x85, '\\N'],
  [0x2028, '\\L'],
  [0x2029, '\\P'],
])

function escaped(text: string): string {
  // A text that begins with a byte order mark gets every character escaped: go-yaml looks for the mark in the wrong place.
  if (text.startsWith('\ufeff')) return text.replace(/./gsu, char => (char === '\u00a0' ? '\\_' : escapedChar(char)))
  if (/^[ !#-[\]-~]*$/.test(text)) return text
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be escaped
  const mustEscape = /[\x00-\x1f"\\\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|[\u{10000}-\u{10ffff}]|\p{Cs}/gu
  return text.replace(mustEscape, escapedChar)
}

function escapedChar(char: string): string {
  const code = char.codePointAt(0) ?? 0
  const short = shortEscapes.get(code)
  if (short !== undefined) return short
  const hex = code.toString(16).toUpperCase()
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
