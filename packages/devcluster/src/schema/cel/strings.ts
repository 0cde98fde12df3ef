/** cel-go's string functions that the language library lacks, and Kubernetes' `find` and `findAll`. */
import type { Environment } from '@marcbachmann/cel-js'
import { RE2JS } from 're2js'

function findAll(text: string, pattern: string, limit: number): string[] {
  const matcher = RE2JS.compile(pattern).matcher(text)
  const out: string[] = []
  while (out.length < limit && matcher.find()) out.push(matcher.group() ?? '')
  return out
}

function replaced(text: string, from: string, to: string, limit: number): string {
  if (limit < 0) return text.replaceAll(from, to)
  const parts = text.split(from)
  const head = parts.slice(0, limit + 1).join(to)
  return parts.length > limit + 1 ? [head, ...parts.slice(limit + 1)].join(from) : head
}

/** Go's verbs that cel-go's `format` knows. */
function formatted(text: string, values: unknown[]): string {
  let next = 0
  return text.replaceAll(
    /%(?:%|(?:\.(\d+))?([a-zA-Z]))/g,
    (whole, precision: string | undefined, verb: string | undefined) => {
      if (verb === undefined) return whole === '%%' ? '%' : whole
      if (next >= values.length) throw new Error(`index ${next} out of range`)
      const value = values[next++]
      const digits = precision === undefined ? 6 : Number(precision)
      switch (verb) {
        case 's':
          return shown(value)
        case 'd':
          return String(value)
        case 'f':
          return Number(value).toFixed(digits)
        case 'e':
          return Number(value).toExponential(digits)
        case 'b':
          return typeof value === 'boolean' ? String(Number(value)) : BigInt(String(value)).toString(2)
        case 'o':
          return BigInt(String(value)).toString(8)
        case 'x':
        case 'X': {
          const hex =
            typeof value === 'string' ? Buffer.from(value).toString('hex') : BigInt(String(value)).toString(16)
          return verb === 'x' ? hex : hex.toUpperCase()
        }
        default:
          throw new Error(`could not parse formatting clause: unrecognized formatting clause "${verb}"`)
      }
    },
  )
}

function shown(value: unknown): string {
  if (Array.isArray(value))
    return `[${value.map(item => (typeof item === 'string' ? JSON.stringify(item) : shown(item))).join(', ')}]`
  return value === null ? 'null' : String(value)
}

export function registerStrings(environment: Environment): void {
  environment
    .registerFunction('string.charAt(int): string', (text: string, at: bigint) => {
      const characters = [...text]
      if (at < 0n || at > BigInt(characters.length)) throw new Error(`index out of range: ${at}`)
      return characters[Number(at)] ?? ''
    })
    .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
      replaced(text, from, to, -1),
    )
    .registerFunction(
      'string.replace(string, string, int): string',
      (text: string, from: string, to: string, n: bigint) => replaced(text, from, to, Number(n)),
    )
    .registerFunction('string.format(list): string', formatted)
    .registerFunction('string.reverse(): string', (text: string) => [...text].toReversed().join(''))
    .registerFunction(
      'string.find(string): string',
      (text: string, pattern: string) => findAll(text, pattern, 1)[0] ?? '',
    )
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) =>
      findAll(text, pattern, Number.POSITIVE_INFINITY),
    )
    .registerFunction('string.findAll(string, int): list<string>', (text: string, pattern: string, n: bigint) =>
      findAll(text, pattern, n < 0n ? Number.POSITIVE_INFINITY : Number(n)),
    )
}
