/** Go's regular expressions, in schemas and as the format `regex`. They cannot be made to run for ever, but for long. */
import { RE2JS } from 're2js'
import type { Budget } from './budget.ts'

export interface Pattern {
  text: string
  matches(text: string, budget: Budget): boolean
}

/** Instructions of a pattern times characters of a text that count for a step. */
const together = 2000

/** Throws an error in Go's words. */
export function pattern(text: string): Pattern {
  const compiled = RE2JS.compile(text)
  return {
    text,
    matches: (subject, budget) => {
      budget.spend(Math.ceil((compiled.programSize() * subject.length) / together))
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
    const end = reason.endsWith('trailing backslash at end of expression') ? ': ``' : ''
    return `error parsing regexp: ${reason}${end}`
  }
}
