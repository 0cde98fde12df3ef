/**
 * Cuts what a template rendered into its documents, as helm's pkg/release/v1/util/manifest.go does. Written out instead of as a regular expression,
 * so that long stretches of white space cost no more than others.
 */
import type { HelmVersion } from './capabilities.ts'

/** Documents without the lines between them; empty ones are none, comments alone are one. */
export function splitDocuments(text: string, helm: HelmVersion = '4.1'): string[] {
  // What follows the last document stays with it; between documents white space goes.
  if (helm === '4.2')
    return cut(trimmedStart(text))
      .map(trimmedStart)
      .filter(part => part !== '')
  return cut(trimmedEnd(trimmedStart(text)))
    .filter(part => part !== '')
    .map(part => trimmedEnd(trimmedStart(part)))
}

/** At every match of `(?:^|\s*\n)---\s*`, where `^` is the begin of the text alone. */
function cut(text: string): string[] {
  const parts: string[] = []
  let from = 0
  for (;;) {
    let at = from === 0 && text.startsWith('---') ? 0 : text.indexOf('\n---', from)
    if (at < 0) break
    let to = at + (text[at] === '\n' ? 4 : 3)
    while (at > from && white.has(text[at - 1] ?? '')) at--
    while (white.has(text[to] ?? '')) to++
    parts.push(text.slice(from, at))
    from = to
  }
  parts.push(text.slice(from))
  return parts
}

/** What `\s` is in Go's regular expressions. */
const white = new Set('\t\n\f\r ')

/** What strings.TrimSpace takes off. */
const space = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

function trimmedStart(text: string): string {
  let from = 0
  while (from < text.length && space.test(text[from] ?? '')) from++
  return text.slice(from)
}

function trimmedEnd(text: string): string {
  let to = text.length
  while (to > 0 && space.test(text[to - 1] ?? '')) to--
  return text.slice(0, to)
}
