/**
 * Go's regular expressions (RE2: linear time, no look-around or back-references) for selectors and image names. Texts without special characters, which nearly
 * all are, are compared as they are.
 */
import { RE2JS } from 're2js'
import { KustomizeError } from './kustomize-error.ts'

export type Matcher = (text: string) => boolean

const literal = /^[A-Za-z0-9_\-/:@ ,=<>"'~%&!]*$/

/** Matches whole texts, as `^(?:pattern)$`. The empty pattern matches everything. Throws when the pattern is invalid. */
export function anchored(pattern: string): Matcher {
  if (pattern === '') return () => true
  if (literal.test(pattern)) return text => text === pattern
  const compiled = compile(`^(?:${pattern})$`)
  return text => compiled.matcher(text).find()
}

/** Matches anywhere in a text. */
export function unanchored(pattern: string): Matcher {
  if (literal.test(pattern)) return text => text.includes(pattern)
  const compiled = compile(pattern)
  return text => compiled.matcher(text).find()
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    throw new KustomizeError(`error parsing regexp: ${error instanceof Error ? error.message : String(error)}`)
  }
}
