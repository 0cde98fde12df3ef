/**
 * Go's `filepath.Match` for one name: `*`, `?`, `[a-z]`, `[^a-z]`, backslash escapes. A malformed pattern matches nothing.
 * Works in time proportional to pattern times name, whatever the pattern.
 */

export function globMatches(pattern: string, name: string): boolean {
  const tokens = tokensOf(pattern)
  if (!tokens) return false
  const text = [...name]
  let [p, t] = [0, 0]
  // Where to resume when the present guess for the last star fails.
  let [starAt, starText] = [-1, 0]
  while (t < text.length) {
    const token = tokens[p]
    if (token?.kind === 'star') {
      starAt = p++
      starText = t
    } else if (token && accepts(token, text[t]!)) {
      p++
      t++
    } else if (starAt >= 0) {
      p = starAt + 1
      t = ++starText
    } else return false
  }
  while (tokens[p]?.kind === 'star') p++
  return p === tokens.length
}

type Token =
  | { kind: 'star' }
  | { kind: 'any' }
  | { kind: 'literal'; character: string }
  | { kind: 'class'; negated: boolean; ranges: [string, string][] }

const cache = new Map<string, Token[] | undefined>()

function tokensOf(pattern: string): Token[] | undefined {
  if (cache.has(pattern)) return cache.get(pattern)
  if (cache.size > 1000) cache.clear()
  const tokens = parse([...pattern])
  cache.set(pattern, tokens)
  return tokens
}

function accepts(token: Exclude<Token, { kind: 'star' }>, character: string): boolean {
  if (token.kind === 'any') return true
  if (token.kind === 'literal') return token.character === character
  return token.ranges.some(([low, high]) => low <= character && character <= high) !== token.negated
}

function parse(pattern: string[]): Token[] | undefined {
  const tokens: Token[] = []
  let at = 0
  while (at < pattern.length) {
    const character = pattern[at++]!
    if (character === '*') tokens.push({ kind: 'star' })
    else if (character === '?') tokens.push({ kind: 'any' })
    else if (character === '\\') {
      if (at >= pattern.length) return undefined
      tokens.push({ kind: 'literal', character: pattern[at++]! })
    } else if (character === '[') {
      const parsed = parseClass(pattern, at)
      if (!parsed) return undefined
      tokens.push(parsed.token)
      at = parsed.end
    } else tokens.push({ kind: 'literal', character })
  }
  return tokens
}

function parseClass(pattern: string[], start: number): { token: Token; end: number } | undefined {
  let at = start
  const negated = pattern[at] === '^'
  if (negated) at++
  const ranges: [string, string][] = []
  const next = (): string | undefined => {
    if (pattern[at] === '-' || pattern[at] === ']') return undefined
    if (pattern[at] === '\\') at++
    return pattern[at++]
  }
  while (ranges.length === 0 || pattern[at] !== ']') {
    const low = next()
    if (low === undefined) return undefined
    let high: string | undefined = low
    if (pattern[at] === '-') {
      at++
      high = next()
      if (high === undefined) return undefined
    }
    ranges.push([low, high])
    if (at >= pattern.length) return undefined
  }
  return { token: { kind: 'class', negated, ranges }, end: at + 1 }
}
