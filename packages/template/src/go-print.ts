/** Go's fmt package for our values: Sprint, Sprintln, Sprintf with all flags and verbs that make sense for them. */
import { floatText, formatFloat } from './go-float.ts'
import { goBytes, goQuote } from './go-string.ts'
import { isMap, isObject, kindOf, listOf, mapGet, methodOf, sortedEntries, typeName } from './go-value.ts'
import { Int64, wholeNumber } from './int64.ts'
import { visit } from './visit.ts'

/** `%v`. */
export function printValue(value: unknown, depth = 0): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      return floatText(value)
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'undefined':
      return '<nil>'
    case 'function':
      return '0x0'
    case 'object':
      break
    default:
      return String(value)
  }
  if (value === null) return '<nil>'
  if (value instanceof Int64) return String(value.value)
  if (depth > 500) throw new Error('value is nested too deeply')
  visit(depth)
  const own = methodOf(value, 'Error') ?? methodOf(value, 'String')
  if (own) return String(own())
  if (Array.isArray(value)) return `[${value.map(item => printValue(item, depth + 1)).join(' ')}]`
  if (value instanceof Uint8Array) return bytesText(value)
  if (isMap(value)) {
    const entries = sortedEntries(value)
    return `map[${entries.map(([key, item]) => `${printValue(key)}:${printValue(item, depth + 1)}`).join(' ')}]`
  }
  return `{${Object.values(value)
    .map(item => printValue(item, depth + 1))
    .join(' ')}}`
}

/** Bytes as their numbers. Charts that print all they have by mistake (a context as the key of a dictionary) have megabytes of them. */
function bytesText(bytes: Uint8Array): string {
  const out = Buffer.allocUnsafe(2 + bytes.length * 4)
  let end = 0
  out[end++] = 0x5b
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (at > 0) out[end++] = 0x20
    // Divisions by 100 and 10 of such small numbers, in whole numbers.
    const hundreds = (byte * 41) >> 12
    const tens = ((byte - hundreds * 100) * 103) >> 10
    if (hundreds > 0) out[end++] = 0x30 + hundreds
    if (byte >= 10) out[end++] = 0x30 + tens
    out[end++] = 0x30 + byte - hundreds * 100 - tens * 10
  }
  out[end++] = 0x5d
  return out.toString('latin1', 0, end)
}

/** fmt.Sprint: a space between two operands of which none is a string. */
export function sprint(args: readonly unknown[]): string {
  let out = ''
  for (const [index, arg] of args.entries()) {
    if (index > 0 && typeof arg !== 'string' && typeof args[index - 1] !== 'string') out += ' '
    out += printValue(arg)
  }
  return out
}

export const sprintln = (args: readonly unknown[]): string => `${args.map(arg => printValue(arg)).join(' ')}\n`

interface Flags {
  plus: boolean
  minus: boolean
  sharp: boolean
  space: boolean
  zero: boolean
  width: number | undefined
  precision: number | undefined
}

/** Widest field; Go refuses more, too. */
const widest = 1e6

/** fmt.Sprintf. */
export function sprintf(format: string, args: readonly unknown[]): string {
  let out = ''
  let next = 0
  let reordered = false
  for (let at = 0; at < format.length; ) {
    const percent = format.indexOf('%', at)
    if (percent < 0) {
      out += format.slice(at)
      break
    }
    out += format.slice(at, percent)
    at = percent + 1
    const flags: Flags = {
      plus: false,
      minus: false,
      sharp: false,
      space: false,
      zero: false,
      width: undefined,
      precision: undefined,
    }
    for (; at < format.length; at++) {
      const flag = format[at]
      if (flag === '+') flags.plus = true
      else if (flag === '-') flags.minus = true
      else if (flag === '#') flags.sharp = true
      else if (flag === ' ') flags.space = true
      else if (flag === '0') flags.zero = true
      else break
    }
    let badIndex = false
    const position = (): void => {
      const match = /^\[(?:([^\]]*)\])?/.exec(format.slice(at))
      if (!match) return
      reordered = true
      at += match[0].length
      const wanted = Number(match[1]) - 1
      if (!/^[0-9]+$/.test(match[1] ?? '') || wanted < 0 || wanted >= args.length) badIndex = true
      else next = wanted
    }
    const number = (): number | string | undefined => {
      position()
      if (format[at] === '*') {
        at++
        const value = wholeNumber(args[next++])
        if (value === undefined || value > widest || value < -widest) return 'bad'
        return Number(value)
      }
      const digits = /^[0-9]+/.exec(format.slice(at, at + 8))?.[0]
      if (digits === undefined) return undefined
      at += digits.length
      return Number(digits) > widest ? undefined : Number(digits)
    }
    const width = number()
    if (width === 'bad') out += '%!(BADWIDTH)'
    else if (typeof width === 'number') {
      flags.width = Math.abs(width)
      if (width < 0) flags.minus = true
    }
    if (format[at] === '.') {
      at++
      const precision = number()
      if (precision === 'bad' || (typeof precision === 'number' && precision < 0)) out += '%!(BADPREC)'
      else flags.precision = typeof precision === 'number' ? precision : 0
    }
    position()
    if (flags.minus) flags.zero = false
    const code = format.codePointAt(at)
    if (code === undefined) {
      out += '%!(NOVERB)'
      break
    }
    const verb = String.fromCodePoint(code)
    at += verb.length
    if (verb === '%') out += '%'
    else if (badIndex) out += `%!${verb}(BADINDEX)`
    else if (next >= args.length) out += `%!${verb}(MISSING)`
    else out += formatVerb(args[next++], verb, flags)
  }
  if (!reordered && next < args.length) {
    const extra = args.slice(next).map(arg => (arg == null ? '<nil>' : `${typeName(arg)}=${printValue(arg)}`))
    out += `%!(EXTRA ${extra.join(', ')})`
  }
  return out
}

function pad(text: string, flags: Flags, zero = false): string {
  if (flags.width === undefined) return text
  const missing = flags.width - [...text].length
  if (missing <= 0) return text
  if (flags.minus) return text + ' '.repeat(missing)
  if (!zero) return ' '.repeat(missing) + text
  const sign = /^[+\- ]/.exec(text)?.[0] ?? ''
  return sign + '0'.repeat(missing) + text.slice(sign.length)
}

const bad = (value: unknown, verb: string, flags: Flags): string =>
  value == null ? `%!${verb}(<nil>)` : `%!${verb}(${typeName(value)}=${formatVerb(value, 'v', flags)})`

function formatVerb(value: unknown, verb: string, flags: Flags, nested = false): string {
  if (verb === 'T') return pad(value == null ? '<nil>' : typeName(value), flags)
  visit(nested ? 1 : 0)
  if (value == null) return nested ? '<nil>' : verb === 'v' ? pad('<nil>', flags) : bad(value, verb, flags)
  if (verb === 'v' && flags.sharp) return goSyntax(value)
  const own = 'vsxXq'.includes(verb) ? (methodOf(value, 'Error') ?? methodOf(value, 'String')) : undefined
  if (own) return formatText(String(own()), verb, flags)
  switch (kindOf(value)) {
    case 'string':
      return formatText(String(value), verb, flags)
    case 'bool':
      return verb === 'v' || verb === 't' ? pad(String(value), flags, flags.zero) : bad(value, verb, flags)
    case 'int':
    case 'int64':
      return formatInt(value, verb, flags)
    case 'float64':
      return typeof value === 'number' ? formatNumber(value, verb, flags) : ''
    case 'slice': {
      if (value instanceof Uint8Array && 'sxXq'.includes(verb))
        return formatText(Buffer.from(value).toString('utf8'), verb, flags)
      return `[${listOf(value)
        .map(item => formatVerb(item, verb, flags, true))
        .join(' ')}]`
    }
    case 'map':
      if (!isMap(value)) return ''
      return `map[${sortedEntries(value)
        .map(([key, item]) => `${formatVerb(key, verb, flags)}:${formatVerb(item, verb, flags, true)}`)
        .join(' ')}]`
    case 'struct':
      return `{${(isObject(value) ? Object.entries(value) : [])
        .map(([name, item]) => (flags.plus ? `${name}:` : '') + formatVerb(item, verb, flags, true))
        .join(' ')}}`
    default:
      return bad(value, verb, flags)
  }
}

function formatText(text: string, verb: string, flags: Flags): string {
  const cut = flags.precision === undefined ? text : [...text].slice(0, flags.precision).join('')
  switch (verb) {
    case 'v':
    case 's':
      return pad(cut, flags, flags.zero)
    case 'q':
      return pad(flags.sharp && !/[`\n\r]/.test(cut) ? `\`${cut}\`` : goQuote(cut, flags.plus), flags)
    case 'x':
    case 'X': {
      const bytes = goBytes(text).subarray(0, flags.precision)
      const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0'))
      const prefix = flags.sharp ? '0x' : ''
      const joined = flags.space ? hex.map(pair => prefix + pair).join(' ') : hex.length ? prefix + hex.join('') : ''
      return pad(verb === 'X' ? joined.toUpperCase() : joined, flags)
    }
    default:
      return bad(text, verb, flags)
  }
}

const bases: Record<string, number> = { d: 10, v: 10, b: 2, o: 8, O: 8, x: 16, X: 16 }
const prefixes: Record<string, string> = { b: '0b', o: '0', x: '0x', X: '0X' }

function formatInt(number: unknown, verb: string, flags: Flags): string {
  const value = wholeNumber(number) ?? 0n
  if (verb === 'c') return pad(codePoint(value), flags)
  if (verb === 'q') return pad(goQuote(codePoint(value), flags.plus, "'"), flags)
  if (verb === 'U') {
    const name = `U+${value.toString(16).toUpperCase().padStart(4, '0')}`
    return pad(flags.sharp ? `${name} '${codePoint(value)}'` : name, flags)
  }
  const base = bases[verb]
  if (base === undefined) return bad(number, verb, flags)
  const negative = value < 0n
  let digits = (negative ? -value : value).toString(base)
  if (verb === 'X') digits = digits.toUpperCase()
  if (flags.precision !== undefined) {
    if (flags.precision === 0 && value === 0n) return pad('', flags)
    digits = digits.padStart(flags.precision, '0')
  }
  const sign = negative ? '-' : flags.plus ? '+' : flags.space ? ' ' : ''
  const prefix = verb === 'O' ? '0o' : flags.sharp ? (prefixes[verb] ?? '') : ''
  if (flags.zero && flags.precision === undefined && flags.width !== undefined)
    digits = digits.padStart(flags.width - sign.length, '0')
  return pad(sign + prefix + digits, flags)
}

const codePoint = (value: bigint): string =>
  value >= 0n && value <= 0x10ffffn ? String.fromCodePoint(Number(value)) : '\ufffd'

function formatNumber(value: number, verb: string, flags: Flags): string {
  const lower = verb.toLowerCase()
  const style = lower === 'v' ? 'g' : lower
  if (style !== 'e' && style !== 'f' && style !== 'g') return bad(value, verb, flags)
  if (verb === 'V') return bad(value, verb, flags)
  const precision = flags.precision ?? (style === 'g' ? -1 : 6)
  let text = formatFloat(value, style, precision)
  if (verb === 'E' || verb === 'G') text = text.toUpperCase().replace('INF', 'Inf').replace('NAN', 'NaN')
  if (text.startsWith('+') && !flags.plus) text = text.slice(text === '+Inf' ? 0 : 1)
  else if (!/^[+-]/.test(text)) text = (flags.plus ? '+' : flags.space ? ' ' : '') + text
  return pad(text, flags, flags.zero && Number.isFinite(value))
}

/** `%#v`. */
function goSyntax(value: unknown): string {
  switch (kindOf(value)) {
    case 'string':
      return goQuote(String(value))
    case 'slice':
      if (value instanceof Uint8Array)
        return `[]byte{${Array.from(value, byte => `0x${byte.toString(16)}`).join(', ')}}`
      return `[]interface {}{${listOf(value).map(goSyntax).join(', ')}}`
    case 'map':
      if (!isMap(value)) return ''
      return `map[string]interface {}{${sortedEntries(value)
        .map(([key]) => `${goSyntax(key)}:${goSyntax(mapGet(value, String(key)))}`)
        .join(', ')}}`
    case 'invalid':
      return 'interface {}(nil)'
    default:
      return printValue(value)
  }
}
