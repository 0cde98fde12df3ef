/** The JSON value at the start of a text, with where it ends: `--set-json a=[1],b={"c":2}` holds one behind the other. */
import { jsonProblem } from '@sluice/template'
import { HelmError } from './helm-error.ts'
import { isTable, type Table } from './value-table.ts'

/** What `--set-json` gives in its other form: one object for all keys. */
export function jsonTable(text: string): Table {
  const value = read(text.trim())
  if (!isTable(value)) throw new HelmError('it is no JSON object')
  return value
}

/** White space as Go knows it. */
const blanks = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*/y

/** `length` counts characters (code points) of value, blanks and the comma behind it. A value left out is null. */
export function setJson(text: string): { value: unknown; length: number } {
  const start = behindBlanks(text, 0)
  if (start === text.length || text[start] === ',') {
    return { value: null, length: [...text.slice(0, start + 1)].length }
  }
  const end = valueEnd(text, start)
  const piece = text.slice(start, end)
  const value = read(piece)
  const next = behindBlanks(text, end)
  return { value, length: [...text.slice(0, text[next] === ',' ? next + 1 : next)].length }
}

function read(text: string): unknown {
  const large = text
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .match(/-?\d[\d.eE+-]*/g)
    ?.find(number => Math.abs(Number(number)) === Infinity)
  try {
    const value: unknown = JSON.parse(text, (_, item) => (typeof item === 'string' ? item.toWellFormed() : item))
    if (large === undefined) return value
  } catch (error) {
    // Whatever comes next would be wrong, but nothing comes.
    const problem = jsonProblem(text)
    const isCut =
      problem === 'unexpected end of JSON input' || jsonProblem(`${text}~`).startsWith("invalid character '~'")
    throw new HelmError(isCut ? 'unexpected EOF' : problem, { cause: error })
  }
  throw new HelmError(`json: cannot unmarshal number ${large} into Go value of type float64`)
}

function behindBlanks(text: string, at: number): number {
  blanks.lastIndex = at
  return at + (blanks.exec(text)?.[0].length ?? 0)
}

/** A number, and what makes it a wrong one; whatever else follows is no longer of it. */
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const spoilt = /-?(?:0|[1-9]\d*)(?:\.(?!\d)|(?:\.\d+)?[eE](?![+-]?\d))/y

/** Where the value ends; the end of the text for what is none. */
function valueEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++
      if (depth === 0) return at + 1
    } else if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') {
      depth--
      if (depth <= 0) return at + 1
    } else if (depth === 0) {
      scalar.lastIndex = spoilt.lastIndex = at
      const found = spoilt.test(text) ? null : scalar.exec(text)
      return found ? at + found[0].length : text.length
    }
  }
  return text.length
}
