/**
 * What an unquoted scalar means, by go-yaml's tables. Two dialects exist: `1.1` is go-yaml v2 as sigs.k8s.io/yaml uses it (`yes` is a
 * boolean; dates stay strings), `1.2` is go-yaml v3 as kustomize uses it (`yes` is a string; dates become RFC 3339 times).
 */
export type Dialect = '1.1' | '1.2'

export type PlainValue = string | number | bigint | boolean | null

const words12 = new Map<string, PlainValue>([
  ['', null],
  ['~', null],
  ['null', null],
  ['Null', null],
  ['NULL', null],
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
  ['.nan', Number.NaN],
  ['.NaN', Number.NaN],
  ['.NAN', Number.NaN],
  ['.inf', Infinity],
  ['.Inf', Infinity],
  ['.INF', Infinity],
  ['+.inf', Infinity],
  ['+.Inf', Infinity],
  ['+.INF', Infinity],
  ['-.inf', -Infinity],
  ['-.Inf', -Infinity],
  ['-.INF', -Infinity],
])

const words11 = new Map<string, PlainValue>(words12)
for (const word of ['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON']) words11.set(word, true)
for (const word of ['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF']) words11.set(word, false)

const based = /^([-+]?)0(?:[xX]([0-9a-fA-F]+)|[bB]([01]+)|[oO]?([0-7]+))$/
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
/** Go itself reads these, and takes underscores between digits only. */
const dotFloat = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/
const timestamp =
  /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:([Tt])| )([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]+))?(Z|[-+][0-9]{2}:[0-9]{2})?)?$/

/** The value of an unquoted scalar; the text itself when it is a string. Infinity and NaN are returned as such. */
export function resolvePlain(text: string, dialect: Dialect): PlainValue {
  const first = text.charCodeAt(0)
  // Letters that begin no word of the tables, which is nearly every string.
  if (first >= 0x30 && first <= 0x39) return resolveNumber(text, dialect)
  if (first === 0x2d || first === 0x2b) {
    const word = words12.get(text)
    return word === undefined ? resolveNumber(text, dialect) : word
  }
  if (text.length > 5) {
    if (first === 0x2e && dotFloat.test(text)) return finite(Number(text.replaceAll('_', '')), text)
    return text
  }
  const word = (dialect === '1.1' ? words11 : words12).get(text)
  if (word !== undefined) return word
  if (first === 0x2e && dotFloat.test(text)) return finite(Number(text.replaceAll('_', '')), text)
  return text
}

/** Looks at characters before it asks an expression: most texts here are small numbers, sizes and versions, and making an expression takes time. */
function resolveNumber(text: string, dialect: Dialect): PlainValue {
  if (text.length < 16 && isDecimal(text)) return Number(text) || 0
  const time = text.charCodeAt(4) === 0x2d ? timestamp.exec(text) : null
  if (time) {
    const normal = normalTimestamp(time)
    if (normal !== undefined) return dialect === '1.1' ? text : normal
  }
  const plain = text.includes('_') ? text.replaceAll('_', '') : text
  if (isDecimal(plain)) {
    const integer = toInteger(BigIntOrNumber(plain), plain)
    if (integer !== undefined) return integer
  } else if (plain.charCodeAt(isSign(plain.charCodeAt(0)) ? 1 : 0) === 0x30) {
    const parts = based.exec(plain)
    if (parts) {
      const [, sign, hex, binary, octal] = parts
      const magnitude = BigInt(hex ? `0x${hex}` : binary ? `0b${binary}` : `0o${octal}`)
      const integer = toInteger(sign === '-' ? -magnitude : magnitude, plain)
      if (integer !== undefined) return integer
    }
  }
  const last = plain.charCodeAt(plain.length - 1)
  return (isDigit(last) || last === 0x2e) && float.test(plain) ? finite(Number(plain), text) : text
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39
const isSign = (code: number): boolean => code === 0x2b || code === 0x2d

/** A sign, and digits without a zero before others. */
function isDecimal(text: string): boolean {
  const from = isSign(text.charCodeAt(0)) ? 1 : 0
  if (from === text.length || (text.charCodeAt(from) === 0x30 && from + 1 < text.length)) return false
  for (let at = from; at < text.length; at++) if (!isDigit(text.charCodeAt(at))) return false
  return true
}

function BigIntOrNumber(plain: string): bigint | number {
  return plain.length < 16 ? Number(plain) : BigInt(plain.startsWith('+') ? plain.slice(1) : plain)
}

/** A number where it is exact, a bigint up to 64 bits, undefined beyond (Go's ParseInt and ParseUint refuse it). */
function toInteger(value: bigint | number, plain: string): number | bigint | undefined {
  if (typeof value === 'number') return value === 0 ? 0 : value
  if (value >= -9007199254740991n && value <= 9007199254740991n) return Number(value)
  if (value < -9223372036854775808n || value > 18446744073709551615n) return undefined
  // ParseUint takes no sign.
  if (value > 9223372036854775807n && plain.startsWith('+')) return undefined
  return value
}

function finite(value: number, text: string): number | string {
  return Number.isFinite(value) ? value : text
}

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** RFC 3339 as Go's JSON writes a time, or undefined when it is no date. */
function normalTimestamp(parts: RegExpExecArray): string | undefined {
  const [, year, month, day, letter, hour, minute, second, fraction, zone] = parts
  const leap = Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0)
  const days = Number(month) === 2 && leap ? 29 : daysInMonth[Number(month) - 1]
  if (days === undefined || Number(day) < 1 || Number(day) > days) return undefined
  const date = `${year}-${two(month)}-${two(day)}`
  if (hour === undefined) return `${date}T00:00:00Z`
  // With a letter between date and time a zone must follow, with a blank it must not.
  if (letter ? zone === undefined : zone !== undefined) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const digits = (fraction ?? '').slice(0, 9).replace(/0+$/, '')
  return `${date}T${two(hour)}:${two(minute)}:${two(second)}${digits ? `.${digits}` : ''}${zone === undefined || zone === '+00:00' ? 'Z' : zone}`
}

function two(text: string | undefined): string {
  return (text ?? '').padStart(2, '0')
}
