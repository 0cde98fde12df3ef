/**
 * Go's regular expressions (RE2: linear time, no look-around or back-references) for selectors and image names. Texts without special characters, which nearly
 * all are, are compared as they are.
 */
import { RE2JS } from 're2js'
import { KustomizeError } from './kustomize-error.ts'

export type Matcher = (text: string) => boolean

const literal = /^[A-Za-z0-9_\-/:@ ,=<>"'~%&!]*$/

/** Matches whole texts, as `^(?:pattern)$`. The empty pattern matches everything. Throws when the pattern is invalid or larger than `maxSize`. */
export function anchored(pattern: string, maxSize?: number): Matcher {
  if (pattern === '') return () => true
  if (literal.test(pattern)) return text => text === pattern
  const compiled = compiledPattern(`^(?:${pattern})$`, maxSize)
  return text => compiled.matcher(text).find()
}

/** Matches anywhere in a text. */
export function unanchored(pattern: string): Matcher {
  if (literal.test(pattern)) return text => text.includes(pattern)
  const compiled = compiledPattern(pattern)
  return text => compiled.matcher(text).find()
}

/**
 * Matching takes time by the length of the text, but compiling by the size of the expression written out, which Go lets grow large. That is taken to be
 * its length times its largest count of repetition.
 */
export function compiledPattern(pattern: string, maxSize = 20_000): RE2JS {
  let count = 1
  for (const [, least, most] of pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g))
    count = Math.max(count, Number(most || least))
  if (pattern.length * count > maxSize) {
    const shown = pattern.length > 60 ? `${pattern.slice(0, 60)}…` : pattern
    throw new KustomizeError(`error parsing regexp: expression too large: \`${shown}\``, {
      cure: `its length times its largest count of repetition may be ${maxSize}`,
    })
  }
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    throw new KustomizeError(`error parsing regexp: ${error instanceof Error ? error.message : String(error)}`)
  }
}
