/** `duration` of ISO 8601, as RFC 3339 spells it out. */
import { quotedRune } from '../value-text.ts'

export function duration(text: string): string | undefined {
  if (!text.startsWith('P')) return 'must start with P'
  const rest = text.slice(1)
  if (rest === '') return 'nothing after P'
  if (rest.endsWith('W')) {
    if (rest === 'W') return 'no number in week'
    return /^\d+W$/.test(rest) ? undefined : 'invalid week'
  }
  for (const [index, part] of rest.split('T').entries()) {
    if (index > 0 && part === '') return 'no time elements'
    const all = ['YMD', 'HMS'][index]
    if (all === undefined) return 'more than one T'
    const problem = durationPart(part, all)
    if (problem !== undefined) return problem
  }
  return undefined
}

function durationPart(part: string, all: string): string | undefined {
  let units = all
  for (let rest = part; rest !== ''; ) {
    const digits = /^\d*/.exec(rest)?.[0] ?? ''
    if (digits === '') return 'missing number'
    const unit = rest.charAt(digits.length)
    if (unit === '') return 'missing unit'
    if (!units.includes(unit))
      return all.includes(unit) ? `unit ${quotedRune(unit)} out of order` : `invalid unit ${quotedRune(unit)}`
    units = units.slice(units.indexOf(unit) + 1)
    rest = rest.slice(digits.length + 1)
  }
  return undefined
}
