/**
 * Simple regular expressions in JavaScript's own engine, which is faster by far and always there. Simple are those that mean the same in Go and of which a short
 * text cannot take long, although that engine tries alternatives one after the other.
 */

/** Texts up to this length are matched by it. */
export const SIMPLE_TEXT = 500

const token =
  /[A-Za-z0-9_\-/:@ ,=<>"'~%&!]+|\\[.\-/]|\[(?:[A-Za-z0-9_.{}]|[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9])+-?\]|\.|\(\?:|[()|*+?]/y

/** Undefined when the pattern, which is to match whole texts, is not simple. */
export function simplePattern(pattern: string): RegExp | undefined {
  let out = ''
  let depth = 0
  let choices = 0
  let repeats = 0
  let last = ''
  token.lastIndex = 0
  while (token.lastIndex < pattern.length) {
    const part = token.exec(pattern)?.[0]
    if (part === undefined) return undefined
    if (part === '(' || part === '(?:') depth += 1
    else if (part === ')') depth -= 1
    else if (part === '|') choices += depth > 0 ? 1 : 0
    else if (part === '*' || part === '+' || part === '?') {
      // A repeated group multiplies what there is to try; after another operator Go means something else or nothing.
      if (/^(?:|[()|*+?]|\(\?:)$/.test(last)) return undefined
      if (part === '?') choices += 1
      else repeats += 1
    }
    if (depth < 0 || choices > 4 || repeats > 2) return undefined
    out += part === '.' ? '[^\\n]' : part === '(' ? '(?:' : /^\\[-]/.test(part) ? '-' : part
    last = part
  }
  if (depth !== 0) return undefined
  try {
    return new RegExp(`^(?:${out})$`, 'u')
  } catch {
    return undefined
  }
}
