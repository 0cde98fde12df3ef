/** Go's regular expressions, in schemas and as the format `regex`. None runs for ever, but some run long. */
import { goQuote } from '@sluice/template'
import { RE2JS } from 're2js'
import { HelmError } from '../helm-error.ts'
import type { Budget } from './budget.ts'

export interface Pattern {
  text: string
  matches(text: string, budget: Budget): boolean
}

/** Instructions of a pattern times characters of a text that count for a step. */
const workPerStep = 2000

/** `address` is the place of the pattern's keyword. Throws HelmError for what is no pattern. */
export function compilePattern(text: string, address: string): Pattern {
  const problem = patternProblem(text)
  if (problem !== undefined) throw new HelmError(`invalid regex ${goQuote(text)} at ${goQuote(address)}: ${problem}`)
  const compiled = RE2JS.compile(text)
  return {
    text,
    matches: (subject, budget) => {
      budget.spend(Math.ceil((compiled.programSize() * subject.length) / workPerStep))
      return compiled.matcher(subject).find()
    },
  }
}

/** What is wrong with a regular expression; undefined when nothing is. */
export function patternProblem(text: string): string | undefined {
  try {
    RE2JS.compile(text)
    return undefined
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/^error parsing regexp: /, '')
    // Go goes on to quote what is left of the pattern, which is nothing.
    const rest = reason.endsWith('trailing backslash at end of expression') ? ': ``' : ''
    return `error parsing regexp: ${reason}${rest}`
  }
}
