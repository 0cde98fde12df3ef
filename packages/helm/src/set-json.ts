/** The JSON value at the start of a text, with where it ends: `--set-json a=[1],b={"c":2}` holds one behind the other. */
import { HelmError } from './helm-error.ts'

/** `length` counts characters (code points) of value, blanks and the comma behind it. A value left out is null. */
export function setJson(text: string): { value: unknown; length: number } {
  const start = text.length - text.trimStart().length
  if (start === text.length || text[start] === ',') {
    return { value: null, length: [...text.slice(0, start + 1)].length }
  }
  const end = valueEnd(text, start)
  let value: unknown
  try {
    value = JSON.parse(text.slice(start, end))
  } catch (error) {
    throw new HelmError(error instanceof Error ? error.message : String(error), { cause: error })
  }
  const behind = /^\s*,?/.exec(text.slice(end))?.[0].length ?? 0
  return { value, length: [...text.slice(0, end + behind)].length }
}

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
    } else if (depth === 0 && /[,\s]/.test(char)) return at
  }
  return text.length
}
