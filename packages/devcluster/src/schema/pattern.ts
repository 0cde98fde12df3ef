/**
 * Go's regular expressions. What both languages read alike runs on JavaScript's engine, which is fast; inline flags, named groups and
 * classes that only RE2 knows run on re2js.
 */
import { RE2JS } from 're2js'

type Matcher = (text: string) => boolean

const onlyRe2 = /\(\?(?!:)|\[\[:|\\[AzQECpP]|\\x\{|\\[0-7]/
const known = new Map<string, Matcher>()

/**
 * Whether a text has a match anywhere.
 * @throws Error when the pattern is none
 */
export function matches(pattern: string, text: string): boolean {
  let matcher = known.get(pattern)
  if (matcher === undefined) {
    matcher = compile(pattern)
    known.set(pattern, matcher)
  }
  return matcher(text)
}

function compile(pattern: string): Matcher {
  if (!onlyRe2.test(pattern)) {
    try {
      const expression = new RegExp(pattern, 'u')
      return text => expression.test(text)
    } catch {
      // Escapes that RE2 allows and JavaScript does not.
    }
  }
  const expression = RE2JS.compile(pattern)
  return text => expression.matcher(text).find()
}

/** Why the pattern cannot be used, in Go's words as far as they are known; undefined when it can. */
export function patternError(pattern: string): string | undefined {
  try {
    compile(pattern)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
