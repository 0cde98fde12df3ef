/** Wrapping at words and trimming of characters, as goutils and Go's strings package do. */
import { bounded } from './cast.ts'

export function wrapWords(text: string, wanted: number, newline: string, longWords: boolean): string {
  const width = Math.max(wanted, 1)
  bounded(text.length * (1 + newline.length))
  let out = ''
  let at = 0
  while (text.length - at > width) {
    if (text[at] === ' ') {
      at++
      continue
    }
    const space = text.slice(at, at + width + 1).lastIndexOf(' ')
    if (space >= 0) {
      out += text.slice(at, at + space) + newline
      at += space + 1
    } else if (longWords) {
      out += text.slice(at, at + width) + newline
      at += width
    } else {
      const next = text.indexOf(' ', at + width)
      if (next < 0) break
      out += text.slice(at, next) + newline
      at = next + 1
    }
  }
  return out + text.slice(at)
}

/** Takes characters of a set, or those that match, off both ends. */
export function trimRunes(text: string, cut: string | RegExp): string {
  const chars = [...text]
  const set = typeof cut === 'string' ? new Set(cut) : undefined
  const goes = (char: string | undefined): boolean =>
    char !== undefined && (typeof cut === 'string' ? (set?.has(char) ?? false) : cut.test(char))
  let from = 0
  let to = chars.length
  while (from < to && goes(chars[from])) from++
  while (to > from && goes(chars[to - 1])) to--
  return chars.slice(from, to).join('')
}
