/** Reads a number or character constant of a template: what it is as an integer and as a float, as Go's untyped constants. */
import { goQuote, goUnquote } from './go-string.ts'

interface ParsedNumber {
  int?: bigint
  float?: number
  /** An integer that only fits without sign. */
  overflow?: boolean
}

const underscores = /^[+-]?(?:0[xXoObB]_?|)(?:[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)$/

/** The values, or what is wrong with the text. */
export function parseNumber(text: string): ParsedNumber | string {
  if (text.startsWith("'")) {
    const char = goUnquote(text)
    if (char === undefined || [...char].length !== 1) return `malformed character constant: ${text}`
    const code = char.codePointAt(0) ?? 0
    return { int: BigInt(code), float: code }
  }
  const whole = integer(text)
  if (whole !== undefined) {
    if (whole >= -(2n ** 63n) && whole < 2n ** 63n) return { int: whole, float: Number(whole) }
    if (whole >= 0n && whole < 2n ** 64n) return { float: Number(whole), overflow: true }
    return `integer overflow: ${goQuote(text)}`
  }
  const float = floating(text)
  if (float === undefined) return `bad number syntax: ${goQuote(text)}`
  if (!/[.eEpP]/.test(text)) return `integer overflow: ${goQuote(text)}`
  return Number.isInteger(float) && Math.abs(float) < 2 ** 63 ? { float, int: BigInt(float) } : { float }
}

/** strconv.ParseInt with base 0: prefixes, a leading 0 is octal, underscores between digits. */
export function integer(text: string): bigint | undefined {
  if (text.includes('_') && !underscores.test(text)) return undefined
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[1-9][0-9]*|0)$/.exec(text.replaceAll('_', ''))
  const digits = match?.[2]
  if (match === null || digits === undefined) return undefined
  const plain = /^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits
  return match[1] === '-' ? -BigInt(plain) : BigInt(plain)
}

function floating(text: string): number | undefined {
  const plain = text.replaceAll('_', '')
  const hex = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([+-]?[0-9]+)$/.exec(plain)
  if (hex) {
    const digits = `${hex[2]}${hex[3] ?? ''}`
    if (digits === '') return undefined
    const value = Number.parseInt(digits, 16) * 2 ** (Number(hex[4]) - 4 * (hex[3]?.length ?? 0))
    return hex[1] === '-' ? -value : value
  }
  if (!/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(plain)) return undefined
  const value = Number(plain)
  return Number.isFinite(value) ? value : undefined
}
