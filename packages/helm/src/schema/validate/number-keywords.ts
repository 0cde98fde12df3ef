/** The keywords for numbers. */
import { floatText } from '../value-text.ts'
import type { Validation } from './validate.ts'

export function numberKeywords(validation: Validation, value: number | bigint): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = validation.schema
  const breach = (keyword: string, wanted: number): void =>
    validation.tell(`${keyword}: got ${floatText(Number(value))}, want ${floatText(wanted)}`)
  if (minimum !== undefined && value < minimum) breach('minimum', minimum)
  if (maximum !== undefined && value > maximum) breach('maximum', maximum)
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) breach('exclusiveMinimum', exclusiveMinimum)
  if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) breach('exclusiveMaximum', exclusiveMaximum)
  if (multipleOf !== undefined && !isMultiple(Number(value), multipleOf)) breach('multipleOf', multipleOf)
}

/** Of decimal numbers as they are written: 0.3 is three times 0.1. */
function isMultiple(value: number, of: number): boolean {
  const [a, b] = [decimals(value), decimals(of)]
  const places = Math.max(a.places, b.places)
  const divisor = b.digits * 10n ** BigInt(places - b.places)
  return divisor !== 0n && (a.digits * 10n ** BigInt(places - a.places)) % divisor === 0n
}

/** The number without its point, and how many of its digits stand behind that. */
function decimals(value: number): { digits: bigint; places: number } {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e')
  const [before = '', after = ''] = mantissa.split('.')
  const places = after.length - Number(exponent)
  const digits = BigInt(before + after)
  return places < 0 ? { digits: digits * 10n ** BigInt(-places), places: 0 } : { digits, places }
}
