/**
 * Patterns of `.Files.Glob`: those of gobwas/glob with `/` as the separator. `*` and `?` stay within a name, `**` does not; classes are negated
 * with `!`, `{a,b}` are alternatives. A pattern that cannot be read means every file, as in Helm.
 */
export function globPattern(pattern: string): RegExp {
  try {
    return new RegExp(`^${source(pattern)}$`, 's')
  } catch {
    return /^/
  }
}

function source(pattern: string): string {
  let out = ''
  let alternatives = 0
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at)
    if (char === '*') {
      if (pattern[at + 1] === '*') {
        out += '.*'
        while (pattern[at + 1] === '*') at++
      } else out += '[^/]*'
    } else if (char === '?') out += '[^/]'
    else if (char === '[') {
      const end = pattern.indexOf(']', at + 1)
      if (end < 0) throw new SyntaxError('a class has no end')
      const body = pattern.slice(at + 1, end)
      const negated = body.startsWith('!')
      out += `[${negated ? '^' : ''}${(negated ? body.slice(1) : body).replace(/[\\^\]]/g, '\\$&')}]`
      at = end
    } else if (char === '{') {
      alternatives++
      out += '(?:'
    } else if (char === '}' && alternatives > 0) {
      alternatives--
      out += ')'
    } else if (char === ',' && alternatives > 0) out += '|'
    else if (char === '\\') out += literal(pattern.charAt(++at))
    else out += literal(char)
  }
  return out
}

function literal(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
}
