/** What a schema finds wrong with a value, as a tree, and the lines in which Helm prints it. */
import { escaped } from './json-pointer.ts'
import { quoted } from './value-text.ts'

/** The steps from the root of the values, the last one first. */
export type Place = { step: string; above: Place } | undefined

export interface Problem {
  /** A group says nothing of its own; a reference leads to what is wrong by `$ref` or its like. */
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
