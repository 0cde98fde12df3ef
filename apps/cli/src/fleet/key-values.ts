/** `KEY=VALUE ...` arguments as a map. */
import { UsageError } from '../usage-error.ts'

export function keyValues(pairs: readonly string[], flag: string): Record<string, string> {
  return Object.fromEntries(
    pairs.map(pair => {
      const equals = pair.indexOf('=')
      if (equals <= 0) throw new UsageError(`usage error: ${flag} KEY=VALUE [KEY=VALUE ...]`)
      return [pair.slice(0, equals), pair.slice(equals + 1)]
    }),
  )
}
