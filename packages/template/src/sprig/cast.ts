/** Loose conversions to numbers and texts, as spf13/cast and sprig's strval do them. */
import { printValue } from '../go-print.ts'
import { goString } from '../go-string.ts'
import { isMap, kindOf, lengthOf, listOf, typeName, withGoType } from '../go-value.ts'
import { wholeNumber } from '../int64.ts'
import { integer } from '../parse-number.ts'

/** A list that Go holds as []string. */
export const stringList = (items: string[]): string[] => withGoType(items, '[]string')

export const wrap64 = (value: bigint): bigint => BigInt.asIntN(64, value)

/** cast.ToInt64: what is no number is 0. */
export function toInt64(value: unknown): bigint {
  const whole = wholeNumber(value)
  if (whole !== undefined) return whole
  if (typeof value === 'number') return Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n)
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value !== 'string') return 0n
  const parsed = integer(value.replace(/^([+-]?[0-9]+)\.0+$/, '$1'))
  return parsed !== undefined && parsed === wrap64(parsed) ? parsed : 0n
}

export function toFloat64(value: unknown): number {
  if (typeof value === 'number') return value
  const whole = wholeNumber(value)
  if (whole !== undefined) return Number(whole)
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'string') return 0
  const special = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(value)
  if (special) return special[2] ? (special[1] === '-' ? -Infinity : Infinity) : Number.NaN
  const plain = value.replace(/(?<=[0-9])_(?=[0-9])/g, '')
  return /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(plain) ? Number(plain) : 0
}

/** A value as text: strings and bytes as they are, everything else as `%v`. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value instanceof Uint8Array ? goString(value) : printValue(value)
}

/** The texts of a list without its nils; one text for what is no list. */
export function textsOf(value: unknown): string[] {
  if (value == null) return []
  if (kindOf(value) !== 'slice') return [textOf(value)]
  return listOf(value)
    .filter(item => item != null)
    .map(textOf)
}

/** What sprig takes for empty. */
export function empty(value: unknown): boolean {
  switch (kindOf(value)) {
    case 'invalid':
      return true
    case 'string':
      return value === ''
    case 'bool':
      return value === false
    case 'int':
    case 'int64':
      return wholeNumber(value) === 0n
    case 'float64':
      return value === 0
    case 'slice':
    case 'map':
      return lengthOf(value) === 0
    default:
      return false
  }
}

/** The name reflect has for the kind of a value. */
export function kindName(value: unknown): string {
  const kind = kindOf(value)
  return kind === 'struct' && typeName(value).startsWith('*') ? 'ptr' : kind
}

/** A list argument; the error names what the function could not do. */
export function listArgument(value: unknown, action: string): readonly unknown[] {
  if (value == null) throw new Error('runtime error: invalid memory address or nil pointer dereference')
  if (kindOf(value) !== 'slice') throw new Error(`Cannot ${action} type ${kindName(value)}`)
  return listOf(value)
}

/** Largest text that one call may make, in characters; a list counts eight for an item. */
const largest = 16 * 1024 * 1024

export function bounded(size: number): number {
  if (size > largest) throw new Error(`the result would be larger than ${largest}`)
  return size
}

/** Longest text that is read as YAML, JSON or TOML, in characters. */
const longest = 8 * 1024 * 1024

export function readable(text: string): void {
  if (text.length > longest) throw new Error(`the text has ${text.length} characters, more than ${longest}`)
}

/** A number argument that the signature has checked. */
export const intOf = (value: unknown): number => (typeof value === 'bigint' ? Number(value) : 0)
export const stringOf = (value: unknown): string => (typeof value === 'string' ? value : '')
export const mapOf = (value: unknown) => (isMap(value) ? value : {})
