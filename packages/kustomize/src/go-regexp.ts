/**
 * Go's regular expressions (RE2: linear time, no look-around or back-references) for selectors and image names. Texts without special characters, which nearly
 * all are, are compared as they are, and simple expressions are left to JavaScript. The engine for all others is loaded when one is met.
 */
import type { RE2JS } from 're2js'
import { KustomizeError } from './kustomize-error.ts'
import { SIMPLE_TEXT, simplePattern } from './simple-pattern.ts'

export type Matcher = (text: string) => boolean

/** Thrown where the engine is needed and not loaded yet: await `loadEngine` and begin anew. */
export class EngineMissing extends Error {}

let engine: typeof RE2JS | undefined

export async function loadEngine(): Promise<void> {
  engine = (await import('re2js')).RE2JS
}

const literal = /^[A-Za-z0-9_\-/:@ ,=<>"'~%&!]*$/

/** Matches whole texts, as `^(?:pattern)$`. The empty pattern matches everything. Throws when the pattern is invalid or larger than `maxSize`. */
export function anchored(pattern: string, maxSize?: number): Matcher {
  if (pattern === '') return () => true
  if (literal.test(pattern)) return text => text === pattern
  checkSize(pattern, maxSize)
  const simple = simplePattern(pattern)
  const full = `^(?:${pattern})$`
  if (!simple) return compiled(full)
  let other: Matcher | undefined
  return text => {
    if (text.length <= SIMPLE_TEXT) return simple.test(text)
    other ??= compiled(full)
    return other(text)
  }
}

/** Matches anywhere in a text. */
export function unanchored(pattern: string, maxSize?: number): Matcher {
  if (literal.test(pattern)) return text => text.includes(pattern)
  checkSize(pattern, maxSize)
  return compiled(pattern)
}

/**
 * Matching takes time by the length of the text, but compiling by the size of the expression written out, which Go lets grow large. That is taken to be
 * its length times its largest count of repetition.
 */
function checkSize(pattern: string, maxSize = 20_000): void {
  let count = 1
  for (const [, least, most] of pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g))
    count = Math.max(count, Number(most || least))
  if (pattern.length * count <= maxSize) return
  const shown = pattern.length > 60 ? `${pattern.slice(0, 60)}…` : pattern
  throw new KustomizeError(`error parsing regexp: expression too large: \`${shown}\``, {
    cure: `its length times its largest count of repetition may be ${maxSize}`,
  })
}

function compiled(pattern: string): Matcher {
  if (!engine) throw new EngineMissing('the engine for regular expressions is not loaded')
  try {
    const expression = engine.compile(pattern)
    return text => expression.matcher(text).find()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new KustomizeError(
      message.startsWith('error parsing regexp: ') ? message : `error parsing regexp: ${message}`,
    )
  }
}
