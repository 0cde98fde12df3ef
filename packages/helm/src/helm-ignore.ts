/**
 * `.helmignore`: which paths of a chart's directory are left out. Only directories have them read; archives are taken whole.
 * Follows helm's pkg/ignore with its quirks: a negated rule leaves out all that does not match it.
 */
import { HelmError } from './helm-error.ts'

interface Rule {
  negated: boolean
  directoriesOnly: boolean
  matches(path: string): boolean
}

export type IgnoreRules = (path: string, isDirectory: boolean) => boolean

/** Whether to leave a path (from the chart's root, with slashes) out. Throws HelmError for patterns that Helm refuses. */
export function ignoreRules(text: string): IgnoreRules {
  const rules = [...text.replace(/^\uFEFF/, '').split(/\r?\n/), 'templates/.?*'].flatMap(line => ruleOf(line.trim()))
  return (path, isDirectory) => {
    if (path === '' || path === '.' || path === './') return false
    for (const rule of rules) {
      if (rule.negated) {
        if (rule.directoriesOnly && !isDirectory) return true
        if (!rule.matches(path)) return true
      } else if (!(rule.directoriesOnly && !isDirectory) && rule.matches(path)) return true
    }
    return false
  }
}

function ruleOf(line: string): Rule[] {
  if (line === '' || line.startsWith('#')) return []
  if (line.includes('**')) throw new HelmError('double-star (**) syntax is not supported')
  const negated = line.startsWith('!')
  let pattern = negated ? line.slice(1) : line
  const directoriesOnly = pattern.endsWith('/')
  if (directoriesOnly) pattern = pattern.slice(0, -1)
  const rooted = pattern.startsWith('/')
  const expression = pathPattern(rooted ? pattern.slice(1) : pattern)
  const whole = rooted || pattern.includes('/')
  const matches = (path: string) => expression.test(whole ? path : path.slice(path.lastIndexOf('/') + 1))
  return [{ negated, directoriesOnly, matches }]
}

/** A pattern of Go's filepath.Match: `*` and `?` stay within one name, classes are negated with `^`. */
export function pathPattern(pattern: string): RegExp {
  let source = ''
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at)
    if (char === '*') source += '[^/]*'
    else if (char === '?') source += '[^/]'
    else if (char === '[') {
      const end = pattern.indexOf(']', at + 2)
      if (end < 0) throw new HelmError(`syntax error in pattern: ${pattern}`)
      const body = pattern.slice(at + 1, end)
      const inner = body.replace(/^\^/, '').replace(/\\?([^\w\\-])/g, '\\$1')
      source += `(?!/)[${body.startsWith('^') ? '^' : ''}${inner}]`
      at = end
    } else if (char === '\\') source += escaped(pattern.charAt(++at))
    else source += escaped(char)
  }
  try {
    return new RegExp(`^${source}$`, 's')
  } catch (error) {
    throw new HelmError(`syntax error in pattern: ${pattern}`, { cause: error })
  }
}

function escaped(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
}
