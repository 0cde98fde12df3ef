/** How names, values and numbers read in problems: numbers as golang.org/x/text/message prints them in English. */
import { goQuote } from '@sluice/template'

/** As the library quotes: it takes the backslash before its closing mark, too, for one that hides a quote. */
export const quoted = (text: string): string =>
  `'${goQuote(text).replaceAll('\\"', '"').replaceAll("'", "\\'").slice(1, -1)}'`

/** `%q` of a rune. */
export const quotedRune = (char: string): string => goQuote(char, false, "'")

export const allQuoted = (texts: readonly string[]): string => texts.map(quoted).join(', ')

/** A value that is no list and no table. */
export const isPrimitive = (value: unknown): boolean => typeof value !== 'object' || value === null

export function primitiveText(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  return value === null ? '<nil>' : String(value)
}

/** A whole number in groups of three digits. Node's own formatting takes a thousand times as long. */
export const wholeText = (value: number): string => String(value).replace(/\B(?=(?:\d{3})+$)/g, ',')

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** `%v` of a float64. */
export function floatText(value: number): string {
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (value === 0 || (power >= -4 && power < 6)) {
    const [before = '', after] = String(value).split('.')
    if (after === undefined) return wholeText(value)
    return `${wholeText(Number(before))}.${after}`.replace(/^0/, value < 0 ? '-0' : '0')
  }
  const digits = String(Math.abs(power)).padStart(2, '0')
  return `${mantissa}×10${power < 0 ? '⁻' : ''}${digits.replace(/\d/g, digit => superscripts.charAt(Number(digit)))}`
}
