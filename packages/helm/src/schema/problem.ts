/**
 * What a schema finds wrong with a value, as a tree, and its words: those of the library that Helm validates with (santhosh-tekuri/jsonschema 6), which
 * prints numbers the English way.
 */
import { goQuote } from '@sluice/template'

/** The steps from the root of the values, the last one first. */
export type Place = { step: string; above: Place } | undefined

export interface Problem {
  kind: 'group' | 'reference' | 'other'
  at: Place
  text: string
  causes: Problem[]
}

/** A line each, those below one indented under it. */
export function problemLines(problems: readonly Problem[], indent = ''): string[] {
  return problems.flatMap(problem => {
    // A reference says nothing of its own, unless it stands above several.
    if (problem.kind === 'reference' && problem.causes.length === 1) return problemLines(problem.causes, indent)
    const line = `${indent}- at ${quoted(pointer(problem.at))}: ${problem.text}`
    return [line, ...problemLines(problem.causes, `${indent}  `)]
  })
}

function pointer(at: Place): string {
  let text = ''
  for (let place = at; place; place = place.above) text = `/${escaped(place.step)}${text}`
  return text
}

export const escaped = (step: string): string => step.replaceAll('~', '~0').replaceAll('/', '~1')

export const quoted = (text: string): string =>
  `'${goQuote(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`

export const allQuoted = (texts: readonly string[]): string => texts.map(quoted).join(', ')

export const isPrimitive = (value: unknown): boolean => typeof value !== 'object' || value === null

/** A value that is no list and no table. */
export const display = (value: unknown): string =>
  typeof value === 'string' ? quoted(value) : value === null ? '<nil>' : String(value)

/** In groups of three digits. Node's own formatting takes a thousand times as long. */
export const whole = (value: number): string => String(value).replace(/\B(?=(?:\d{3})+$)/g, ',')

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** As the printer of golang.org/x/text has `%v` of a float64. */
export function decimal(value: number): string {
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (value === 0 || (power >= -4 && power < 6)) {
    const [before = '', after] = String(value).split('.')
    return after === undefined
      ? whole(value)
      : `${whole(Number(before))}.${after}`.replace(/^0/, value < 0 ? '-0' : '0')
  }
  const digits = String(Math.abs(power)).padStart(2, '0')
  return `${mantissa}×10${power < 0 ? '⁻' : ''}${digits.replace(/\d/g, digit => superscripts.charAt(Number(digit)))}`
}
